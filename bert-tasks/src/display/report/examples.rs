//! The hardest examples of an evaluation, with what is marked in their texts.

use super::markup::{clipped, folded, percent, section};
use crate::display::format::thousands;
use crate::display::marks::{Marked, marked};
use crate::events::{Evaluated, MarkKind, ScoredExample};

/// Examples that are shown of each kind.
const EXAMPLES: usize = 50;

/// Characters that are shown of a text.
const LONGEST_TEXT: usize = 2000;

/// The section; of an evaluation that has examples.
pub(super) fn examples(evaluated: &Evaluated) -> String {
    let examples = evaluated.details.examples.iter();
    let (right, wrong): (Vec<_>, Vec<_>) = examples.partition(|example| example.correct);
    let list = |examples: &[&ScoredExample]| {
        let items: String = examples.iter().take(EXAMPLES).map(|e| item(e)).collect();
        format!("<ol class=\"examples\">\n{items}</ol>\n")
    };
    let mut content = String::new();
    if !wrong.is_empty() {
        content += "<h3>Wrong, the most certain ones first</h3>\n";
        content += &list(&wrong);
    }
    if !right.is_empty() {
        let summary = format!("{} right, the least certain ones first", right.len());
        content += &folded(&summary, &list(&right));
    }
    let note = format!(
        "<p class=\"note\">The evaluation after step {}. Texts are shown as the model reads \
         them.</p>\n",
        thousands(evaluated.step)
    );
    section("examples", "Hardest examples", &(content + &note))
}

fn item(example: &ScoredExample) -> String {
    let label = |name: &str| format!("<bdi>{}</bdi>", clipped(name, 200));
    let verdict = if example.correct {
        format!("<b class=\"good\">{}</b>", label(&example.expected))
    } else {
        format!(
            "<b class=\"bad\">{}</b> instead of <b class=\"good\">{}</b>",
            label(&example.predicted),
            label(&example.expected)
        )
    };
    let marked = marked(example);
    let unmarked = example.texts.iter().skip(usize::from(!marked.is_empty()));
    let unmarked =
        unmarked.map(|text| format!("<p dir=\"auto\">{}</p>\n", clipped(text, LONGEST_TEXT)));
    let texts: String = marked.iter().map(with_marks).chain(unmarked).collect();
    let share = example.probability.clamp(0.0, 1.0);
    format!(
        "<li><div class=\"verdict\"><span>{verdict}</span><span class=\"certainty\">\
         <i style=\"--share:{share:.3}\"></i>{}</span><span class=\"index\">#{}</span></div>\n\
         {texts}</li>\n",
        percent(share, 1.0),
        thousands(example.index)
    )
}

/// The label and the line around a mark are there on paper, too.
fn with_marks(marked: &Marked<'_>) -> String {
    let mut left = LONGEST_TEXT;
    let mut html = String::new();
    for (part, mark) in &marked.parts {
        let shown = clipped(part, left);
        html += &match mark {
            None => shown,
            Some(mark) => {
                let class = match mark.kind {
                    MarkKind::Right => "good",
                    MarkKind::Missed | MarkKind::Wrong => "bad",
                };
                let label = clipped(&mark.label, 200);
                format!("<mark class=\"{class}\">{shown}<small> {label}</small></mark>")
            }
        };
        match left.checked_sub(part.chars().count()) {
            Some(rest) => left = rest,
            None => break,
        }
    }
    let name = marked.name;
    format!("<p dir=\"auto\" class=\"marked\"><small class=\"name\">{name}</small> {html}</p>\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::{Details, Mark};

    fn evaluated(details: Details) -> Evaluated {
        Evaluated {
            step: 7,
            details,
            ..Evaluated::default()
        }
    }

    #[test]
    fn wrong_examples_come_first() {
        let example = |index, correct| ScoredExample {
            index,
            correct,
            texts: vec!["x".repeat(5000)],
            probability: 0.7,
            ..ScoredExample::default()
        };
        let html = examples(&evaluated(Details {
            examples: vec![example(1, true), example(2, false)],
            ..Details::default()
        }));
        let place = |text: &str| html.find(text).unwrap();
        assert!(place("#2<") < place("1 right, the least"));
        assert!(place("1 right, the least") < place("#1<"));
        assert!(html.contains("</i>70.0 %"));
        assert_eq!(html.matches('x').count() / 2000, 2);
    }

    #[test]
    fn marks_have_their_label_in_the_text() {
        let mark = |bytes, kind| Mark {
            bytes,
            label: "L<C".to_owned(),
            kind,
        };
        let html = examples(&evaluated(Details {
            examples: vec![ScoredExample {
                texts: vec!["a <b> c".to_owned(), "more".to_owned()],
                marks: vec![mark(0..1, MarkKind::Right), mark(2..5, MarkKind::Missed)],
                ..ScoredExample::default()
            }],
            ..Details::default()
        }));
        let right = "right</small> <mark class=\"good\">a<small> L&lt;C</small></mark> <mark \
                     class=\"bad\">&lt;b&gt;<small> L&lt;C</small></mark> c</p>";
        assert!(html.contains(right), "{html}");
        let given =
            "given</small> <mark class=\"good\">a<small> L&lt;C</small></mark> &lt;b&gt; c</p>";
        assert!(html.contains(given), "{html}");
        assert!(html.contains("<p dir=\"auto\">more</p>"));
    }
}
