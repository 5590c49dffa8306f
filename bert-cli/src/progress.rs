//! How far something is that takes a while before a training begins.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use bert_tasks::display::dashboard::{Display, Screen, can_draw};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Between two updates of the dashboard.
const INTERVAL: Duration = Duration::from_millis(100);

/// A closure that is told how many of `total` things are done: on the dashboard a line of the
/// header, else a bar on standard error if that is a terminal.
pub fn progress(screen: &Screen, what: &str, total: usize) -> impl FnMut(usize) + Send {
    let is_dashboard = screen.display() == Display::Dashboard;
    let has_bar =
        screen.display() != Display::None && std::io::stderr().is_terminal() && can_draw();
    let bar = ProgressBar::new(total as u64);
    if is_dashboard || !has_bar {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let style = ProgressStyle::with_template("{msg} [{wide_bar}] {pos}/{len} {eta}");
    bar.set_style(style.expect("a template that is written here"));
    bar.set_message(what.to_owned());
    let what = what.to_owned();
    let tell = screen.preparing();
    let mut last = Instant::now();
    move |done| {
        bar.set_position(done as u64);
        if done >= total {
            bar.finish_and_clear();
        } else if is_dashboard && last.elapsed() >= INTERVAL {
            last = Instant::now();
            tell(format!("{what}: {done} of {total}"));
        }
    }
}
