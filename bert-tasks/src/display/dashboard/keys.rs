//! The keys: one table that both dispatches and prints the help.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::view::Page;

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Show(Page),
    NextPage,
    FocusNext,
    FocusPrevious,
    Enlarge,
    PanLeft,
    PanRight,
    ZoomIn,
    ZoomOut,
    ShowAll,
    LogAxis,
    SmoothLess,
    SmoothMore,
    Filter,
    Up,
    Down,
    PageUp,
    PageDown,
    Top,
    Bottom,
    Pause,
    Stop,
    Interrupt,
    StopForNow,
    Quit,
    Help,
    Back,
}

/// A row of the table.
pub(super) struct Binding {
    pub(super) action: Action,
    /// The keys, the first of which is shown in the footer.
    keys: &'static [Key],
    /// In the help, as a verb.
    pub(super) help: &'static str,
}

/// A key, with or without Ctrl.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    Plain(KeyCode),
    Ctrl(char),
}

const fn char(c: char) -> Key {
    Key::Plain(KeyCode::Char(c))
}

const fn code(code: KeyCode) -> Key {
    Key::Plain(code)
}

/// All of them, in the order of the help. A line each, to be read as a table.
#[rustfmt::skip]
pub(super) const BINDINGS: &[Binding] = &[
    bind(Action::Show(Page::Plots), &[char('1')], "curves"),
    bind(Action::Show(Page::Scores), &[char('2')], "evaluations and confusion matrix"),
    bind(Action::Show(Page::Examples), &[char('3')], "predictions, the wrong ones first"),
    bind(Action::Show(Page::Run), &[char('4')], "configuration and load report"),
    bind(Action::Show(Page::Log), &[char('5')], "log and warnings"),
    bind(Action::NextPage, &[char('p')], "next page"),
    bind(Action::FocusNext, &[code(KeyCode::Tab), char('n')], "next curve"),
    bind(Action::FocusPrevious, &[code(KeyCode::BackTab), char('N')], "previous curve"),
    bind(Action::Enlarge, &[code(KeyCode::Enter), char('f')], "one curve alone, or all"),
    bind(Action::PanLeft, &[code(KeyCode::Left)], "earlier steps"),
    bind(Action::PanRight, &[code(KeyCode::Right)], "later steps"),
    bind(Action::ZoomIn, &[char('+'), char('=')], "fewer steps"),
    bind(Action::ZoomOut, &[char('-')], "more steps"),
    bind(Action::ShowAll, &[char('0')], "all steps"),
    bind(Action::LogAxis, &[char('l')], "logarithmic axis"),
    bind(Action::SmoothLess, &[char('[')], "smooth less"),
    bind(Action::SmoothMore, &[char(']')], "smooth more"),
    bind(Action::Filter, &[char('/')], "curves by name"),
    bind(Action::Up, &[code(KeyCode::Up), char('k')], "up"),
    bind(Action::Down, &[code(KeyCode::Down), char('j')], "down"),
    bind(Action::PageUp, &[code(KeyCode::PageUp)], "a screen up"),
    bind(Action::PageDown, &[code(KeyCode::PageDown)], "a screen down"),
    bind(Action::Top, &[code(KeyCode::Home), char('g')], "to the top"),
    bind(Action::Bottom, &[code(KeyCode::End), char('G')], "to the bottom"),
    bind(Action::Pause, &[char(' ')], "hold the picture still; the run goes on"),
    bind(Action::Stop, &[char('S')], "stop the run now and save it"),
    bind(Action::Quit, &[char('q')], "leave; the run goes on"),
    bind(Action::Interrupt, &[Key::Ctrl('c')], "stop and save; again: end at once"),
    bind(Action::StopForNow, &[Key::Ctrl('z')], "back to the shell; fg goes on"),
    bind(Action::Help, &[char('?'), char('h')], "this help"),
    bind(Action::Back, &[code(KeyCode::Esc)], "close, or forget the filter"),
];

const fn bind(action: Action, keys: &'static [Key], help: &'static str) -> Binding {
    Binding { action, keys, help }
}

/// What a key does, if anything.
pub(super) fn action(event: KeyEvent) -> Option<Action> {
    let pressed = match (event.code, event.modifiers.contains(KeyModifiers::CONTROL)) {
        (KeyCode::Char(c), true) => Key::Ctrl(c.to_ascii_lowercase()),
        (_, true) => return None,
        (code, false) => Key::Plain(code),
    };
    let binding = BINDINGS
        .iter()
        .find(|binding| binding.keys.contains(&pressed))?;
    Some(binding.action)
}

impl Binding {
    /// The keys in words: `Tab n`.
    pub(super) fn keys(&self) -> String {
        let names: Vec<String> = self.keys.iter().map(|key| key.name()).collect();
        names.join(" ")
    }

    /// The first key in words.
    pub(super) fn key(&self) -> String {
        self.keys.first().map(|key| key.name()).unwrap_or_default()
    }
}

/// The row of an action.
pub(super) fn binding(action: Action) -> &'static Binding {
    BINDINGS
        .iter()
        .find(|binding| binding.action == action)
        .expect("every action has a row, by the test below")
}

impl Key {
    fn name(self) -> String {
        match self {
            Self::Ctrl(c) => format!("Ctrl-{}", c.to_ascii_uppercase()),
            Self::Plain(KeyCode::Char(' ')) => "Space".to_owned(),
            Self::Plain(KeyCode::Char(c)) => c.to_string(),
            Self::Plain(KeyCode::Left) => "←".to_owned(),
            Self::Plain(KeyCode::Right) => "→".to_owned(),
            Self::Plain(KeyCode::Up) => "↑".to_owned(),
            Self::Plain(KeyCode::Down) => "↓".to_owned(),
            Self::Plain(KeyCode::BackTab) => "Shift-Tab".to_owned(),
            Self::Plain(KeyCode::PageUp) => "PgUp".to_owned(),
            Self::Plain(KeyCode::PageDown) => "PgDn".to_owned(),
            Self::Plain(code) => code.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_the_help_does_what_it_says_and_nothing_else() {
        let mut seen = Vec::new();
        for binding in BINDINGS {
            assert!(!binding.keys.is_empty() && !binding.help.is_empty());
            for &key in binding.keys {
                let (code, modifiers) = match key {
                    Key::Plain(code) => (code, KeyModifiers::NONE),
                    Key::Ctrl(c) => (KeyCode::Char(c), KeyModifiers::CONTROL),
                };
                let event = KeyEvent::new(code, modifiers);
                assert_eq!(action(event), Some(binding.action), "{}", key.name());
                assert!(!seen.contains(&key.name()), "{} twice", key.name());
                seen.push(key.name());
            }
        }
        let unbound = KeyEvent::new(KeyCode::Char('z'), KeyModifiers::NONE);
        assert_eq!(action(unbound), None);
        let ctrl = KeyEvent::new(KeyCode::Char('q'), KeyModifiers::CONTROL);
        assert_eq!(action(ctrl), None);
        assert_eq!(binding(Action::Pause).keys(), "Space");
    }
}
