//! Files by the name of their repository.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::client::Client;
use crate::error::HubError;
use crate::event::HubEvent;
use crate::settings::HubSettings;

/// Between two looks whether somebody wants it to end.
const GLANCE: Duration = Duration::from_millis(50);

/// The hub with its cache. It is asked from one thread at a time or from several.
pub struct Hub {
    pub(crate) settings: HubSettings,
    pub(crate) client: Client,
    stop: Arc<dyn Fn() -> bool + Send + Sync>,
    tell: Arc<dyn Fn(&HubEvent) + Send + Sync>,
}

impl Hub {
    /// Asks nobody yet.
    ///
    /// # Errors
    /// When the endpoint is no address.
    pub fn new(settings: HubSettings) -> Result<Self, HubError> {
        Ok(Self {
            client: Client::new(&settings)?,
            settings,
            stop: Arc::new(|| false),
            tell: Arc::new(|_| {}),
        })
    }

    /// With somebody who may end it: a download stops soon after `stop` returns true, and what has
    /// come is kept.
    #[must_use]
    pub fn with_stop(mut self, stop: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        self.stop = Arc::new(stop);
        self
    }

    /// With somebody who is told what happens.
    #[must_use]
    pub fn with_observer(mut self, tell: impl Fn(&HubEvent) + Send + Sync + 'static) -> Self {
        self.tell = Arc::new(tell);
        self
    }

    /// What it works by.
    pub fn settings(&self) -> &HubSettings {
        &self.settings
    }

    pub(crate) fn tell(&self, event: &HubEvent) {
        (self.tell)(event);
    }

    pub(crate) fn is_stopped(&self) -> bool {
        (self.stop)()
    }

    pub(crate) fn check_stop(&self) -> Result<(), HubError> {
        match self.is_stopped() {
            true => Err(HubError::Stopped),
            false => Ok(()),
        }
    }

    /// Says that something is tried again, and waits for that.
    pub(crate) fn wait(&self, why: &str, after: Duration) -> Result<(), HubError> {
        self.check_stop()?;
        let why = why.to_owned();
        self.tell(&HubEvent::Retrying { why, after });
        let until = Instant::now() + after;
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            std::thread::sleep(left.min(GLANCE));
            self.check_stop()?;
        }
        Ok(())
    }

    /// Does something that blocks; its connections are closed as soon as somebody wants it to end.
    pub(crate) fn watched<T>(
        &self,
        work: impl FnOnce() -> Result<T, HubError>,
    ) -> Result<T, HubError> {
        let done = std::sync::atomic::AtomicBool::new(false);
        let result = std::thread::scope(|scope| {
            let watcher = scope.spawn(|| {
                while !done.load(std::sync::atomic::Ordering::Acquire) {
                    if self.is_stopped() {
                        self.client.shut_down();
                        return;
                    }
                    std::thread::park_timeout(GLANCE);
                }
            });
            let result = work();
            done.store(true, std::sync::atomic::Ordering::Release);
            watcher.thread().unpark();
            result
        });
        match result {
            // What it ended with is what a closed connection looks like.
            Err(_) if self.is_stopped() => Err(HubError::Stopped),
            result => result,
        }
    }
}
