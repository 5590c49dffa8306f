use super::*;
use crate::batch::Padding;
use crate::tokenizer::Casing;

fn tokenizer() -> BertTokenizer {
    let dir = tempfile::tempdir().unwrap();
    let vocab = dir.path().join("vocab.txt");
    let tokens = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nc\n##a\n##b\n";
    std::fs::write(&vocab, tokens).unwrap();
    BertTokenizer::from_vocab(&vocab, Casing::Uncased).unwrap()
}

/// Words before their tags, if they have some.
fn sentence(words: &str) -> TaggedSentence {
    let (words, tags): (Vec<_>, Vec<_>) = words
        .split(' ')
        .filter(|word| !word.is_empty())
        .map(|word| {
            word.split_once('/')
                .map_or((word, None), |(word, tag)| (word, Some(tag)))
        })
        .unzip();
    let tags: Vec<String> = tags.into_iter().flatten().map(str::to_owned).collect();
    TaggedSentence {
        tags: (!tags.is_empty()).then_some(tags),
        ..TaggedSentence::of_words(words.into_iter().map(str::to_owned).collect())
    }
}

fn names() -> TagNames {
    TagNames::new(["B-x", "I-x", "O"].map(str::to_owned).to_vec()).unwrap()
}

fn encode(
    sentences: &[&str],
    length: usize,
    stride: usize,
    all: bool,
) -> Result<EncodedTags, TagError> {
    let sentences: Vec<_> = sentences.iter().map(|words| sentence(words)).collect();
    EncodedTags::encode_tags(&tokenizer(), &sentences, &names(), length, stride, all)
}

fn labels(encoded: &EncodedTags, example: usize) -> &TokenLabels {
    encoded.labels()[example].as_ref().unwrap()
}

fn places(encoded: &EncodedTags, example: usize) -> Vec<Vec<(usize, usize, usize)>> {
    let rows = labels(encoded, example).places.iter();
    let places = |row: &Vec<WordPlace>| {
        row.iter()
            .map(|of| (of.word, of.token, of.pieces))
            .collect()
    };
    rows.map(places).collect()
}

#[test]
fn the_first_piece_of_a_word_has_its_class() {
    let sentences = ["ab/B-x c/I-x \u{301}/O bab/O", "a-b"];
    let encoded = encode(&sentences, 16, 2, false).unwrap();
    assert_eq!(encoded.rows(0)[0].input_ids, [2, 5, 9, 7, 6, 8, 9, 3]);
    assert_eq!(places(&encoded, 0), [[(0, 1, 2), (1, 3, 1), (3, 4, 3)]]);
    let first = labels(&encoded, 0);
    let classes = [None, Some(0), None, Some(1), Some(2), None, None, None];
    assert_eq!(first.classes, [classes]);
    assert_eq!((first.counted(), first.words), (3, 4));
    assert_eq!(first.tags.as_deref(), Some(&[0, 1, 2, 2][..]));
    assert_eq!(first.words_without_pieces(), [2]);
    // Without tags nothing is learned, and the words have places all the same.
    let second = labels(&encoded, 1);
    assert_eq!((second.counted(), &second.tags), (0, &None));
    assert_eq!(places(&encoded, 1), [[(0, 1, 3)]]);
    assert_eq!(
        encoded.lost_words(),
        LostWords {
            without_pieces: 1,
            cut: 0
        }
    );
    let batch = encoded.batch(&[1, 0], Padding::Longest);
    assert_eq!(batch.labels[1].as_ref(), Some(first));
}

#[test]
fn all_pieces_can_be_learned() {
    let encoded = encode(&["ab/B-x ab/O"], 16, 2, true).unwrap();
    let classes = [None, Some(0), Some(1), Some(2), Some(2), None];
    assert_eq!(labels(&encoded, 0).classes, [classes]);
    assert_eq!(places(&encoded, 0), [[(0, 1, 2), (1, 3, 2)]]);
}

#[test]
fn a_long_sentence_is_read_in_windows_of_whole_words() {
    let encoded = encode(&["a/O ab/B-x c/I-x ab/O c/O", "c/O"], 6, 1, false).unwrap();
    let ids: Vec<_> = encoded
        .rows(0)
        .iter()
        .map(|row| row.input_ids.clone())
        .collect();
    assert_eq!(ids, [vec![2, 5, 5, 9, 7, 3], vec![2, 7, 5, 9, 7, 3]]);
    // The third word is in both, without context on one side; the first is as good.
    assert_eq!(
        places(&encoded, 0),
        [
            vec![(0, 1, 1), (1, 2, 2), (2, 4, 1)],
            vec![(3, 2, 2), (4, 4, 1)]
        ]
    );
    let long = labels(&encoded, 0);
    assert_eq!(long.classes[1], [None, None, Some(2), None, Some(2), None]);
    assert_eq!(encoded.batch(&[0, 1], Padding::Longest).rows, [2, 1]);
}

#[test]
fn a_word_longer_than_a_window_is_cut_and_counted() {
    let encoded = encode(&["c/O abab/B-x c/O"], 5, 2, true).unwrap();
    let ids: Vec<_> = encoded
        .rows(0)
        .iter()
        .map(|row| row.input_ids.clone())
        .collect();
    assert_eq!(ids, [vec![2, 7, 3], vec![2, 5, 9, 8, 3], vec![2, 7, 3]]);
    assert_eq!(places(&encoded, 0), [[(0, 1, 1)], [(1, 1, 3)], [(2, 1, 1)]]);
    assert_eq!(
        encoded.lost_words(),
        LostWords {
            without_pieces: 0,
            cut: 1
        }
    );
}

#[test]
fn a_sentence_of_nothing_is_a_row_without_places() {
    let encoded = encode(&["", "\u{301}"], 5, 2, false).unwrap();
    for example in [0, 1] {
        assert_eq!(encoded.rows(example)[0].input_ids, [2, 3]);
        assert_eq!(labels(&encoded, example).places, [vec![]]);
    }
    assert_eq!(encoded.lost_words().without_pieces, 1);
}

#[test]
fn a_word_without_a_space_for_long_takes_little() {
    let begun = std::time::Instant::now();
    for word in [
        "a".repeat(100_000),
        "中".repeat(100_000),
        "-".repeat(100_000),
    ] {
        let encoded = encode(&[&word], 512, 128, false).unwrap();
        assert_eq!(places(&encoded, 0)[0].len(), 1);
        assert!(encoded.max_length() <= 512);
    }
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}

#[test]
fn what_cannot_be_encoded_is_an_error() {
    let error = |words, length, stride| {
        encode(&[words], length, stride, false)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        error("a/B-x b/B-y", 8, 2),
        "a sentence: unknown label \"B-y\"; is \"B-x\" meant; the labels are \"B-x\", \"I-x\", \"O\""
    );
    assert_eq!(
        error("a/O b", 8, 2),
        "a sentence: 1 tags for 2 words; each word has one"
    );
    assert_eq!(
        error("a", 1, 0),
        "max_seq_length 1 is too small: [CLS] and [SEP] alone take 2"
    );
    for (length, stride) in [(2, 0), (4, 2)] {
        let error = error("a b c", length, stride);
        assert!(error.starts_with("`max_seq_length`"), "{error}");
    }
}
