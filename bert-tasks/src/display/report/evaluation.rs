//! The scores: those of the best evaluation, and all evaluations as a table.

use super::charts::score_names;
use super::markup::{duration, section, table, text};
use crate::display::format::{short, thousands};
use crate::events::{Evaluated, RunHistory};

/// Rows of the table. A run with more evaluations shows some of them.
const MOST_ROWS: usize = 400;

/// The scores of the best evaluation as large figures, the one that decides first.
pub(super) fn scores(history: &RunHistory) -> String {
    let Some(best) = history.best() else {
        return String::new();
    };
    let deciding = history
        .start
        .as_ref()
        .map_or("", |s| &s.metric_for_best_model);
    let better = match &history.start {
        Some(start) if start.higher_is_better => "higher",
        _ => "lower",
    };
    let figure = |name: &str| {
        let value = best.scores.get(name)?;
        let class = if name == deciding { " deciding" } else { "" };
        Some(format!(
            "<div class=\"figure{class}\"><dt>{}</dt><dd>{}</dd></div>\n",
            text(name),
            short(*value)
        ))
    };
    let figures: String = score_names(history)
        .into_iter()
        .filter_map(figure)
        .collect();
    let content = format!(
        "<dl class=\"figures\">\n{figures}</dl>\n\
         <p class=\"note\">Step {}, epoch {}, the best of {} by {} ({better} is better).</p>\n",
        thousands(best.step),
        best.epoch,
        match history.evaluations.len() {
            1 => "1 evaluation".to_owned(),
            count => format!("{} evaluations", thousands(count)),
        },
        text(deciding),
    );
    section("scores", "Best evaluation", &content)
}

/// All evaluations; every so many of them, the best and the last where they are too many.
pub(super) fn evaluations(history: &RunHistory) -> String {
    let all = &history.evaluations;
    if all.is_empty() {
        return String::new();
    }
    let names = score_names(history);
    let best = history.best().map(|best| best.step);
    let every = all.len().div_ceil(MOST_ROWS);
    let shown = |(index, evaluated): &(usize, &Evaluated)| {
        index.is_multiple_of(every) || Some(evaluated.step) == best || index + 1 == all.len()
    };
    let heads: String = names.iter().map(|name| head(&text(name))).collect();
    let rows = all.iter().enumerate().filter(shown);
    let rows: String = rows.map(|(_, e)| row(e, &names, best)).collect();
    let rows = format!(
        "<thead><tr>{}{}{}{heads}{}<td></td></tr></thead>\n<tbody>\n{rows}</tbody>\n",
        head("step"),
        head("epoch"),
        head("training loss"),
        head("took"),
    );
    let content = table("Evaluations", "evaluations", &rows);
    let mut content = format!("<div class=\"tall\">{content}</div>\n");
    if every > 1 {
        content += &format!(
            "<p class=\"note\">One in {every} of {} evaluations, the best and the last.</p>\n",
            thousands(all.len())
        );
    }
    section("evaluations", "Evaluations", &content)
}

fn head(name: &str) -> String {
    format!("<th scope=\"col\">{name}</th>")
}

fn row(evaluated: &Evaluated, names: &[&str], best: Option<usize>) -> String {
    let is_best = Some(evaluated.step) == best;
    let score = |name: &&str| {
        let value = evaluated.scores.get(*name).copied();
        format!("<td>{}</td>", value.map_or("–".to_owned(), short))
    };
    format!(
        "<tr{}><td>{}</td><td>{}</td><td>{}</td>{}<td>{}</td><td>{}</td></tr>\n",
        if is_best { " class=\"best\"" } else { "" },
        thousands(evaluated.step),
        evaluated.epoch,
        short(evaluated.train_loss),
        names.iter().map(score).collect::<String>(),
        duration(evaluated.seconds),
        if is_best { "best" } else { "" },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::Start;

    fn run(evaluations: usize, best: usize) -> RunHistory {
        let evaluation = |step| Evaluated {
            step,
            scores: [("a".to_owned(), f64::NAN), ("f1".to_owned(), 0.5)].into(),
            is_best: step == best,
            ..Evaluated::default()
        };
        RunHistory {
            start: Some(Start {
                metric_for_best_model: "f1".to_owned(),
                higher_is_better: true,
                ..Start::default()
            }),
            evaluations: (1..=evaluations).map(evaluation).collect(),
            ..RunHistory::default()
        }
    }

    #[test]
    fn the_metric_that_decides_comes_first() {
        let html = scores(&run(3, 2));
        let (f1, other) = (html.find("<dt>f1<"), html.find("<dt>a<"));
        assert!(f1.is_some() && f1 < other, "{html}");
        assert!(
            html.contains("Step 2, epoch 0, the best of 3 evaluations by f1 (higher is better)")
        );
        assert_eq!(scores(&run(3, 0)), "");
    }

    #[test]
    fn too_many_evaluations_are_thinned_out_but_for_the_best_and_the_last() {
        let rows = |html: &str| html.matches("<tr").count() - 1;
        assert_eq!(rows(&evaluations(&run(MOST_ROWS, 3))), MOST_ROWS);
        let html = evaluations(&run(10_000, 4321));
        assert!(rows(&html) <= MOST_ROWS + 2);
        assert!(html.contains("<tr class=\"best\"><td>4,321</td>"));
        assert!(html.contains("<td>10,000</td>") && html.contains("One in 25 of 10,000"));
        assert_eq!(evaluations(&run(0, 0)), "");
    }
}
