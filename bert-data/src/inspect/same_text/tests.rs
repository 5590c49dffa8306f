use super::*;
use crate::inspect::test_data::{files, labelled, names, pair, split, text};

fn lines(examples: &[SameText]) -> Vec<(usize, usize)> {
    let lines = examples.iter();
    lines
        .map(|same| (same.first.place.line, same.second.place.line))
        .collect()
}

#[test]
fn white_space_makes_no_difference_and_case_does() {
    let examples = [
        text(0, "a b"),
        text(1, " a \n b\t"),
        text(2, "A b"),
        text(3, "ab"),
        pair(4, "a b", ""),
        pair(5, "a", "b"),
        pair(6, "a ", " b"),
        text(7, ""),
        text(8, " "),
        pair(9, "", " "),
        text(10, "a b"),
    ];
    let files = files();
    let split = split("train", &examples, &files);
    let repeats = TextIndex::of(&examples).repeats(&split, &[]);
    assert_eq!(repeats.rows, 3);
    assert!((repeats.share - 3.0 / 11.0).abs() < 1e-12);
    // Rows 0, 1 and 10 are the same, and rows 5 and 6.
    assert_eq!(lines(&repeats.examples), [(2, 3), (7, 8), (2, 12)]);
    assert_eq!(repeats.examples[1].text, "a / b");
    assert_eq!(repeats.examples[1].first.label, None);
}

#[test]
fn a_text_with_two_labels_is_a_contradiction() {
    let examples = [
        labelled(0, "a", 1),
        labelled(1, "b", 0),
        labelled(2, "a", 1),
        labelled(3, "a", 0),
        labelled(4, "b", 0),
        text(5, "b"),
        text(6, "c"),
        text(7, "c"),
    ];
    let files = files();
    let split = split("train", &examples, &files);
    let index = TextIndex::of(&examples);
    let found = index.contradictions(&split, &names(&["no", "yes"]));
    assert_eq!((found.texts, found.rows), (1, 3));
    assert_eq!(lines(&found.examples), [(2, 5)]);
    let same = &found.examples[0];
    assert_eq!(same.first.label.as_deref(), Some("yes"));
    assert_eq!(same.second.label.as_deref(), Some("no"));
    assert_eq!(index.repeats(&split, &[]).rows, 5);
}

#[test]
fn a_leak_is_counted_in_the_later_split() {
    let train = [
        labelled(0, "a", 0),
        labelled(1, "a", 0),
        labelled(2, "b", 0),
    ];
    let validation = [
        labelled(0, "c", 0),
        labelled(1, " b", 1),
        labelled(2, "a", 0),
        text(3, "a"),
    ];
    let files = files();
    let (one, other) = (
        split("train", &train, &files),
        split("validation", &validation, &files),
    );
    let (of_train, of_validation) = (TextIndex::of(&train), TextIndex::of(&validation));
    let leak = of_train.leak(&one, (&other, &of_validation), &names(&["no", "yes"]));
    let leak = leak.unwrap();
    assert_eq!((leak.rows, leak.share, leak.relabelled), (3, 0.75, 1));
    assert_eq!(
        (leak.from.as_str(), leak.into.as_str()),
        ("train", "validation")
    );
    assert_eq!(lines(&leak.examples), [(4, 3), (2, 4), (2, 5)]);
    assert_eq!(leak.examples[0].second.label.as_deref(), Some("yes"));

    let others = [text(0, "d"), text(1, "")];
    let index = TextIndex::of(&others);
    let other = split("test", &others, &files);
    assert_eq!(of_train.leak(&one, (&other, &index), &[]), None);
}

#[test]
fn long_texts_are_shown_in_part() {
    assert_eq!(excerpt("  a\n b "), "a b");
    assert_eq!(excerpt(&"é".repeat(40)), "é".repeat(40));
    assert_eq!(excerpt(&"é".repeat(41)), format!("{}…", "é".repeat(40)));
}
