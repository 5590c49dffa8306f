//! Every page on fixed events, small and large: `tests/fixtures/runs` has a run that goes on, one
//! that is over, one that has failed and one that tags words.

use std::path::Path;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::draw;
use crate::display::dashboard::app::{App, Role};
use crate::display::dashboard::run::Run;
use crate::display::dashboard::theme::Theme;
use crate::events::EventReader;
use crate::stop::StopFlag;

const SMALL: (u16, u16) = (80, 24);
const LARGE: (u16, u16) = (160, 45);

fn run(name: &str) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/runs");
    let events = folder.path().join("events.jsonl");
    std::fs::copy(fixtures.join(format!("{name}.jsonl")), events).unwrap();
    let mut run = Run::new(&Path::new("out").join(name));
    EventReader::new(folder.path())
        .read(|stamped| run.history.apply(stamped))
        .unwrap();
    run.add_log(["mrpc on flex (CPU, 8 threads)".to_owned()]);
    run
}

/// A dashboard three seconds after the last event of its first run.
fn app(names: &[&str]) -> App {
    let runs: Vec<Run> = names.iter().map(|name| run(name)).collect();
    let now = runs.first().map_or(0.0, |run| run.history.latest + 3.0);
    let role = Role::Live(StopFlag::default());
    let mut app = App::new(runs, role, Theme::plain());
    app.now = now;
    app
}

fn press(app: &mut App, keys: &str) {
    for c in keys.chars() {
        let code = match c {
            '\n' => KeyCode::Enter,
            '\t' => KeyCode::Tab,
            c => KeyCode::Char(c),
        };
        app.key(KeyEvent::new(code, KeyModifiers::NONE));
    }
}

fn picture(app: &mut App, (width, height): (u16, u16)) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, app)).unwrap();
    let buffer = terminal.backend().buffer();
    let line = |y| -> String {
        let cells = (0..width).map(|x| buffer[(x, y)].symbol());
        cells.collect::<String>().trim_end().to_owned()
    };
    (0..height).map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn pages_on_a_small_and_a_large_screen() {
    for (page, key) in [
        ("curves", "1"),
        ("scores", "2"),
        ("examples", "3"),
        ("run", "4"),
        ("log", "5"),
        ("help", "?"),
    ] {
        let mut app = app(&["running"]);
        press(&mut app, key);
        insta::assert_snapshot!(format!("{page}_80x24"), picture(&mut app, SMALL));
        insta::assert_snapshot!(format!("{page}_160x45"), picture(&mut app, LARGE));
    }
}

#[test]
fn a_logarithmic_axis() {
    let mut app = app(&["running"]);
    press(&mut app, "/grad\nl");
    insta::assert_snapshot!("gradient_norm_log_axis", picture(&mut app, SMALL));
}

#[test]
fn a_window_of_the_steps() {
    let mut app = app(&["running"]);
    press(&mut app, "\t\t++");
    insta::assert_snapshot!("dev_accuracy_zoomed", picture(&mut app, SMALL));
}

#[test]
fn three_runs_share_their_plots() {
    let mut app = app(&["running", "finished", "failed"]);
    insta::assert_snapshot!("three_runs_160x45", picture(&mut app, LARGE));
    press(&mut app, "2");
    insta::assert_snapshot!("scores_of_three_runs_80x24", picture(&mut app, SMALL));
}

/// A run of `ner`: types of entities, and marks in texts.
#[test]
fn types_have_scores_and_texts_have_marks() {
    let mut app = app(&["tagging"]);
    press(&mut app, "2");
    insta::assert_snapshot!("scores_of_types_80x24", picture(&mut app, SMALL));
    press(&mut app, "3");
    insta::assert_snapshot!("marked_examples_80x24", picture(&mut app, SMALL));
}

#[test]
fn tiny_screens_stay_readable() {
    let mut app = app(&["running"]);
    insta::assert_snapshot!("curves_40x12", picture(&mut app, (40, 12)));
    press(&mut app, "2");
    insta::assert_snapshot!("scores_40x12", picture(&mut app, (40, 12)));
}

#[test]
fn before_the_run_begins() {
    let mut run = Run::new(Path::new("out/mrpc"));
    run.preparing = Some("reading the weights".to_owned());
    let role = Role::Live(StopFlag::default());
    let mut app = App::new(vec![run], role, Theme::plain());
    insta::assert_snapshot!("before_the_run", picture(&mut app, SMALL));
}

/// Whatever the size of the screen and the state of the runs: a picture, and no panic.
#[test]
fn every_page_fits_every_screen() {
    let sizes = [
        (1, 1),
        (2, 40),
        (7, 3),
        (20, 5),
        (39, 11),
        (120, 7),
        (300, 90),
    ];
    for names in [
        &[][..],
        &["running"],
        &["finished"],
        &["tagging"],
        &["failed", "running", "finished"],
    ] {
        for keys in [
            "1",
            "1\n",
            "1l",
            "1/nothing\n",
            "2",
            "3",
            "4",
            "5",
            "?",
            "S",
        ] {
            for size in sizes {
                let mut app = app(names);
                press(&mut app, keys);
                let text = picture(&mut app, size);
                assert_eq!(text.lines().count().max(1), usize::from(size.1).max(1));
            }
        }
    }
}
