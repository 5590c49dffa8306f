//! Pieces of HTML that every part of the report is made of.

use std::time::Duration;

use crate::display::format::clock;

/// Text from outside as HTML: nothing in it is markup, and what cannot be shown is replaced.
pub(super) fn text(raw: &str) -> String {
    let mut safe = String::with_capacity(raw.len() + raw.len() / 8);
    for character in raw.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\n' | '\t' => safe.push(character),
            control if control.is_control() => safe.push('\u{FFFD}'),
            other => safe.push(other),
        }
    }
    safe
}

/// [`text`] of the first `limit` characters, with an ellipsis where there are more.
pub(super) fn clipped(raw: &str, limit: usize) -> String {
    match raw.char_indices().nth(limit) {
        Some((end, _)) => text(&raw[..end]) + "…",
        None => text(raw),
    }
}

/// A part of the page with its heading; nothing where there is no content.
pub(super) fn section(id: &str, heading: &str, content: &str) -> String {
    if content.is_empty() {
        return String::new();
    }
    format!("<section id=\"{id}\">\n<h2>{heading}</h2>\n{content}</section>\n")
}

/// A table that scrolls sideways in its own box where it is wider than the page.
pub(super) fn table(label: &str, class: &str, rows: &str) -> String {
    format!(
        "<div class=\"scroll\" role=\"region\" aria-label=\"{label}\" tabindex=\"0\">\
         <table class=\"{class}\">\n{rows}</table></div>\n"
    )
}

/// Names and values, one a row. The values are HTML, the names are text.
pub(super) fn pairs<'a>(label: &str, rows: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let row = |(name, value): (&str, String)| {
        let name = text(name);
        format!("<tr><th scope=\"row\">{name}</th><td>{value}</td></tr>\n")
    };
    table(
        label,
        "pairs",
        &rows.into_iter().map(row).collect::<String>(),
    )
}

/// Content that is folded away until somebody asks for it.
pub(super) fn folded(summary: &str, content: &str) -> String {
    format!("<details><summary>{summary}</summary>\n{content}</details>\n")
}

/// `7.3 s`, or as a clock has it from a minute on.
pub(super) fn duration(seconds: f64) -> String {
    match Duration::try_from_secs_f64(seconds) {
        Ok(time) if seconds >= 60.0 => clock(time),
        Ok(time) => format!("{:.1} s", time.as_secs_f64()),
        Err(_) => "–".to_owned(),
    }
}

/// `part` of `whole` in percent; a dash where there is no whole.
pub(super) fn percent(part: f64, whole: f64) -> String {
    if whole > 0.0 {
        format!("{:.1} %", 100.0 * part / whole)
    } else {
        "–".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped() {
        assert_eq!(
            text("<script>\"a\" & 'b'</script>"),
            "&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/script&gt;"
        );
        assert_eq!(text("a\tb\nc\u{1b}[31m\0"), "a\tb\nc\u{FFFD}[31m\u{FFFD}");
        assert_eq!(text("שלום 🎉"), "שלום 🎉");
    }

    #[test]
    fn a_long_text_is_clipped_between_characters() {
        assert_eq!(clipped("日本語", 2), "日本…");
        assert_eq!(clipped("日本語", 3), "日本語");
        assert_eq!(clipped("<<<", 1), "&lt;…");
    }

    #[test]
    fn times_are_short() {
        assert_eq!(duration(7.34), "7.3 s");
        assert_eq!(duration(754.0), "12:34");
        assert_eq!(duration(-0.0), "0.0 s");
        for odd in [-1.0, f64::NAN, f64::INFINITY, 1e300] {
            assert_eq!(duration(odd), "–");
        }
    }
}
