//! How a download looks.

use std::io::{IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use bert_hub::HubEvent;
use bert_tasks::display::dashboard::{Display, can_draw};
use indicatif::{DecimalBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Shown;

/// Between two updates of the dashboard.
const INTERVAL: Duration = Duration::from_millis(100);

/// Between two lines on the same file.
const LINES: Duration = Duration::from_secs(10);

/// Smaller files come without a word.
const TOLD: u64 = 1_000_000;

/// Says in the dashboard's header what is being prepared.
type Preparing = Box<dyn Fn(String) + Send>;

/// Shows events as the display of the program asks for it: as a line of the dashboard's header, as
/// a bar on a terminal, as lines elsewhere.
pub(super) struct Shower {
    prepare: Option<Mutex<Preparing>>,
    display: Option<Display>,
    has_bar: bool,
    now: Mutex<Now>,
}

/// The file that is coming.
struct Now {
    file: String,
    began: Instant,
    /// What was there already.
    had: u64,
    told: Instant,
    bar: ProgressBar,
}

impl Shower {
    pub fn new(shown: Shown<'_>) -> Self {
        let display = match shown {
            Shown::On(screen, _) => Some(screen.display()),
            Shown::OnErrors => None,
        };
        let is_dashboard = display == Some(Display::Dashboard);
        let is_bar_display = !matches!(display, Some(Display::Dashboard | Display::Json));
        Self {
            prepare: match shown {
                Shown::On(screen, _) if is_dashboard => {
                    Some(Mutex::new(Box::new(screen.preparing())))
                }
                _ => None,
            },
            display,
            has_bar: is_bar_display && std::io::stderr().is_terminal() && can_draw(),
            now: Mutex::new(Now {
                file: String::new(),
                began: Instant::now(),
                had: 0,
                told: Instant::now(),
                bar: ProgressBar::hidden(),
            }),
        }
    }

    pub fn show(&self, event: &HubEvent) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            HubEvent::Asking { file } => self.prepare(|| format!("asking the hub for {file}")),
            HubEvent::Downloading { file, done, total } => {
                if now.file != *file {
                    now.begin(file, *done, *total, self.has_bar);
                }
                now.bar.set_position(*done);
                let line = || progress(file, *done, *total, now.rate(*done));
                let interval = if self.prepare.is_some() {
                    INTERVAL
                } else {
                    LINES
                };
                if now.told.elapsed() >= interval {
                    match (&self.prepare, self.has_bar) {
                        (Some(_), _) => self.prepare(line),
                        (None, true) => {}
                        (None, false) => self.say(&line()),
                    }
                    now.told = Instant::now();
                }
            }
            HubEvent::Downloaded { file, size } => {
                now.bar.finish_and_clear();
                if *size >= TOLD {
                    let rate = now.rate(*size);
                    self.say(&format!("fetched {file}: {}{rate}", DecimalBytes(*size)));
                }
                now.file.clear();
            }
            HubEvent::Waiting { file } => {
                let line = format!("another process fetches {file}; waiting for it");
                self.prepare(|| line.clone());
                self.say(&line);
            }
            HubEvent::Retrying { why, after } => {
                let seconds = after.as_secs_f64();
                self.say(&format!("{why}; again in {seconds:.0} s"));
            }
            HubEvent::FromCache { why } => {
                self.say(&format!("{why}; going on with what the cache has"));
            }
            _ => {}
        }
    }

    fn prepare(&self, line: impl FnOnce() -> String) {
        if let Some(prepare) = &self.prepare {
            (prepare.lock().unwrap_or_else(PoisonError::into_inner))(line());
        }
    }

    /// Where the display says its lines.
    fn say(&self, line: &str) {
        // A closed pipe must not end a download.
        let _ = match self.display {
            None | Some(Display::Json) => writeln!(std::io::stderr(), "{line}"),
            Some(_) => writeln!(std::io::stdout(), "{line}"),
        };
    }
}

impl Now {
    fn begin(&mut self, file: &str, done: u64, total: Option<u64>, has_bar: bool) {
        file.clone_into(&mut self.file);
        (self.began, self.had, self.told) = (Instant::now(), done, Instant::now());
        self.bar = match total {
            Some(total) if has_bar && total >= TOLD => ProgressBar::new(total),
            _ => ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden()),
        };
        let template = "{msg} [{wide_bar}] {bytes}/{total_bytes} {bytes_per_sec} {eta}";
        let style = ProgressStyle::with_template(template);
        self.bar
            .set_style(style.expect("a template that is written here"));
        self.bar.set_message(file.to_owned());
        // What an earlier process has fetched does not count for the rate.
        self.bar.set_position(done);
        self.bar.reset_eta();
    }

    /// Bytes in a second, in words; nothing before it can be said.
    fn rate(&self, done: u64) -> String {
        let seconds = self.began.elapsed().as_secs_f64();
        let came = done.saturating_sub(self.had) as f64;
        match seconds > 0.1 && came > 0.0 {
            true => format!(", {}/s", DecimalBytes((came / seconds) as u64)),
            false => String::new(),
        }
    }
}

/// `model.safetensors: 12.50 MB of 440.00 MB, 5.20 MB/s`.
fn progress(file: &str, done: u64, total: Option<u64>, rate: String) -> String {
    let of = total.map_or_else(String::new, |total| format!(" of {}", DecimalBytes(total)));
    format!("{file}: {}{of}{rate}", DecimalBytes(done))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_size_and_rate() {
        let line = progress(
            "a.bin",
            12_500_000,
            Some(440_000_000),
            ", 5.20 MB/s".to_owned(),
        );
        assert_eq!(line, "a.bin: 12.50 MB of 440.00 MB, 5.20 MB/s");
        assert_eq!(progress("a", 10, None, String::new()), "a: 10 B");
    }
}
