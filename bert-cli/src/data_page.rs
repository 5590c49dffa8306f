//! What a look at data found, as a page.

use std::fmt::Write as _;

use bert_data::inspect::{DataReport, LabelReport, SplitReport};

use crate::html::{document, escaped};

/// The page of a report.
pub fn page(report: &DataReport) -> String {
    let mut body = String::new();
    let warnings = report.warnings();
    match warnings.is_empty() {
        true => body.push_str("<p>Nothing stands out.</p>\n"),
        false => {
            let items = warnings
                .iter()
                .map(|one| format!("<li>{}</li>\n", escaped(one)));
            let _ = writeln!(body, "<ul>\n{}</ul>", items.collect::<String>());
        }
    }
    report.splits.iter().for_each(|one| split(&mut body, one));
    let _ = writeln!(
        body,
        "<h2>In full</h2>\n<pre>{}</pre>",
        escaped(&report.to_string())
    );
    document("Data", &body)
}

fn split(body: &mut String, split: &SplitReport) {
    let _ = writeln!(
        body,
        "<h2>{}: {} rows</h2>",
        escaped(&split.name),
        split.rows
    );
    match &split.labels {
        Some(LabelReport::SingleLabel(classes) | LabelReport::MultiLabel { classes, .. }) => {
            let rows = classes.classes.iter();
            let rows = rows.map(|class| (class.name.clone(), class.rows, class.share));
            bars(body, "class", &rows.collect::<Vec<_>>());
        }
        Some(LabelReport::Regression(numbers)) => {
            let rows = numbers.histogram.iter();
            let name = |from: f64, to: f64| format!("{from:.4} to {to:.4}");
            let rows = rows.map(|bin| (name(bin.from, bin.to), bin.rows));
            bars(body, "number", &shares(rows.collect(), split.rows));
        }
        None => {}
    }
    let lengths = &split.lengths;
    let bins = lengths.histogram.iter();
    let mut rows: Vec<_> = bins
        .map(|bin| (format!("{} to {}", bin.from, bin.to), bin.rows))
        .collect();
    rows.push(("longer".to_owned(), lengths.cut_rows));
    bars(body, "tokens", &shares(rows, split.rows));
}

fn shares(rows: Vec<(String, usize)>, all: usize) -> Vec<(String, usize, f64)> {
    let share = |rows: usize| rows as f64 / all.max(1) as f64;
    rows.into_iter()
        .map(|(name, rows)| (name, rows, share(rows)))
        .collect()
}

/// A table with a bar for each row, the longest as wide as its column.
fn bars(body: &mut String, what: &str, rows: &[(String, usize, f64)]) {
    let most = rows.iter().map(|&(_, rows, _)| rows).max().unwrap_or(0);
    let row = |(name, rows, share): &(String, usize, f64)| {
        format!(
            "<tr><td>{}</td><td>{rows}</td><td>{:.1} %</td><td class=\"bar\"><i \
             style=\"width: {:.1}%\"></i></td></tr>\n",
            escaped(name),
            100.0 * share,
            100.0 * *rows as f64 / most.max(1) as f64
        )
    };
    let _ = writeln!(
        body,
        "<table>\n<tr><th>{what}</th><th>rows</th><th>share</th><th></th></tr>\n{}</table>",
        rows.iter().map(row).collect::<String>()
    );
}
