//! Batches made ready on another thread while the step before them runs.

use std::sync::mpsc::{Receiver, sync_channel};

/// Batches that wait for their step. Each takes some hundred kilobytes.
const AHEAD: usize = 4;

/// Runs `consume` on what `produce` hands to its argument on another thread, ahead of time. That
/// answers false once nobody wants more.
pub(super) fn prefetch<T: Send, R>(
    produce: impl FnOnce(&mut dyn FnMut(T) -> bool) + Send,
    consume: impl FnOnce(Receiver<T>) -> R,
) -> R {
    std::thread::scope(|scope| {
        let (send, receive) = sync_channel(AHEAD);
        scope.spawn(move || produce(&mut |item| send.send(item).is_ok()));
        // Takes the receiver with it, so that the thread ends even if items are left.
        consume(receive)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_items_come_in_order_and_the_rest_is_dropped() {
        let count = |to: usize| {
            move |give: &mut dyn FnMut(usize) -> bool| {
                let _ = (0..to).all(give);
            }
        };
        let all = prefetch(count(100), |items| items.iter().collect::<Vec<_>>());
        assert_eq!(all, (0..100).collect::<Vec<_>>());
        let some = prefetch(count(usize::MAX), |items| {
            items.into_iter().take(3).collect::<Vec<_>>()
        });
        assert_eq!(some, [0, 1, 2]);
    }
}
