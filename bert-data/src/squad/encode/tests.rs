//! Windows, labels and the way back to the text.

use proptest::prelude::*;

use super::*;
use crate::squad::Answer;
use crate::tokenizer::Casing;

/// A tokenizer that spells words of a few letters.
fn tokenizer() -> BertTokenizer {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("vocab.txt");
    let tokens = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nc\n##a\n##b\n##c\nab\n日\n.\n";
    std::fs::write(&path, tokens).unwrap();
    BertTokenizer::from_vocab(path, Casing::Uncased).unwrap()
}

fn example(
    id: usize,
    question: &str,
    context: &str,
    answer: Option<(usize, &str)>,
) -> SquadExample {
    let answer = answer.map(|(start, text)| Answer {
        text: text.to_owned(),
        start,
    });
    SquadExample {
        id: id.to_string(),
        title: "".into(),
        question: question.to_owned(),
        context: context.into(),
        is_impossible: answer.is_none(),
        answers: answer.into_iter().collect(),
    }
}

fn config(max_seq_length: usize, doc_stride: usize, max_query_length: usize) -> SpanConfig {
    SpanConfig {
        max_seq_length,
        doc_stride,
        max_query_length,
    }
}

#[test]
fn a_long_passage_becomes_windows() {
    let examples = [
        example(0, "c c", "a b c a b c a", Some((6, "a b"))),
        example(1, "c c c c c", "a b", None),
        example(2, "c", "a b c a b c a", Some((0, "a"))),
    ];
    let split = EncodedSquad::encode(&tokenizer(), &examples, config(9, 1, 3), |_| {}).unwrap();
    assert_eq!((split.num_examples(), split.num_passages()), (3, 2));
    assert_eq!(split.statistics().truncated_texts, 1);
    assert!((0..split.num_examples()).any(|example| split.num_truncated_tokens(example) > 0));
    assert_eq!(split.lengths(), [9, 9, 8, 9, 7]);
    assert_eq!([0, 1, 2].map(|i| split.features_of(i)), [0..2, 2..3, 3..5]);

    let second = split.feature(1); // [CLS] c c [SEP] a b c a [SEP]
    assert_eq!(second.input_ids, [2, 7, 7, 3, 5, 6, 7, 5, 3]);
    assert_eq!(second.token_type_ids, [0, 0, 0, 0, 1, 1, 1, 1, 1]);
    assert_eq!((second.example, second.passage.clone()), (0, 4..8));
    assert_eq!((second.start, second.end), (4, 5));
    assert_eq!(second.cut(4, 5), Some("a b"));
    assert_eq!(second.offset(4), Some(6..7));
    assert_eq!(second.context(), "a b c a b c a");
    // The first window holds but the answer's beginning, and the impossible question has none.
    for index in [0, 2] {
        let feature = split.feature(index);
        assert_eq!((feature.start, feature.end), (0, 0));
    }
    assert_eq!(split.feature(2).input_ids, [2, 7, 7, 7, 3, 5, 6, 3]);
}

#[test]
fn text_is_cut_from_the_passage_alone() {
    let examples = [example(0, "a", "a b", None)];
    let split = EncodedSquad::encode(&tokenizer(), &examples, config(9, 1, 3), |_| {}).unwrap();
    let feature = split.feature(0); // [CLS] a [SEP] a b [SEP]
    assert_eq!(feature.cut(3, 4), Some("a b"));
    for (start, end) in [(0, 0), (0, 3), (1, 3), (4, 3), (3, 5), (3, usize::MAX)] {
        assert_eq!(feature.cut(start, end), None);
    }
    assert_eq!((feature.offset(2), feature.offset(5)), (None, None));
}

#[test]
fn an_empty_passage_is_one_empty_window() {
    let examples = [
        example(0, "a", "", Some((0, "b"))),
        example(1, "", " ", None),
    ];
    let split = EncodedSquad::encode(&tokenizer(), &examples, config(9, 1, 3), |_| {}).unwrap();
    assert_eq!(split.feature(0).input_ids, [2, 5, 3, 3]);
    assert_eq!(split.feature(0).passage, 3..3);
    assert_eq!(split.feature(1).input_ids, [2, 3, 3]);
    let none = EncodedSquad::encode(&tokenizer(), &[], config(9, 1, 3), |_| {}).unwrap();
    assert!(none.is_empty() && none.num_examples() == 0);
}

#[test]
fn progress_rises_to_all() {
    let contexts = ["a", "b", "c"];
    let examples: Vec<_> = (0..100)
        .map(|id| example(id, "a", contexts[id % 3], None))
        .collect();
    let mut told = Vec::new();
    let split = EncodedSquad::encode(&tokenizer(), &examples, config(9, 1, 3), |done| {
        told.push(done);
    });
    assert_eq!(split.unwrap().num_passages(), 3);
    assert!(told.is_sorted());
    assert_eq!(told.last(), Some(&100));
}

#[test]
fn lengths_without_room_are_an_error() {
    let error = EncodedSquad::encode(&tokenizer(), &[], config(9, 3, 3), |_| {}).unwrap_err();
    assert!(matches!(error, SquadError::NoWindow { window: 3, .. }));
}

proptest! {
    #[test]
    fn every_text_is_encoded_and_cut_soundly(
        context in "[abcAé .日\u{301}\u{200d}😀한שل\u{0}\u{a0}]{0,60}",
        question in "[abc .😀]{0,20}",
        piece: (prop::sample::Index, prop::sample::Index),
        max_seq_length in 12usize..40, doc_stride in 0usize..6,
    ) {
        // An answer: any piece of the context.
        let mut bounds: Vec<usize> = context.char_indices().map(|(byte, _)| byte).collect();
        bounds.push(context.len());
        let bound = |index: prop::sample::Index| bounds[index.index(bounds.len())];
        let (one, other) = (bound(piece.0), bound(piece.1));
        let answer = one.min(other)..one.max(other);
        let text = &context[answer.clone()];
        prop_assume!(!text.trim().is_empty());
        let examples = [example(0, &question, &context, Some((answer.start, text)))];
        let config = config(max_seq_length, doc_stride, 3);
        let split = EncodedSquad::encode(&tokenizer(), &examples, config, |_| {}).unwrap();

        let whole = tokenizer().word_pieces(&context).unwrap();
        let mut passage: Vec<u32> = Vec::new();
        for index in 0..split.len() {
            let feature = split.feature(index);
            prop_assert!(feature.len() <= max_seq_length);
            prop_assert_eq!(feature.len(), split.lengths()[index]);
            // Every token's text is a piece of the context, whatever the characters.
            for token in feature.passage.clone() {
                prop_assert!(feature.cut(token, token).is_some());
            }
            // The windows put together again, less what they share, are the passage.
            let ids = &feature.input_ids[feature.passage.clone()];
            let shared = if index == 0 { 0 } else { doc_stride };
            prop_assert!(passage.ends_with(&ids[..shared]));
            passage.extend(&ids[shared..]);
            // A label's tokens hold the answer and no token more than they must. The characters
            // between tokens are white space and what the tokenizer removes.
            if feature.start > 0 {
                let (start, end) = (feature.start, feature.end);
                let cut = feature.offset(start).unwrap().start..feature.offset(end).unwrap().end;
                prop_assert!(cut.start <= answer.start && answer.end <= cut.end);
                prop_assert!(feature.cut(start, end).unwrap().contains(text));
                if start < end && feature.offset(start) != feature.offset(end) {
                    prop_assert!(feature.offset(start + 1).unwrap().start > answer.start);
                    prop_assert!(feature.offset(end - 1).unwrap().end < answer.end);
                }
            }
        }
        prop_assert_eq!(passage, whole);
    }
}
