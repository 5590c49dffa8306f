use bert_data::tags::{TagNames, TaggedSentence};

use super::*;
use crate::events::{Mark, MarkKind};
use crate::folder::ModelFolder;
use crate::token::details::details;
use crate::token::predictions::write_predictions;
use crate::token::{TokenConfig, TokenSplit};

fn split(sentences: &[&[(&str, &str)]], names: &[&str]) -> TokenSplit {
    let sentence = |words: &&[(&str, &str)]| TaggedSentence {
        tags: Some(words.iter().map(|(_, tag)| (*tag).to_owned()).collect()),
        ..TaggedSentence::of_words(words.iter().map(|(word, _)| (*word).to_owned()).collect())
    };
    let sentences = sentences.iter().map(sentence).collect();
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../bert-core/tests/fixtures/tiny-bert"
    );
    let folder = ModelFolder::open(path.as_ref()).unwrap();
    let names = TagNames::new(names.iter().map(|name| (*name).to_owned()).collect()).unwrap();
    TokenSplit::encode(&folder.tokenizer, sentences, &names, TokenConfig::new(16)).unwrap()
}

/// A sentence by its place, and what is said of its words.
type Said<'a> = (usize, &'a [(usize, usize, f64)]);

fn output(words: &[Said<'_>], tokens: usize, loss: f64) -> TokenOutput {
    let label = |&(word, class, probability): &(usize, usize, f64)| LabelledWord {
        word,
        class,
        probability,
    };
    TokenOutput {
        indices: words.iter().map(|(index, _)| *index).collect(),
        words: words
            .iter()
            .map(|(_, words)| words.iter().map(label).collect())
            .collect(),
        tokens,
        loss,
        odd_score: None,
    }
}

const NAMES: [&str; 3] = ["B-PER", "I-PER", "O"];

/// "a p q", "\u{301} z", and nothing.
fn three() -> TokenSplit {
    let sentences: [&[(&str, &str)]; 3] = [
        &[("a", "O"), ("p", "B-PER"), ("q", "I-PER")],
        &[("\u{301}", "O"), ("z", "B-PER")],
        &[],
    ];
    split(&sentences, &NAMES)
}

fn evaluated(split: &TokenSplit) -> TokenEvaluation {
    // In the order of another batching; of the word of nothing but an accent nothing is said.
    let outputs = [
        output(&[(1, &[(1, 0, 0.75)]), (2, &[])], 1, 2.0),
        output(&[(0, &[(0, 2, 0.99), (1, 0, 0.5), (2, 2, 0.625)])], 3, 1.0),
    ];
    TokenEvaluation::of(&outputs, split)
}

#[test]
fn entities_are_scored_over_whole_words_and_the_whole_split() {
    let evaluation = evaluated(&three());
    assert_eq!(evaluation.predictions, [vec![2, 0, 2], vec![2, 0], vec![]]);
    assert_eq!(evaluation.labels, [vec![2, 0, 1], vec![2, 0], vec![]]);
    // One of two is found: "p" is not "p q".
    for metric in ["f1", "precision", "recall", "f1_strict", "f1_macro"] {
        assert_eq!(evaluation.score(metric), Some(0.5), "{metric}");
    }
    assert_eq!(evaluation.score("accuracy"), Some(0.8));
    // Four tokens, three of them in a batch whose mean is 1.
    assert_eq!(evaluation.loss, 1.25);
    assert_eq!(evaluation.certainty, [0.5, 0.75, 1.0]);
    assert_eq!(evaluation.types[0].0, "PER");
    assert_eq!(evaluation.types[0].1.support, 2);
    assert_eq!(evaluation.examples(), 3);
    assert_eq!(evaluation.not_finite(), None);
    let names: Vec<&str> = evaluation
        .summary()
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(names, ["f1", "precision", "recall", "loss"]);
}

#[test]
fn an_i_that_goes_on_with_nothing_is_strictly_none() {
    let split = split(&[&[("a", "I-PER"), ("b", "O")]], &NAMES);
    let outputs = [output(&[(0, &[(0, 1, 0.9), (1, 2, 0.9)])], 2, 1.0)];
    let evaluation = TokenEvaluation::of(&outputs, &split);
    assert_eq!(evaluation.score("f1"), Some(1.0));
    assert_eq!(evaluation.score("f1_strict"), Some(0.0));
}

#[test]
fn every_scheme_is_scored() {
    let iobes: [&[(&str, &str)]; 1] = [&[
        ("a", "B-X"),
        ("b", "E-X"),
        ("c", "O"),
        ("d", "S-X"),
        ("e", "S-X"),
    ]];
    let bilou: [&[(&str, &str)]; 1] = [&[
        ("a", "B-X"),
        ("b", "L-X"),
        ("c", "O"),
        ("d", "U-X"),
        ("e", "U-X"),
    ]];
    let plain: [&[(&str, &str)]; 1] =
        [&[("a", "X"), ("b", "X"), ("c", "O"), ("d", "X"), ("e", "O")]];
    for (sentences, names, found) in [
        (iobes, &["B-X", "E-X", "O", "S-X"][..], 3),
        (bilou, &["B-X", "L-X", "O", "U-X"], 3),
        (plain, &["O", "X"], 2),
    ] {
        let split = split(&sentences, names);
        let labels = split.labels().next().unwrap().tags.clone().unwrap();
        let words: Vec<_> = labels
            .iter()
            .enumerate()
            .map(|(word, &at)| (word, at, 0.9))
            .collect();
        let evaluation = TokenEvaluation::of(&[output(&[(0, &words)], 5, 1.0)], &split);
        assert_eq!(evaluation.score("f1"), Some(1.0), "{names:?}");
        assert_eq!(evaluation.score("f1_strict"), Some(1.0), "{names:?}");
        assert_eq!(evaluation.types[0].1.support, found, "{names:?}");
    }
}

#[test]
fn classes_of_words_have_no_entities() {
    let split = split(&[&[("a", "DET"), ("b", "NOUN")]], &["DET", "NOUN"]);
    let outputs = [output(&[(0, &[(0, 0, 0.9), (1, 0, 0.75)])], 2, 1.0)];
    let evaluation = TokenEvaluation::of(&outputs, &split);
    assert_eq!(evaluation.score("accuracy"), Some(0.5));
    assert_eq!(evaluation.score("f1"), None);
    let told = details(&evaluation, &split);
    assert_eq!(told.labels, ["DET", "NOUN"]);
    let example = &told.examples[0];
    assert_eq!(
        (&*example.expected, &*example.predicted),
        ("DET NOUN", "DET DET")
    );
    assert_eq!(example.marks.len(), 2);
}

#[test]
fn a_score_that_is_no_number_is_told() {
    let mut outputs = [output(&[(0, &[]), (2, &[])], 1, 1.0)];
    outputs[0].odd_score = Some(f64::INFINITY);
    let fault = TokenEvaluation::of(&outputs, &three())
        .not_finite()
        .unwrap();
    assert_eq!(fault.to_string(), "a score of the sentences 0 to 2 is inf");
}

#[test]
fn wrong_sentences_come_first_with_marks() {
    let split = three();
    let told = details(&evaluated(&split), &split);
    assert_eq!(told.labels, ["PER"]);
    assert_eq!(told.class_scores[0].f1, 0.5);
    let places: Vec<usize> = told.examples.iter().map(|example| example.index).collect();
    assert_eq!(places, [0, 1, 2]);
    let example = &told.examples[0];
    assert_eq!(example.texts, ["a p q"]);
    assert_eq!(
        (&*example.expected, &*example.predicted),
        ("PER p q", "PER p")
    );
    assert!(!example.correct && told.examples[1].correct);
    let mark = |bytes, kind| Mark {
        bytes,
        label: "PER".to_owned(),
        kind,
    };
    let expected = [mark(2..3, MarkKind::Wrong), mark(2..5, MarkKind::Missed)];
    assert_eq!(example.marks, expected);
    assert_eq!(told.examples[2].expected, "nothing");
}

#[test]
fn predictions_have_a_word_a_line() {
    let split = split(&[&[("a b", "O"), ("p", "B-PER")], &[("c", "O")]], &NAMES);
    let outputs = [output(
        &[(0, &[(0, 2, 0.9), (1, 2, 0.9)]), (1, &[(0, 2, 0.9)])],
        3,
        1.0,
    )];
    let file = tempfile::tempdir().unwrap();
    let path = file.path().join("predictions.txt");
    write_predictions(&path, &TokenEvaluation::of(&outputs, &split), &split).unwrap();
    let lines = std::fs::read_to_string(path).unwrap();
    assert_eq!(lines, "a_b O O\np B-PER O\n\nc O O\n\n");
}
