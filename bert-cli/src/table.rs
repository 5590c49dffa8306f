//! Tables of text for the end of a run.

/// Rows of equal length under a header, in columns as wide as their widest cell, numbers to the
/// right.
pub fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([header[column].len()]).max().unwrap_or(0)
    };
    let line = |cells: Vec<&str>| {
        let padded: Vec<String> = cells
            .iter()
            .enumerate()
            .map(|(column, cell)| {
                if column == 0 {
                    format!("{cell:<w$}", w = width(column))
                } else {
                    format!("{cell:>w$}", w = width(column))
                }
            })
            .collect();
        format!("  {}\n", padded.join("   "))
    };
    let mut text = line(header.to_vec());
    for row in rows {
        text += &line(row.iter().map(String::as_str).collect());
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn columns_line_up() {
        let rows = [vec!["seed 42".to_owned(), "0.8750".to_owned()]];
        assert_eq!(
            super::table(&["run", "f1"], &rows),
            "  run           f1\n  seed 42   0.8750\n"
        );
    }
}
