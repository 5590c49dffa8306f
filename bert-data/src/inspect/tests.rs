use std::collections::{HashMap, HashSet};

use proptest::prelude::*;

use super::test_data::{files, labelled, names, pair, split, text, tokenizer};
use super::*;
use crate::example::PairExample;
use crate::label::Label;
use crate::tokenizer::TokenizerError;

fn report(train: &[PairExample], validation: &[PairExample], classes: &[&str]) -> DataReport {
    let files = files();
    let splits = [
        split("train", train, &files),
        split("validation", validation, &files),
    ];
    DataReport::inspect(&splits, &names(classes), &tokenizer(), 16).unwrap()
}

fn small() -> DataReport {
    let train = [
        labelled(0, "a b", 1),
        labelled(1, " a  b", 0),
        labelled(2, "", 1),
        labelled(3, "a bd x <br>", 1),
        labelled(4, &"c ".repeat(20), 1),
    ];
    let validation = [labelled(0, "c", 1), labelled(1, "a b", 0), text(2, "\0")];
    report(&train, &validation, &["no", "yes"])
}

/// The first words of each warning.
fn starts(report: &DataReport) -> Vec<String> {
    let warnings = report.warnings();
    let start = |warning: &String| warning.split(' ').take(5).collect::<Vec<_>>().join(" ");
    warnings.iter().map(start).collect()
}

#[test]
fn the_text_says_everything() {
    let expected = include_str!("tests/report.txt");
    assert_eq!(small().to_string(), expected.trim_end());
}

#[test]
fn the_json_has_plain_numbers_and_names() {
    let json = serde_json::to_value(small()).unwrap();
    let train = &json["splits"][0];
    assert_eq!(train["labels"]["kind"], "single-label");
    assert_eq!(train["labels"]["classes"][1]["rows"], 4);
    assert_eq!(train["lengths"]["percentile_90"], 22);
    assert_eq!(train["empty_texts"]["first"][0]["line"], 4);
    assert_eq!(train["text_faults"][0]["fault"], "html-tag");
    assert_eq!(train["text_faults"][0]["rows"], 1);
    let leak = &json["leaks"][0];
    assert_eq!(leak["examples"][0]["second"]["file"], "data.csv");
    assert_eq!(leak["examples"][0]["second"]["label"], "no");
    assert_eq!(json["suggested_max_seq_length"], 32);
}

#[test]
fn a_summary_has_three_lines() {
    let [data, lengths, warnings] = small().summary();
    assert_eq!(
        data,
        "train 5 rows, validation 3 rows; 2 classes: \"no\" 20.0 %, \"yes\" 80.0 %"
    );
    assert_eq!(
        lengths,
        "train has 2 to 22 tokens a row, 8.2 on average; max_seq_length 16 cuts 1 row of train \
         (20.0 %)"
    );
    assert!(warnings.starts_with("9 warnings, the first: 1 row of validation (33.3 %) is in"));
    assert!(warnings.ends_with("(`bert data check` says more)"));
}

#[test]
fn good_data_gives_no_warning() {
    let words = ["a", "b", "c", "ad", "bd", "cd"];
    let rows = |from: usize, to: usize| -> Vec<PairExample> {
        let row = |row: usize| {
            let three = [row / 36, row / 6 % 6, row % 6].map(|word| words[word]);
            labelled(row, &three.join(" "), row % 4)
        };
        (from..to).map(row).collect()
    };
    let report = report(&rows(0, 40), &rows(40, 80), &["w", "x", "y", "z"]);
    assert_eq!(report.warnings(), [""; 0]);
    let [data, lengths, warnings] = report.summary();
    assert_eq!(
        data,
        "train 40 rows, validation 40 rows; 4 classes: 25.0 % each"
    );
    assert!(lengths.ends_with("max_seq_length 16 cuts nothing"));
    assert_eq!(warnings, "no warnings");
    assert!(report.to_string().ends_with("\nno warnings"));
}

#[test]
fn one_class_a_class_without_rows_and_repeats_are_warnings() {
    let train: Vec<_> = (0..20).map(|id| labelled(id, "a", 1)).collect();
    let validation = [labelled(0, "b", 0), labelled(1, "c", 1)];
    let report = report(&train, &validation, &["no", "yes"]);
    assert_eq!(
        starts(&report),
        [
            "100.0 % of the rows",
            "1 class has fewer than",
            "1 class is in validation",
            "19 rows of train (95.0",
        ]
    );
    let expected = "1 class has fewer than 10 rows in train, too few to learn from: \"no\" 0";
    assert_eq!(report.warnings()[1], expected);
}

#[test]
fn labels_that_differ_in_case_only_are_a_warning() {
    let words = ["a", "b", "c", "d"];
    let rows = (0..40).map(|id| labelled(id, words[id % 4], id % 4));
    let report = report(&rows.collect::<Vec<_>>(), &[], &["no", "yes", "No", "ja"]);
    assert_eq!(
        report.warnings()[0],
        "labels that differ in upper and lower case only are classes of their own: \"no\" and \"No\""
    );
}

#[test]
fn numbers_are_shown_in_bins() {
    let number = |id: usize, word: &str, number: f32| labelled(id, word, Label::Number(number));
    let train = [
        number(0, "a", 0.0),
        number(1, "b", 5.0),
        number(2, "c", 1.0),
    ];
    let report = report(&train, &[], &[]);
    let text = report.to_string();
    assert!(text.contains("  numbers         0 to 5, mean 2.000, standard deviation 2.160;"));
    assert!(text.contains("    0.000 to 0.500  1  33.3 %  ██"));
    assert_eq!(report.warnings(), [""; 0]);
    assert!(report.summary()[0].ends_with("; numbers from 0 to 5, 2.000 on average"));

    let equal = [number(0, "a", 1.5), number(1, "b", 1.5)];
    let report = self::report(&equal, &[], &[]);
    assert_eq!(
        report.warnings(),
        ["all numbers of train are 1.5: there is nothing to learn"]
    );
}

#[test]
fn twenty_classes_are_listed() {
    let sets = (0..25).flat_map(|class| vec![vec![class]; class + 1]);
    let train: Vec<_> = sets
        .enumerate()
        .map(|(id, set)| labelled(id, "a", Label::Classes(set)))
        .collect();
    let classes: Vec<String> = (0..25)
        .map(|class| format!("class {class}\u{1b}"))
        .collect();
    let classes: Vec<&str> = classes.iter().map(String::as_str).collect();
    let report = report(&train, &[], &classes);
    let labels =
        r#"; 25 classes, 1.00 a row: from "class 24\u{1b}" 7.7 % to "class 0\u{1b}" 0.31 %"#;
    assert!(report.summary()[0].ends_with(labels));
    let text = report.to_string();
    assert!(text.contains("25, the largest 25.0 times the smallest; 1.00 a row, 0 rows"));
    assert!(text.contains("    class 19\u{fffd}  20   6.2 %  "));
    assert!(!text.contains("    class 20"));
    assert!(text.contains("    and 5 more, of 21 to 25 rows each\n"));
    assert!(!text.contains('\u{1b}'));
}

#[test]
fn no_room_for_special_tokens_is_an_error() {
    let (files, examples) = (files(), [text(0, "a"), pair(1, "a", "b")]);
    let splits = [split("train", &examples, &files)];
    let inspect = |length| DataReport::inspect(&splits, &[], &tokenizer(), length);
    assert!(inspect(3).is_ok());
    assert!(matches!(
        inspect(2).unwrap_err(),
        TokenizerError::MaxSeqLength {
            special_tokens: 3,
            ..
        }
    ));
    let nothing = DataReport::inspect(&[], &[], &tokenizer(), 16).unwrap();
    assert_eq!(nothing.summary()[1], "no rows");
    assert_eq!(report(&[], &[], &[]).warnings(), [""; 0]);
}

fn split_rows() -> impl Strategy<Value = Vec<PairExample>> {
    let row = ("( ?[abx]){0,3}", prop::option::of(0usize..3));
    prop::collection::vec(row, 0..40).prop_map(|rows| {
        let rows = rows.into_iter().enumerate();
        rows.map(|(id, (content, label))| PairExample {
            label: label.map(Label::Class),
            ..text(id, &content)
        })
        .collect()
    })
}

proptest! {
    #[test]
    fn counts_add_up(train in split_rows(), validation in split_rows()) {
        let report = report(&train, &validation, &["x", "y", "z"]);
        for (split, rows) in report.splits.iter().zip([&train, &validation]) {
            let classes = split.classes().map_or(&[][..], |report| &report.classes);
            let labelled: usize = classes.iter().map(|class| class.rows).sum();
            prop_assert_eq!(labelled + split.unlabelled, rows.len());
            let bins = split.lengths.histogram.iter().map(|bin| bin.rows);
            prop_assert_eq!(bins.sum::<usize>() + split.lengths.cut_rows, rows.len());

            let mut labels: HashMap<Vec<&str>, HashSet<usize>> = HashMap::new();
            for row in rows {
                let words: Vec<&str> = row.text_a.split_whitespace().collect();
                let known = labels.entry(words).or_default();
                known.extend(row.label.as_ref().and_then(Label::class));
            }
            let empty = labels.remove(&Vec::new());
            prop_assert_eq!(empty.is_some(), split.empty_texts.rows > 0);
            let distinct = labels.len();
            prop_assert_eq!(split.repeats.rows + distinct + split.empty_texts.rows, rows.len());
            let several = labels.values().filter(|known| known.len() > 1).count();
            prop_assert_eq!(split.contradictions.texts, several);
        }
        let words = |row: &PairExample| -> Vec<String> {
            row.text_a.split_whitespace().map(str::to_owned).collect()
        };
        let known: HashSet<_> = train.iter().map(words).collect();
        let leaked = validation.iter().map(words);
        let leaked = leaked.filter(|row| !row.is_empty() && known.contains(row)).count();
        prop_assert_eq!(report.leaks.iter().map(|leak| leak.rows).sum::<usize>(), leaked);
        for line in report.to_string().lines() {
            prop_assert!(line.chars().count() <= 80, "{line}");
        }
    }
}
