//! What the task adds to an evaluation: the scores of each class, the confusion matrix and the
//! hardest examples, which `examples` shows.

use super::examples;
use super::markup::{clipped, percent, section, table};
use crate::display::format::thousands;
use crate::events::{Details, Evaluated, RunHistory};
use crate::metrics::ClassScores;

/// A matrix of more labels is too large to read: its largest mistakes are listed instead.
const MOST_LABELS: usize = 20;

/// Mistakes that are listed.
const MISTAKES: usize = 30;

/// All sections, of the best evaluation that has them.
pub(super) fn details(history: &RunHistory) -> String {
    let newest_first = history.evaluations.iter().rev();
    let of = |has: fn(&Details) -> bool| {
        let mut candidates = history.best().into_iter().chain(newest_first.clone());
        candidates.find(|evaluated| has(&evaluated.details))
    };
    let classes = of(|details| !details.class_scores.is_empty()).map(classes);
    let confusion = of(|details| !details.confusion.is_empty()).map(confusion);
    let examples = of(|details| !details.examples.is_empty()).map(examples::examples);
    [classes, confusion, examples]
        .into_iter()
        .flatten()
        .collect()
}

/// The label's name; its number where it has none.
fn name(details: &Details, label: usize) -> String {
    let name = details.labels.get(label);
    name.map_or_else(|| label.to_string(), |name| clipped(name, 200))
}

/// The classes that need a look first.
fn classes(evaluated: &Evaluated) -> String {
    let details = &evaluated.details;
    let mut classes: Vec<(usize, &ClassScores)> = details.class_scores.iter().enumerate().collect();
    classes.sort_by(|(_, a), (_, b)| a.f1.total_cmp(&b.f1));
    let row = |&(label, scores): &(usize, &ClassScores)| {
        let numbers = [scores.f1, scores.precision, scores.recall];
        let numbers: String = numbers.map(|score| format!("<td>{score:.4}</td>")).concat();
        format!(
            "<tr><th scope=\"row\">{}</th>{numbers}<td>{}</td></tr>\n",
            name(details, label),
            thousands(scores.support)
        )
    };
    let rows: String = classes.iter().map(row).collect();
    let heads = ["class", "F1", "precision", "recall", "examples"];
    let heads = heads.map(|head| format!("<th scope=\"col\">{head}</th>"));
    let rows = format!(
        "<thead><tr>{}</tr></thead>\n<tbody>\n{rows}</tbody>\n",
        heads.concat()
    );
    let note = format!(
        "<p class=\"note\">The evaluation after step {}, the class with the lowest F1 first.</p>\n",
        thousands(evaluated.step)
    );
    let table = table("Scores of each class", "classes", &rows);
    section("classes", "Classes", &(table + &note))
}

fn confusion(evaluated: &Evaluated) -> String {
    let details = &evaluated.details;
    let content = if details.confusion.len() <= MOST_LABELS {
        matrix(details)
    } else {
        mistakes(details)
    };
    let note = format!(
        "<p class=\"note\">The evaluation after step {}. Percentages are of the row: of all \
         examples of that label.</p>\n",
        thousands(evaluated.step)
    );
    section("confusion", "Confusion matrix", &(content + &note))
}

fn matrix(details: &Details) -> String {
    // Rows from outside may be of any length.
    let columns = details.confusion.iter().map(Vec::len).max().unwrap_or(0);
    let columns = columns.min(MOST_LABELS);
    let heads: String = (0..columns)
        .map(|label| format!("<th scope=\"col\">{}</th>", name(details, label)))
        .collect();
    let row = |(label, row): (usize, &Vec<usize>)| {
        let total: f64 = row.iter().map(|&count| count as f64).sum();
        let cell = |column: usize| {
            let count = row.get(column).copied().unwrap_or(0);
            let share = count as f64 / total.max(1.0);
            let class = if column == label {
                " class=\"right\""
            } else {
                ""
            };
            format!(
                "<td{class} style=\"--share:{share:.3}\">{}<small>{}</small></td>",
                thousands(count),
                percent(count as f64, total)
            )
        };
        let cells: String = (0..columns).map(cell).collect();
        let name = name(details, label);
        let total = thousands(total as usize);
        format!("<tr><th scope=\"row\">{name}</th>{cells}<td class=\"total\">{total}</td></tr>\n")
    };
    let rows: String = details.confusion.iter().enumerate().map(row).collect();
    let rows = format!(
        "<thead><tr><td class=\"corner\">expected ↓ predicted →</td>{heads}\
         <th scope=\"col\" class=\"total\">examples</th></tr></thead>\n<tbody>\n{rows}</tbody>\n"
    );
    table("Confusion matrix", "confusion", &rows)
}

fn mistakes(details: &Details) -> String {
    let mut mistakes = Vec::new();
    for (expected, row) in details.confusion.iter().enumerate() {
        let total: f64 = row.iter().map(|&count| count as f64).sum();
        let wrong = row.iter().enumerate();
        let wrong = wrong.filter(|&(predicted, &count)| predicted != expected && count > 0);
        mistakes.extend(wrong.map(|(predicted, &count)| (count, total, expected, predicted)));
    }
    mistakes.sort_by_key(|&(count, _, expected, predicted)| {
        (std::cmp::Reverse(count), expected, predicted)
    });
    let row = |&(count, total, expected, predicted): &(usize, f64, usize, usize)| {
        format!(
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
            name(details, expected),
            name(details, predicted),
            thousands(count),
            percent(count as f64, total)
        )
    };
    let rows: String = mistakes.iter().take(MISTAKES).map(row).collect();
    let heads = ["expected", "predicted", "examples", "of that label"];
    let heads = heads.map(|head| format!("<th scope=\"col\">{head}</th>"));
    let rows = format!(
        "<thead><tr>{}</tr></thead>\n<tbody>\n{rows}</tbody>\n",
        heads.concat()
    );
    let intro = format!(
        "<p>There are {} labels. These are the most frequent mistakes.</p>\n",
        details.confusion.len()
    );
    intro + &table("Most frequent mistakes", "mistakes", &rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(details: Details) -> RunHistory {
        RunHistory {
            evaluations: vec![Evaluated {
                step: 7,
                is_best: true,
                details,
                ..Evaluated::default()
            }],
            ..RunHistory::default()
        }
    }

    #[test]
    fn cells_have_counts_shares_of_their_row_and_names() {
        let html = details(&run(Details {
            labels: vec!["<no>".to_owned()],
            confusion: vec![vec![30, 10], vec![0]],
            ..Details::default()
        }));
        assert!(html.contains("style=\"--share:0.250\">10<small>25.0 %</small>"));
        assert!(html.contains("<th scope=\"row\">&lt;no&gt;</th>"));
        // A label without a name, and without examples.
        assert!(html.contains("<th scope=\"row\">1</th><td style=\"--share:0.000\">0<small>–"));
        assert!(!html.contains("id=\"examples\""));
    }

    #[test]
    fn the_class_that_needs_a_look_comes_first() {
        let scores = |f1, support| ClassScores {
            f1,
            support,
            ..ClassScores::default()
        };
        let html = details(&run(Details {
            labels: vec!["fine".to_owned(), "<bad>".to_owned()],
            class_scores: vec![scores(0.9, 1200), scores(0.25, 3)],
            ..Details::default()
        }));
        let place = |text| html.find(text).unwrap();
        assert!(place("&lt;bad&gt;</th><td>0.2500</td>") < place("fine</th><td>0.9000</td>"));
        assert!(html.contains("<td>1,200</td>"));
    }

    #[test]
    fn a_matrix_of_many_labels_becomes_a_list_of_mistakes() {
        let mut confusion = vec![vec![1; 150]; 150];
        confusion[3][140] = 17;
        let html = details(&run(Details {
            confusion,
            ..Details::default()
        }));
        assert_eq!(html.matches("<tr").count(), MISTAKES + 1);
        let first = "<tbody>\n<tr><td>3</td><td>140</td><td>17</td>";
        assert!(html.contains(first), "{html}");
    }

    #[test]
    fn details_of_an_earlier_evaluation_do_where_the_best_has_none() {
        let mut history = run(Details {
            confusion: vec![vec![1]],
            ..Details::default()
        });
        history.evaluations.push(Evaluated {
            step: 9,
            is_best: true,
            ..Evaluated::default()
        });
        assert!(details(&history).contains("after step 7"));
    }
}
