//! Counts with bars.

use std::fmt;

use super::render::WIDTH;
use crate::statistics::percent;

/// Letters of the longest name that is shown in full.
const NAME: usize = 28;

/// A line of a bar chart.
pub(super) struct Bar {
    pub(super) name: String,
    pub(super) rows: usize,
    pub(super) share: f64,
}

/// Lines of equal columns: name, rows, share, and a bar that ends in column 80 for the most rows.
pub(super) fn bars(f: &mut fmt::Formatter<'_>, bars: &[Bar]) -> fmt::Result {
    let lines: Vec<[String; 3]> = bars
        .iter()
        .map(|bar| {
            [
                shortened(&bar.name),
                bar.rows.to_string(),
                percent(bar.share),
            ]
        })
        .collect();
    let widest = |column: usize| {
        let cells = lines.iter().map(|line| line[column].chars().count());
        cells.max().unwrap_or(0)
    };
    let (name_width, rows_width, share_width) = (widest(0), widest(1), widest(2));
    let room = WIDTH.saturating_sub(4 + name_width + 2 + rows_width + 2 + share_width + 2);
    let most = bars.iter().map(|bar| bar.rows).max().unwrap_or(0).max(1);
    for (bar, [name, rows, share]) in bars.iter().zip(&lines) {
        // What is there is seen.
        let least = usize::from(bar.rows > 0);
        let length = ((bar.rows as f64 / most as f64 * room as f64).round() as usize).max(least);
        let line = format!(
            "    {name:<name_width$}  {rows:>rows_width$}  {share:>share_width$}  {}",
            "█".repeat(length)
        );
        writeln!(f, "{}", line.trim_end())?;
    }
    Ok(())
}

fn shortened(name: &str) -> String {
    match name.char_indices().nth(NAME) {
        Some(_) => name.chars().take(NAME - 1).chain(['…']).collect(),
        None => name.to_owned(),
    }
}
