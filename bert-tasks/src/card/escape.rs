//! Names of any kind, as YAML and Markdown have them.

use std::fmt::Write as _;

/// A YAML scalar in double quotes. What YAML does not take as it is, or takes for the end of a
/// line, is written by its number.
pub(super) fn yaml(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                let _ = write!(quoted, "\\u{:04x}", letter as u32);
            }
            control if control.is_control() => {
                let _ = write!(quoted, "\\x{:02x}", control as u32);
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// Text in a line or a cell of Markdown that stands there as it is.
pub(super) fn markdown(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        match letter {
            '\u{2028}' | '\u{2029}' => escaped.push(' '),
            control if control.is_control() => escaped.push(' '),
            // What these stand for, so that no renderer takes them for its own.
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            mark if mark.is_ascii_punctuation()
                && !matches!(
                    mark,
                    '.' | ',' | ':' | ';' | '-' | '\'' | '"' | '/' | '(' | ')' | '=' | '%' | '?'
                ) =>
            {
                escaped.push('\\');
                escaped.push(mark);
            }
            other => escaped.push(other),
        }
    }
    escaped
}
