//! Colours: few, named by what they say, readable on dark and on light terminals.

use ratatui::style::{Color, Modifier, Style};

/// What is drawn in which style.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Theme {
    colours: Colours,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Colours {
    Dark,
    Light,
    None,
}

impl Theme {
    /// From the environment: no colours where `NO_COLOR` is set to anything, see
    /// <https://no-color.org>; light where `COLORFGBG` says so.
    pub(super) fn from_environment() -> Self {
        let no_color = std::env::var("NO_COLOR").unwrap_or_default();
        let colorfgbg = std::env::var("COLORFGBG").unwrap_or_default();
        Self::of(&no_color, &colorfgbg)
    }

    fn of(no_color: &str, colorfgbg: &str) -> Self {
        // `15;0`, or `0;default;15`: the last is the background, and these are the light ones.
        let light = matches!(colorfgbg.rsplit(';').next(), Some("7" | "15"));
        let colours = match (no_color.is_empty(), light) {
            (false, _) => Colours::None,
            (true, true) => Colours::Light,
            (true, false) => Colours::Dark,
        };
        Self { colours }
    }

    #[cfg(test)]
    pub(super) fn plain() -> Self {
        let colours = Colours::None;
        Self { colours }
    }

    fn colour(self, dark: Color, light: Color) -> Style {
        match self.colours {
            Colours::Dark => Style::new().fg(dark),
            Colours::Light => Style::new().fg(light),
            Colours::None => Style::new(),
        }
    }

    /// Of the nth run, or the nth of several lines: told apart by colour-blind people, too.
    pub(super) fn line(self, nth: usize) -> Style {
        let dark = [
            Color::Cyan,
            Color::Yellow,
            Color::Magenta,
            Color::Green,
            Color::LightBlue,
            Color::LightRed,
        ];
        let light = [
            Color::Blue,
            Color::Red,
            Color::Magenta,
            Color::Green,
            Color::Cyan,
            Color::DarkGray,
        ];
        self.colour(dark[nth % dark.len()], light[nth % light.len()])
    }

    /// What matters less.
    pub(super) fn faint(self) -> Style {
        match self.colours {
            Colours::None => Style::new().add_modifier(Modifier::DIM),
            _ => self.colour(Color::DarkGray, Color::Gray),
        }
    }

    /// What matters more.
    pub(super) fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// What is good.
    pub(super) fn good(self) -> Style {
        self.colour(Color::Green, Color::Green)
            .add_modifier(Modifier::BOLD)
    }

    /// What is wrong.
    pub(super) fn bad(self) -> Style {
        self.colour(Color::LightRed, Color::Red)
            .add_modifier(Modifier::BOLD)
    }

    /// What somebody should know.
    pub(super) fn warning(self) -> Style {
        self.colour(Color::Yellow, Color::Magenta)
            .add_modifier(Modifier::BOLD)
    }

    /// What has the focus.
    pub(super) fn focus(self) -> Style {
        self.colour(Color::Cyan, Color::Blue)
            .add_modifier(Modifier::BOLD)
    }

    /// The page that is shown.
    pub(super) fn chosen(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED | Modifier::BOLD)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_decides() {
        for (no_color, colorfgbg, colours) in [
            ("", "", Colours::Dark),
            ("", "15;0", Colours::Dark),
            ("", "0;default;15", Colours::Light),
            ("", "0;7", Colours::Light),
            ("1", "0;15", Colours::None),
        ] {
            assert_eq!(Theme::of(no_color, colorfgbg).colours, colours);
        }
        assert_eq!(Theme::plain().line(0), Style::new());
        assert_ne!(Theme::of("", "").line(0), Theme::of("", "").line(1));
    }
}
