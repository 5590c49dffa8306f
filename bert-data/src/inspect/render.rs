//! The report as a text for a terminal.

use std::fmt::{self, Write};

use super::bars::{Bar, bars};
use super::labels::{ClassReport, LabelReport};
use super::lengths::LengthReport;
use super::numbers::NumberReport;
use super::report::{DataReport, SplitReport};
use super::same_text::{Occurrence, SameText};
use super::split::{FoundRows, share};
use super::warnings::{counted, rows};
use crate::statistics::percent;

/// Columns of a terminal.
pub(super) const WIDTH: usize = 80;
/// Where a fact begins, after what it is about.
const FACT: usize = 18;
/// More classes are not listed.
const CLASSES: usize = 20;

/// The whole report, in 80 columns as far as names and paths allow.
impl fmt::Display for DataReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for split in &self.splits {
            self.split(f, split)?;
        }
        self.leaks(f)?;
        writeln!(
            f,
            "suggested max_seq_length: {}\n",
            self.suggested_max_seq_length
        )?;
        let warnings = self.warnings();
        if warnings.is_empty() {
            return write!(f, "no warnings");
        }
        write!(f, "{}", counted(warnings.len(), "warning", "warnings"))?;
        for (number, warning) in (1..).zip(warnings) {
            f.write_char('\n')?;
            let first = format!("  {number}. ");
            wrapped(f, &first, first.len(), &warning)?;
        }
        Ok(())
    }
}

impl DataReport {
    fn split(&self, f: &mut fmt::Formatter<'_>, split: &SplitReport) -> fmt::Result {
        writeln!(f, "{}: {}", plain(&split.name), rows(split.rows))?;
        fact(f, "empty texts", &found(&split.empty_texts))?;
        let repeats = &split.repeats;
        fact(f, "repeated texts", &of_all(repeats.rows, repeats.share))?;
        same_texts(f, &repeats.examples)?;
        let contradictions = &split.contradictions;
        let texts = counted(contradictions.texts, "text", "texts");
        let count = match contradictions.texts {
            0 => "none".to_owned(),
            _ => format!("{texts} in {}", rows(contradictions.rows)),
        };
        fact(f, "contradictions", &count)?;
        same_texts(f, &contradictions.examples)?;
        for report in &split.text_faults {
            let text = format!("{}: {}", report.fault.name(), found(&report.found));
            fact(f, "odd texts", &text)?;
        }
        labels(f, split)?;
        self.lengths(f, &split.lengths)?;
        let unknown = &split.unknown;
        let words = unknown.words.iter();
        let words: Vec<String> = words
            .map(|word| format!("{:?} {}", word.word, word.count))
            .collect();
        let mut text = format!(
            "{} of {} tokens ({})",
            unknown.unknown,
            unknown.tokens,
            percent(unknown.share)
        );
        if !words.is_empty() {
            write!(text, ": {}", words.join(", "))?;
        }
        fact(f, "unknown", &text)?;
        writeln!(f)
    }

    fn lengths(&self, f: &mut fmt::Formatter<'_>, lengths: &LengthReport) -> fmt::Result {
        let text = format!(
            "{} to {}, mean {:.1}, median {}; 90 % have up to {}, 95 % up to {}, 99 % up to {}",
            lengths.min,
            lengths.max,
            lengths.mean,
            lengths.median,
            lengths.percentile_90,
            lengths.percentile_95,
            lengths.percentile_99
        );
        fact(f, "tokens", &text)?;
        let bins = lengths.histogram.iter();
        let total = bins.clone().map(|bin| bin.rows).sum::<usize>() + lengths.cut_rows;
        let mut list: Vec<Bar> = bins
            .map(|bin| Bar {
                name: format!("{} to {}", bin.from, bin.to),
                rows: bin.rows,
                share: share(bin.rows, total),
            })
            .collect();
        if !list.is_empty() {
            list.push(Bar {
                name: "longer".to_owned(),
                rows: lengths.cut_rows,
                share: lengths.cut_share,
            });
        }
        bars(f, &list)?;
        let cut = match lengths.cut_rows {
            0 => "no row".to_owned(),
            count => format!(
                "{}, {}",
                of_all(count, lengths.cut_share),
                counted(lengths.cut_tokens, "token", "tokens")
            ),
        };
        let cut = format!("max_seq_length {} cuts {cut}", self.max_seq_length);
        fact(f, "cut", &cut)
    }

    fn leaks(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for leak in &self.leaks {
            let relabelled = match leak.relabelled {
                0 => String::new(),
                rows => format!(", {rows} with another label"),
            };
            let text = format!(
                "in {} and in {into}: {} of {into} ({}){relabelled}",
                leak.from,
                rows(leak.rows),
                percent(leak.share),
                into = leak.into
            );
            wrapped(f, "", 2, &text)?;
            writeln!(f)?;
            same_texts(f, &leak.examples)?;
            writeln!(f)?;
        }
        Ok(())
    }
}

fn labels(f: &mut fmt::Formatter<'_>, split: &SplitReport) -> fmt::Result {
    if split.unlabelled > 0 {
        let share = share(split.unlabelled, split.rows);
        fact(f, "without label", &of_all(split.unlabelled, share))?;
    }
    match &split.labels {
        None => Ok(()),
        Some(LabelReport::SingleLabel(report)) => {
            let accuracy = match report.majority() {
                Some(majority) => format!(
                    "; always saying {:?} is right in {}",
                    majority.name,
                    percent(report.majority_share)
                ),
                None => String::new(),
            };
            fact(f, "classes", &format!("{}{accuracy}", balance(report)))?;
            classes(f, report)
        }
        Some(LabelReport::MultiLabel {
            classes: report,
            mean_labels,
            without,
        }) => {
            let text = format!(
                "{}; {mean_labels:.2} a row, {} with none",
                balance(report),
                rows(*without)
            );
            fact(f, "classes", &text)?;
            classes(f, report)
        }
        Some(LabelReport::Regression(report)) => numbers(f, report),
    }
}

fn balance(report: &ClassReport) -> String {
    format!(
        "{}, the largest {:.1} times the smallest",
        report.classes.len(),
        report.imbalance
    )
}

fn classes(f: &mut fmt::Formatter<'_>, report: &ClassReport) -> fmt::Result {
    let (listed, more) = report.classes.split_at(CLASSES.min(report.classes.len()));
    let listed = listed.iter().map(|class| Bar {
        name: plain(&class.name),
        rows: class.rows,
        share: class.share,
    });
    bars(f, &listed.collect::<Vec<_>>())?;
    let counts = || more.iter().map(|class| class.rows);
    let each = match (counts().min(), counts().max()) {
        (Some(least), Some(most)) if least < most => format!("{least} to {most}"),
        (Some(count), _) => count.to_string(),
        (None, _) => return Ok(()),
    };
    writeln!(f, "    and {} more, of {each} rows each", more.len())
}

fn numbers(f: &mut fmt::Formatter<'_>, report: &NumberReport) -> fmt::Result {
    let [first, median, third] = report.quartiles;
    let text = format!(
        "{} to {}, mean {:.3}, standard deviation {:.3}; quartiles {first:.3}, {median:.3}, \
         {third:.3}",
        report.min, report.max, report.mean, report.standard_deviation
    );
    fact(f, "numbers", &text)?;
    let bins = report.histogram.iter().map(|bin| Bar {
        name: format!("{:.3} to {:.3}", bin.from, bin.to),
        rows: bin.rows,
        share: report.bin_share(bin),
    });
    bars(f, &bins.collect::<Vec<_>>())
}

fn same_texts(f: &mut fmt::Formatter<'_>, examples: &[SameText]) -> fmt::Result {
    let occurrence = |row: &Occurrence| match &row.label {
        Some(label) => format!("{} {label:?}", row.place),
        None => row.place.to_string(),
    };
    for same in examples {
        let places = format!("{}, {}", occurrence(&same.first), occurrence(&same.second));
        wrapped(f, "    ", 6, &format!("{places}: {:?}", same.text))?;
        writeln!(f)?;
    }
    Ok(())
}

fn found(found: &FoundRows) -> String {
    let mut text = of_all(found.rows, found.share);
    let first: Vec<String> = found.first.iter().map(ToString::to_string).collect();
    if !first.is_empty() {
        text.push_str(": ");
        text.push_str(&first.join(", "));
    }
    if found.rows > first.len() {
        text.push_str(", …");
    }
    text
}

fn of_all(count: usize, share: f64) -> String {
    match count {
        0 => "none".to_owned(),
        count => format!("{} ({})", rows(count), percent(share)),
    }
}

/// A line that begins with what it is about.
fn fact(f: &mut fmt::Formatter<'_>, about: &str, text: &str) -> fmt::Result {
    let width = FACT - 2;
    wrapped(f, &format!("  {about:<width$}"), FACT, text)?;
    writeln!(f)
}

/// `text` after `first`, in lines of 80 columns; further ones are indented.
fn wrapped(f: &mut fmt::Formatter<'_>, first: &str, indent: usize, text: &str) -> fmt::Result {
    f.write_str(first)?;
    let mut column = first.chars().count();
    for (place, word) in plain(text).split(' ').enumerate() {
        let length = word.chars().count();
        if place > 0 && column + 1 + length > WIDTH {
            write!(f, "\n{:indent$}{word}", "")?;
            column = indent + length;
        } else {
            let space = if place > 0 { " " } else { "" };
            write!(f, "{space}{word}")?;
            column += space.len() + length;
        }
    }
    Ok(())
}

/// A name without characters that a terminal would obey.
fn plain(name: &str) -> String {
    name.replace(char::is_control, "\u{fffd}")
}
