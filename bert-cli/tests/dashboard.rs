//! The dashboard of the real program on a real terminal, by way of tmux.

#![cfg(unix)]

mod common;

use std::cell::Cell;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use bert_tasks::display::dashboard::{Display, Screen};
use bert_tasks::training::StopFlag;
use common::{Case, command, program};

/// A tmux server of its own with one shell, gone when it is dropped.
struct Tmux {
    socket: String,
    /// How often the shell was asked whether it has its terminal.
    answers: Cell<usize>,
}

impl Tmux {
    fn new(name: &str, width: u16, height: u16) -> Self {
        let tmux = Self {
            socket: format!("bert-{name}-{}", std::process::id()),
            answers: Cell::new(0),
        };
        let (width, height) = (width.to_string(), height.to_string());
        // A shell without anybody's settings.
        let shell = "env -u NO_COLOR TERM=tmux-256color PS1='$ ' sh";
        let size = ["-x", &width, "-y", &height];
        tmux.tmux(&[&["new-session", "-d"][..], &size, &[shell]].concat());
        tmux
    }

    #[track_caller]
    fn tmux(&self, arguments: &[&str]) -> String {
        let output = Command::new("tmux")
            // Whatever the language of whoever runs the test.
            .env("LC_ALL", "C.UTF-8")
            .args(["-u", "-f", "/dev/null", "-L", &self.socket])
            .args(arguments)
            .output()
            .unwrap_or_else(|e| panic!("tmux (Debian: apt-get install tmux): {e}"));
        assert!(output.status.success(), "tmux {arguments:?}: {output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn key(&self, key: &str) {
        self.tmux(&["send-keys", key]);
    }

    fn type_line(&self, line: &str) {
        self.tmux(&["send-keys", "-l", line]);
        self.key("Enter");
    }

    fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    /// With what has scrolled away.
    fn everything(&self) -> String {
        self.tmux(&["capture-pane", "-p", "-J", "-S", "-"])
    }

    /// Waits until the screen is as it should be.
    #[track_caller]
    fn wait(&self, what: &str, is_there: impl Fn(&str) -> bool) -> String {
        let started = Instant::now();
        loop {
            let screen = self.screen();
            if is_there(&screen) {
                return screen;
            }
            let waited = started.elapsed();
            assert!(waited < Duration::from_secs(60), "no {what} in:\n{screen}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    #[track_caller]
    fn wait_for(&self, text: &str) -> String {
        self.wait(text, |screen| screen.contains(text))
    }

    /// The shell is back, and lines are edited and echoed as before.
    #[track_caller]
    fn is_given_back(&self, code: i32) -> String {
        let said = self.is_the_shells();
        assert!(said.contains(&format!("code={code}\n")), "{said}");
        self.everything()
    }

    /// The shell has the terminal as it was, perhaps for now. What it says to that.
    #[track_caller]
    fn is_the_shells(&self) -> String {
        // What is typed before the program has ended may be read by it.
        self.wait("the prompt", |screen| screen.trim_end().ends_with('$'));
        // An answer of a number of its own: an earlier one may still be on the screen. The quotes
        // keep the line that is typed from being taken for it.
        let number = self.answers.replace(self.answers.get() + 1);
        let (from, to) = (format!("from-{number} "), format!("to-{number}\n"));
        self.type_line(&format!(
            "echo 'from'-{number} \"code=$?\"; stty -a; echo 'to'-{number}"
        ));
        let screen = self.wait("the shell", |screen| screen.contains(&to));
        let said = screen.split_once(&from).map_or(&*screen, |(_, said)| said);
        for mode in ["icanon", "echo", "isig"] {
            let is_on = said.split_whitespace().any(|word| word == mode);
            assert!(is_on, "{mode}: {screen}");
        }
        assert!(!screen.contains("● "), "{screen}");
        said.to_owned()
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        let _ = Command::new("tmux")
            .args(["-L", &self.socket, "kill-server"])
            .output();
    }
}

/// A training that goes on until it is stopped.
fn endless(case: &Case, more: &[&str]) -> String {
    let flags = [&["--num-train-epochs=100000", "--dashboard=on"][..], more].concat();
    line(&program(&case.arguments(&flags)))
}

/// A command as one types it.
fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words = words.map(|word| format!("'{}'", word.to_str().unwrap()));
    words.collect::<Vec<_>>().join(" ")
}

/// The keys on the help page, as tmux names them, with what they do.
fn keys_of_the_help(screen: &str) -> Vec<(String, String)> {
    let mut keys = Vec::new();
    // Two columns of keys and words, each pair set apart by two spaces.
    let rows = screen.lines().filter_map(|line| {
        let from = line.find('│')?;
        line.rfind('│').map(|to| &line[from..to])
    });
    for row in rows {
        let parts: Vec<&str> = row
            .split("  ")
            .map(|part| part.trim_matches([' ', '│']))
            .filter(|part| !part.is_empty())
            .collect();
        for pair in parts.chunks_exact(2) {
            for key in pair[0].split(' ') {
                let key = match key {
                    "Shift-Tab" => "BTab",
                    "Esc" => "Escape",
                    "←" => "Left",
                    "→" => "Right",
                    "↑" => "Up",
                    "↓" => "Down",
                    "PgUp" => "PageUp",
                    "PgDn" => "PageDown",
                    "Ctrl-C" => "C-c",
                    "Ctrl-Z" => "C-z",
                    other => other,
                };
                keys.push((key.to_owned(), pair[1].to_owned()));
            }
        }
    }
    keys
}

#[test]
#[ignore = "needs tmux"]
fn every_key_works_and_a_stopped_run_goes_on() {
    let case = Case::with_rows(164, 30);
    let tmux = Tmux::new("keys", 200, 50);
    tmux.type_line(&endless(&case, &[]));
    tmux.wait_for("● training");
    tmux.wait("a first evaluation", |screen| screen.contains("best f1"));

    // What the pages show.
    for (key, parts) in [
        ("2", &["train loss", "right \\ given", "★"][..]),
        ("3", &["% sure", "right is"]),
        ("4", &["load report", "arguments", "learning_rate"]),
        ("5", &["mrpc on flex", "loaded 57 tensors"]),
        ("1", &["train loss", "dev f1", "gradient norm", "tokens/s"]),
    ] {
        tmux.key(key);
        tmux.wait(key, |screen| parts.iter().all(|part| screen.contains(part)));
    }
    tmux.key("l");
    tmux.wait_for("log");
    tmux.key("l");
    tmux.key("/");
    for key in ["g", "r", "a", "d", "Enter"] {
        tmux.key(key);
    }
    tmux.wait("the filter", |screen| {
        screen.contains("gradient norm") && !screen.contains("learning rate")
    });
    tmux.key("Escape");
    tmux.wait_for("learning rate");
    tmux.key("Space");
    tmux.wait_for("held still");
    tmux.key("Space");

    // Every key of the help.
    tmux.key("?");
    let keys = keys_of_the_help(&tmux.wait_for("end at once"));
    assert!(keys.len() > 35, "{keys:?}");
    tmux.key("Escape");
    tmux.wait("no help", |screen| !screen.contains(" keys "));
    for (key, what) in &keys {
        if ["q", "S", "C-c", "C-z"].contains(&key.as_str()) {
            continue;
        }
        // An escape is a key of its own only if the next byte is not there yet: each waits for
        // what it does where it is undone by another.
        let undone = match key.as_str() {
            "/" => Some(("curves with: ", "Escape")),
            "Space" => Some((" held still", "Space")),
            "?" | "h" => Some((" keys ", "Escape")),
            _ => None,
        };
        tmux.key(key);
        if let Some((sign, back)) = undone {
            tmux.wait_for(sign);
            tmux.key(back);
            tmux.wait(back, |screen| !screen.contains(sign));
        } else if key == "Escape" {
            std::thread::sleep(Duration::from_millis(500));
        }
        let screen = tmux.screen();
        assert!(screen.contains("/100000"), "{key}, {what}:\n{screen}");
    }
    tmux.key("1");
    tmux.key("0");

    for (width, height) in [("40", "12"), ("80", "24"), ("10", "4"), ("200", "50")] {
        tmux.tmux(&["resize-window", "-x", width, "-y", height]);
        if height != "4" {
            tmux.wait("the pages", |screen| {
                screen.contains("● ") && screen.contains(" 1 ") && screen.lines().count() <= 50
            });
        }
    }

    tmux.key("S");
    tmux.wait_for("y/n");
    tmux.key("n");
    tmux.wait_for("goes on");
    tmux.key("S");
    tmux.key("y");
    tmux.wait_for("the same command with --resume goes on");
    let said = tmux.is_given_back(0);
    for part in [
        "stopped on the dashboard",
        "accuracy",
        "model.safetensors",
        "log.txt",
    ] {
        assert!(said.contains(part), "`{part}` is not in: {said}");
    }
    let log = std::fs::read_to_string(case.path("out/log.txt")).unwrap();
    assert!(log.contains("loaded 57 tensors"), "{log}");

    // Goes on, with the old curves; the view is left, and lines follow.
    tmux.type_line("clear");
    tmux.type_line(&endless(&case, &["--resume"]));
    tmux.wait_for("● training");
    tmux.key("4");
    tmux.wait_for("went on after step");
    tmux.key("q");
    tmux.wait("plain lines", |screen| {
        screen.contains("examples/s  ETA") && !screen.contains("● ")
    });
    tmux.key("C-c");
    tmux.wait_for("the same command with --resume goes on");
    tmux.is_given_back(130);
}

#[test]
#[ignore = "needs tmux"]
fn a_run_is_watched_from_another_terminal_until_it_is_killed() {
    let case = Case::with_rows(164, 30);
    let run = Tmux::new("run", 100, 30);
    run.type_line(&endless(&case, &[]));
    run.wait_for("● training");
    let out = case.path("out");
    let watch = |tmux: &Tmux| {
        let mut command = command("dashboard");
        command.arg(&out);
        tmux.type_line(&line(&command));
    };
    let other = Tmux::new("watch", 100, 30);
    watch(&other);
    other.wait_for("● training");
    other.wait_for("dev f1");
    other.key("5");
    other.wait_for("loaded 57 tensors");

    // It can be stopped from there.
    other.key("S");
    other.key("y");
    run.wait_for("the same command with --resume goes on");
    run.is_given_back(130);
    other.wait_for("stopped by Ctrl-C");

    // And is seen to go on, and to die.
    run.type_line("clear");
    run.type_line(&endless(&case, &["--resume"]));
    run.wait_for("● training");
    other.wait_for("● training");
    kill("-KILL", &out, 2);
    other.wait_for("its process is gone");
    other.key("q");
    other.is_given_back(0);
}

#[test]
#[ignore = "needs tmux"]
fn a_signal_gives_the_terminal_back() {
    let case = Case::with_rows(164, 30);
    let tmux = Tmux::new("signal", 100, 30);
    tmux.type_line(&endless(&case, &[]));
    tmux.wait_for("● training");
    kill("-TERM", &case.path("out"), 1);
    tmux.wait_for("stopped by SIGTERM");
    tmux.is_given_back(143);
}

#[test]
#[ignore = "needs tmux"]
fn a_stopped_run_gives_the_terminal_back_and_fg_draws_it_again() {
    let case = Case::with_rows(164, 30);
    let out = case.path("out");
    let tmux = Tmux::new("stopped", 100, 30);
    tmux.type_line(&endless(&case, &[]));
    tmux.wait_for("● training");
    let steps = || {
        let events = std::fs::read_to_string(out.join("events.jsonl")).unwrap();
        events.matches(r#""event":"step""#).count()
    };
    let goes_on = || {
        let (before, begun) = (steps(), Instant::now());
        while steps() <= before {
            assert!(begun.elapsed() < Duration::from_secs(30), "it stands still");
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    for stop in ["key", "-TSTP"] {
        match stop {
            "key" => tmux.key("C-z"),
            signal => kill(signal, &out, 1),
        }
        tmux.is_the_shells();
        let before = steps();
        std::thread::sleep(Duration::from_millis(700));
        assert_eq!(steps(), before, "{stop}: it trains on");

        // In the background it trains, and neither draws nor is stopped for it.
        tmux.type_line("clear; bg");
        goes_on();
        std::thread::sleep(Duration::from_millis(1500));
        goes_on();
        tmux.type_line("jobs");
        tmux.wait_for("Running");
        tmux.is_the_shells();

        // From there, and from a stop, it comes back.
        tmux.type_line("fg");
        tmux.wait_for("● training");
        tmux.key("C-z");
        tmux.is_the_shells();
        tmux.type_line("fg");
        tmux.wait_for("● training");
        tmux.key("5");
        tmux.wait_for("loaded 57 tensors");
        tmux.key("1");
        tmux.wait_for("dev f1");
    }
    // Nothing can be done before that, but after it.
    kill("-STOP", &out, 1);
    tmux.wait_for("Stopped");
    tmux.tmux(&["send-keys", "-l", "stty sane; fg"]);
    // Enter, where the modes are the dashboard's.
    tmux.key("C-j");
    tmux.wait("the whole picture", |screen| {
        screen.contains("● training") && screen.contains("dev f1") && !screen.contains("Stopped")
    });
    // A run that ends in the background leaves the terminal as it is.
    tmux.key("C-z");
    tmux.is_the_shells();
    tmux.type_line("clear; bg");
    goes_on();
    kill("-TERM", &out, 1);
    tmux.wait_for("stopped by SIGTERM");
    tmux.key("Enter");
    tmux.is_the_shells();
}

#[test]
#[ignore = "needs tmux"]
fn a_viewer_can_be_stopped_and_killed_as_well() {
    let case = Case::new();
    assert!(case.run(&[]).status.success());
    let tmux = Tmux::new("viewer", 100, 30);
    let mut command = command("dashboard");
    command.arg(case.path("out"));
    let line = format!(
        "sh -c 'echo $$ > \"$0\"; exec \"$@\"' '{}' {}",
        case.path("pid").display(),
        line(&command)
    );
    for signal in ["-TERM", "-INT", "-HUP", "-QUIT"] {
        tmux.type_line("clear; ulimit -c 0");
        tmux.type_line(&line);
        tmux.wait_for("✓ finished");
        if signal == "-TERM" {
            tmux.key("C-z");
            tmux.is_the_shells();
            tmux.type_line("fg");
            tmux.wait_for("✓ finished");
        }
        let pid = std::fs::read_to_string(case.path("pid")).unwrap();
        let killed = Command::new("kill").args([signal, pid.trim()]).status();
        assert!(killed.unwrap().success());
        tmux.is_given_back(match signal {
            "-TERM" => 143,
            "-INT" => 130,
            "-HUP" => 129,
            _ => 131,
        });
    }
}

#[test]
#[ignore = "needs tmux"]
fn what_is_no_terminal_to_draw_on_gets_lines() {
    let case = Case::new();
    let tmux = Tmux::new("lines", 100, 30);
    for term in ["-u TERM", "TERM=", "TERM=dumb"] {
        let auto = line(&program(
            &case.arguments(&["--dashboard=auto", "--overwrite-output-dir"]),
        ));
        tmux.type_line(&format!("clear; env {term} {auto}"));
        tmux.wait_for("model.safetensors");
        let said = tmux.is_given_back(0);
        assert!(
            said.contains("examples/s") && !said.contains("● "),
            "{said}"
        );
        tmux.tmux(&["clear-history"]);
        tmux.type_line(&format!(
            "clear; env {term} {}",
            endless(&case, &["--overwrite-output-dir"])
        ));
        tmux.wait_for("cannot open the display: TERM is");
        tmux.is_given_back(1);
    }
    let mut watch = command("dashboard");
    watch.arg(case.path("out"));
    tmux.type_line(&format!("clear; TERM=dumb {}", line(&watch)));
    tmux.wait_for("cannot open the dashboard: TERM is dumb");
    tmux.is_given_back(1);

    // A terminal that is another session's has no keys for this one.
    let run = case.arguments(&["--overwrite-output-dir"]);
    let run = line(&program(&run));
    tmux.type_line(&format!("clear; setsid -w {run} < /dev/null"));
    tmux.wait_for("model.safetensors");
    let said = tmux.is_given_back(0);
    assert!(said.contains("no dashboard on this terminal"), "{said}");

    // Nor does a run take it that is not in the foreground.
    tmux.type_line(&format!("clear; {run} &"));
    tmux.wait_for("model.safetensors");
    tmux.key("Enter");
    tmux.is_the_shells();
}

/// As when a connection breaks.
#[test]
#[ignore = "needs tmux"]
fn a_terminal_that_is_closed_ends_the_run_with_a_checkpoint() {
    let case = Case::with_rows(164, 30);
    let tmux = Tmux::new("closed", 100, 30);
    tmux.type_line(&endless(&case, &["--save-steps=1000000"]));
    tmux.wait_for("● training");
    drop(tmux);
    let begun = Instant::now();
    let ended = || {
        let events = std::fs::read_to_string(case.path("out/events.jsonl")).unwrap();
        let last: serde_json::Value = serde_json::from_str(events.lines().last()?).ok()?;
        (last["event"] == "end").then_some(last)
    };
    let last = loop {
        if let Some(last) = ended() {
            break last;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "it goes on");
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(last["reason"], "stopped by SIGHUP");
    let checkpoint = format!("out/checkpoint-{}", last["step"]);
    assert!(case.path(&checkpoint).is_dir(), "{checkpoint}");
    // Its results are the last that it writes.
    let results = case.path("out/eval_results.json");
    let begun = Instant::now();
    while last["step"].as_u64() > Some(21) && !results.exists() {
        assert!(begun.elapsed() < Duration::from_secs(30), "it does not end");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
#[ignore = "needs tmux"]
fn a_panic_gives_the_terminal_back_before_its_message() {
    let folder = tempfile::tempdir().unwrap();
    let tmux = Tmux::new("panic", 100, 30);
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([
        "--ignored",
        "--exact",
        "panics_on_the_dashboard",
        "--nocapture",
    ]);
    let folder_name = folder.path().to_str().unwrap();
    tmux.type_line(&format!("{PANICS_IN}='{folder_name}' {}", line(&command)));
    tmux.wait_for("○ about to panic");
    tmux.wait_for("something went wrong");
    tmux.is_given_back(101);
    let log = std::fs::read_to_string(folder.path().join("log.txt")).unwrap();
    for part in ["printed behind the picture", "printed by another program"] {
        assert!(log.contains(part), "`{part}` is not in: {log}");
    }
}

const PANICS_IN: &str = "BERT_TEST_PANICS_IN";

/// Not a test of its own: a program that prints and panics while the dashboard is open.
#[test]
#[ignore = "run by a_panic_gives_the_terminal_back_before_its_message"]
fn panics_on_the_dashboard() {
    let Some(folder) = std::env::var_os(PANICS_IN) else {
        return;
    };
    let stop = StopFlag::default();
    let screen = Screen::open(Display::Dashboard, Path::new(&folder), &stop).unwrap();
    screen.prepare("about to panic");
    println!("printed behind the picture");
    let below = ["-c", "echo printed by another program >&2"];
    Command::new("sh").args(below).status().unwrap();
    std::thread::sleep(Duration::from_secs(1));
    panic!("something went wrong");
}

/// Signals the process that the nth start in the events names, as soon as it is there: events reach
/// the disk later than the screen.
fn kill(signal: &str, out: &Path, nth: usize) {
    let begun = Instant::now();
    let pid = loop {
        let events = std::fs::read_to_string(out.join("events.jsonl")).unwrap_or_default();
        let mut starts = events.lines().filter_map(|line| {
            let event: serde_json::Value = serde_json::from_str(line).ok()?;
            event["environment"]["pid"].as_u64()
        });
        if let Some(pid) = starts.nth(nth - 1) {
            break pid.to_string();
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{events}");
        std::thread::sleep(Duration::from_millis(50));
    };
    let status = Command::new("kill").args([signal, &pid]).status().unwrap();
    assert!(status.success());
}
