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

#[cfg(test)]
mod tests {
    use super::*;

    struct Chart(Vec<Bar>);

    impl fmt::Display for Chart {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            bars(f, &self.0)
        }
    }

    #[test]
    fn bars_end_in_column_80_and_what_is_there_is_seen() {
        let bar = |name: &str, rows, share| Bar {
            name: name.to_owned(),
            rows,
            share,
        };
        let long = "é".repeat(29);
        let chart = Chart(vec![
            bar("none", 0, 0.0),
            bar(&long, 1, 0.001),
            bar("half", 500, 0.333),
            bar("most", 1000, 0.666),
        ]);
        let text = chart.to_string();
        let lines: Vec<&str> = text.lines().collect();
        // 80 less 4 + 28 + 2 + 4 + 2 + 6 + 2
        let full = "█".repeat(32);
        let pad = " ".repeat(24);
        assert_eq!(lines[0], format!("    none{pad}     0     0 %"));
        assert_eq!(
            lines[1],
            format!("    {}…     1  0.10 %  █", "é".repeat(27))
        );
        assert_eq!(
            lines[2],
            format!("    half{pad}   500  33.3 %  {}", "█".repeat(16))
        );
        assert_eq!(lines[3], format!("    most{pad}  1000  66.6 %  {full}"));
        assert_eq!(lines[3].chars().count(), 80);
        assert_eq!(Chart(Vec::new()).to_string(), "");
    }
}
