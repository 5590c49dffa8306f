use std::collections::BTreeSet;

use proptest::prelude::*;

use super::reference::{Expected, reference, tags};
use super::*;
use crate::metrics::reference::assert_close;
use crate::metrics::{Average, AverageScores};

const STRICT: [TagScheme; 6] = [
    TagScheme::Iob2,
    TagScheme::Iob1,
    TagScheme::Iobes,
    TagScheme::Bilou,
    TagScheme::Ioe2,
    TagScheme::Ioe1,
];

fn check(found: &EntityScores, expected: &Expected, case: &str) {
    let kinds = found.kinds();
    let names: Vec<&String> = kinds.iter().map(|kind| &kind.kind).collect();
    assert!(names.into_iter().eq(expected.types.keys()), "{case}");
    for (found, (precision, recall, f1, support)) in kinds.iter().zip(expected.types.values()) {
        let case = format!("{case}, {}", found.kind);
        assert_close(found.scores.precision, *precision, &case);
        assert_close(found.scores.recall, *recall, &case);
        assert_close(found.scores.f1, *f1, &case);
        assert_eq!(found.scores.support, *support, "{case}");
    }
    for (average, expected) in [
        (Average::Micro, expected.micro),
        (Average::Macro, expected.r#macro),
        (Average::Weighted, expected.weighted),
    ] {
        let AverageScores {
            precision,
            recall,
            f1,
        } = found.average(average);
        for (found, expected) in [precision, recall, f1].into_iter().zip(expected) {
            // What seqeval leaves undefined is 0.
            assert_close(
                found,
                expected.unwrap_or(0.0),
                &format!("{case}, {average:?}"),
            );
        }
    }
}

fn spans(mode: EntityMode, labels: &[Vec<String>]) -> Vec<Vec<(String, usize, usize)>> {
    let of = |tags: &Vec<String>| {
        let found = mode.entities(tags).unwrap().into_iter();
        let span = |of: Entity<'_>| (of.kind.to_owned(), of.words.start, of.words.end);
        found.map(span).collect()
    };
    labels.iter().map(of).collect()
}

#[test]
fn seqeval_has_the_same_scores() {
    let cases = reference();
    assert!(cases.len() >= 300);
    let mut strict = 0;
    for case in cases {
        let (predictions, labels) = (tags(&case.predictions), tags(&case.labels));
        let accuracy = tag_accuracy(&predictions, &labels);
        match case.accuracy {
            Some(expected) => assert_close(accuracy, expected, &case.name),
            None => assert!(accuracy.is_nan(), "{}", case.name),
        }
        let found = EntityScores::of(&predictions, &labels, EntityMode::Default).unwrap();
        check(&found, &case.default, &case.name);
        assert_eq!(
            spans(EntityMode::Default, &labels),
            case.default.entities,
            "{}",
            case.name
        );
        for scheme in STRICT {
            let name = format!("{}, {scheme}", case.name);
            let mode = EntityMode::Strict(scheme);
            let found = EntityScores::of(&predictions, &labels, mode);
            match &case.strict[scheme.name()] {
                None => assert!(found.is_err(), "{name}"),
                Some(expected) => {
                    strict += 1;
                    check(&found.unwrap(), expected, &name);
                    assert_eq!(spans(mode, &labels), expected.entities, "{name}");
                }
            }
        }
    }
    assert!(strict >= 300, "{strict}");
}

#[test]
fn an_inside_after_outside_is_none_in_strict_mode() {
    let tags = |tags: &str| vec![tags.split(' ').map(str::to_owned).collect::<Vec<_>>()];
    let (predictions, labels) = (tags("O I-a B-b"), tags("O B-a B-b"));
    let of = |mode| EntityScores::of(&predictions, &labels, mode).unwrap();
    assert_eq!(of(EntityMode::Default).average(Average::Micro).f1, 1.0);
    let strict = of(EntityMode::Strict(TagScheme::Iob2));
    assert_eq!(
        (strict.found(), strict.predicted(), strict.support()),
        (1, 1, 2)
    );
    // Plain tags have no rules.
    assert_eq!(
        of(EntityMode::Strict(TagScheme::Plain)),
        of(EntityMode::Default)
    );
    let error = EntityScores::of(&predictions, &labels, EntityMode::Strict(TagScheme::Ioe2));
    assert_eq!(
        error.unwrap_err().to_string(),
        "the tag \"B-b\" is none of ioe2, whose prefixes are IE and O"
    );
}

#[test]
fn no_entities_score_nothing() {
    let none: [Vec<String>; 0] = [];
    let scores = EntityScores::of(&none, &none, EntityMode::Default).unwrap();
    for average in [Average::Micro, Average::Macro, Average::Weighted] {
        assert_eq!(scores.average(average).f1, 0.0);
    }
    assert!(scores.kinds().is_empty());
}

#[test]
#[should_panic(expected = "each word has a prediction and a label")]
fn words_without_predictions_are_no_score() {
    let _ = EntityScores::of(&[vec!["O"]], &[vec!["O", "O"]], EntityMode::Default);
}

#[test]
fn a_sentence_says_what_is_right_and_wrong() {
    let (predictions, labels) = (["B-a", "I-a", "O", "B-b"], ["B-a", "O", "B-c", "B-b"]);
    let mode = EntityMode::Default;
    let of = |tags| mode.entities(tags).unwrap();
    let diff = EntityDiff::of(of(&predictions), &of(&labels));
    let entity = |kind, words| Entity { kind, words };
    assert_eq!(diff.found, [entity("b", 3..4)]);
    assert_eq!(diff.missed, [entity("a", 0..1), entity("c", 2..3)]);
    assert_eq!(diff.wrong, [entity("a", 0..2)]);
    assert_eq!(diff.mistakes(), 3);
}

/// Sentences of labels and predictions in IOB2, whatever its rules.
fn sentences() -> impl Strategy<Value = (Vec<Vec<&'static str>>, Vec<Vec<&'static str>>)> {
    let tag = || prop::sample::select(vec!["O", "B-a", "I-a", "B-b", "I-b"]);
    let sentence = prop::collection::vec((tag(), tag()), 0..12);
    let pairs = prop::collection::vec(sentence, 0..6);
    pairs.prop_map(|sentences| {
        let side = |of: fn(&(&'static str, &'static str)) -> &'static str| {
            sentences
                .iter()
                .map(|words| words.iter().map(of).collect())
                .collect()
        };
        (side(|pair| pair.0), side(|pair| pair.1))
    })
}

/// All spans of a sentence that are an entity, tried one by one. By default a word begins one if it
/// has B, or I after another kind; strictly, if it has B.
fn tried(tags: &[&str], is_strict: bool) -> BTreeSet<(usize, usize, String)> {
    let kind = |word: usize| tags.get(word).and_then(|tag| tag.strip_prefix(['B', 'I']));
    let begins = |word: usize| {
        let before = word.checked_sub(1).and_then(kind);
        tags[word].starts_with('B') || (!is_strict && kind(word).is_some() && before != kind(word))
    };
    let goes_on = |first: usize, word: usize| {
        word < tags.len() && tags[word].starts_with('I') && kind(word) == kind(first)
    };
    let mut found = BTreeSet::new();
    for first in 0..tags.len() {
        for end in first + 1..=tags.len() {
            let is_whole = (first + 1..end).all(|word| goes_on(first, word));
            if begins(first) && is_whole && !goes_on(first, end) {
                found.insert((first, end, kind(first).unwrap()[1..].to_owned()));
            }
        }
    }
    found
}

proptest! {
    #[test]
    fn entities_are_those_that_a_slow_search_finds((predictions, labels) in sentences()) {
        for is_strict in [false, true] {
            let mode = match is_strict {
                true => EntityMode::Strict(TagScheme::Iob2),
                false => EntityMode::Default,
            };
            let (mut found, mut predicted, mut support) = (0, 0, 0);
            for (predictions, labels) in predictions.iter().zip(&labels) {
                let (one, other) = (tried(predictions, is_strict), tried(labels, is_strict));
                let spans = mode.entities(predictions).unwrap().into_iter();
                let spans: BTreeSet<_> = spans
                    .map(|of| (of.words.start, of.words.end, of.kind.to_owned()))
                    .collect();
                prop_assert_eq!(&spans, &one);
                found += one.intersection(&other).count();
                predicted += one.len();
                support += other.len();
            }
            let scores = EntityScores::of(&predictions, &labels, mode).unwrap();
            prop_assert_eq!(
                (scores.found(), scores.predicted(), scores.support()),
                (found, predicted, support)
            );
        }
    }

    #[test]
    fn scores_of_the_labels_themselves_are_1((_, labels) in sentences()) {
        let scores = EntityScores::of(&labels, &labels, EntityMode::Default).unwrap();
        let best = if scores.support() == 0 { 0.0 } else { 1.0 };
        for average in [Average::Micro, Average::Macro, Average::Weighted] {
            prop_assert!((scores.average(average).f1 - best).abs() < 1e-12);
        }
    }
}
