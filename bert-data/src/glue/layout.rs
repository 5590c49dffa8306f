//! Which column of a file holds what.

/// Where the files of one kind keep what, in columns counted from 0.
#[derive(Debug)]
pub(super) struct Layout {
    /// Number of columns in every line.
    pub columns: usize,
    pub header: Header,
    pub label: Option<usize>,
    pub text_a: usize,
    pub text_b: Option<usize>,
}

/// What the first line is.
#[derive(Debug)]
pub(super) enum Header {
    /// An example.
    Absent,
    /// Names of the columns.
    Present,
    /// Names of the columns, of which this is the first. Only these tell a file without labels.
    Begins(&'static str),
}

impl Layout {
    /// Of a file with labels and a header.
    pub const fn labelled(
        columns: usize,
        label: usize,
        text_a: usize,
        text_b: Option<usize>,
    ) -> Self {
        Self {
            columns,
            header: Header::Present,
            label: Some(label),
            text_a,
            text_b,
        }
    }

    /// Of GLUE's own test files.
    pub const fn unlabelled(
        columns: usize,
        first: &'static str,
        text_a: usize,
        text_b: Option<usize>,
    ) -> Self {
        Self {
            columns,
            header: Header::Begins(first),
            label: None,
            text_a,
            text_b,
        }
    }

    /// The one of `layouts` that a file's first line shows; none if no layout is as wide.
    pub fn of(layouts: &'static [Self], first: &[&str]) -> Option<&'static Self> {
        let as_wide = |layout: &&Self| layout.columns == first.len();
        let mut named = layouts.iter().filter(as_wide);
        named
            .find(|layout| matches!(layout.header, Header::Begins(name) if name == first[0]))
            .or_else(|| layouts.iter().find(as_wide))
    }

    /// How many columns there may be, in words.
    pub fn widths(layouts: &[Self]) -> String {
        let of = |has_label: bool| {
            let layouts = layouts.iter();
            let layouts = layouts.filter(move |layout| layout.label.is_some() == has_label);
            layouts.map(|layout| layout.columns.to_string())
        };
        let labelled: Vec<String> = of(true).collect();
        let others = of(false).filter(|columns| !labelled.contains(columns));
        let others = others.map(|columns| format!(", or {columns} without labels"));
        labelled.join(" or ") + &others.collect::<String>()
    }
}

#[cfg(test)]
mod tests;
