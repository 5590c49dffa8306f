//! Words with tags become the tokens and labels that transformers makes of them, and WNUT-17 is what
//! its authors count.
//!
//! `fixtures/words.jsonl` is what `fixtures/make_word_encodings.py` wrote. WNUT-17 is no part of the
//! repository: where its neighbour `shared/data` is not there, a test says so and passes.

use std::path::{Path, PathBuf};

use bert_data::table::LabelUse;
use bert_data::tags::entities;
use bert_data::{
    BertTokenizer, Casing, EncodedTags, TagNames, TagOptions, TagScheme, TaggedData,
    TaggedSentence, read_tagged,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Expected {
    casing: Casing,
    words: Vec<String>,
    tags: Vec<String>,
    input_ids: Vec<u32>,
    /// The class of each token where the first piece of a word is labelled; -100 of others.
    first: Vec<i64>,
    /// The same where every piece is.
    every: Vec<i64>,
}

fn read(path: &Path) -> Vec<Expected> {
    let lines = std::fs::read_to_string(path).unwrap();
    let lines = lines.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn check(tokenizer: &BertTokenizer, expected: &[Expected]) {
    let sentences: Vec<TaggedSentence> = expected
        .iter()
        .map(|case| TaggedSentence {
            tags: Some(case.tags.clone()),
            ..TaggedSentence::of_words(case.words.clone())
        })
        .collect();
    let names = TagNames::collect(&sentences, TagScheme::Iob2).unwrap();
    for all_pieces in [false, true] {
        let encoded =
            EncodedTags::encode_tags(tokenizer, &sentences, &names, 1024, 0, all_pieces).unwrap();
        for (index, case) in expected.iter().enumerate() {
            let [row] = encoded.rows(index) else {
                panic!("{:?} has several rows", case.words);
            };
            assert_eq!(row.input_ids, case.input_ids, "{:?}", case.words);
            let labels = encoded.labels()[index].as_ref().unwrap();
            let classes = labels.classes[0].iter();
            let classes: Vec<i64> = classes
                .map(|class| class.map_or(-100, |class| class as i64))
                .collect();
            let wanted = if all_pieces { &case.every } else { &case.first };
            assert_eq!(&classes, wanted, "{:?}", case.words);
            // The words that have a place are those with a label.
            let places = labels.places[0].iter();
            let tokens: Vec<usize> = places.map(|place| place.token).collect();
            let labelled = case.first.iter().enumerate();
            let labelled = labelled.filter(|(_, class)| **class != -100);
            assert!(labelled.map(|(token, _)| token).eq(tokens));
        }
    }
}

#[test]
fn words_become_the_references_tokens_and_labels() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let (uncased, cased): (Vec<_>, Vec<_>) = read(&fixtures.join("words.jsonl"))
        .into_iter()
        .partition(|case| case.casing == Casing::Uncased);
    for (casing, expected) in [(Casing::Uncased, uncased), (Casing::Cased, cased)] {
        assert!(expected.len() >= 12);
        let tokenizer = BertTokenizer::from_folder(fixtures.join(casing.to_string())).unwrap();
        check(&tokenizer, &expected);
    }
}

#[test]
#[ignore = "needs a vocabulary in VOCAB_DIR and what make_word_encodings.py made of it in WORD_IDS"]
fn words_of_a_real_file_become_the_references_tokens_and_labels() {
    let variable = |name| PathBuf::from(std::env::var_os(name).expect(name));
    let tokenizer = BertTokenizer::from_folder(variable("VOCAB_DIR")).unwrap();
    let expected = read(&variable("WORD_IDS"));
    assert!(expected.len() > 1000, "only {} cases", expected.len());
    check(&tokenizer, &expected);
}

fn wnut(split: &str) -> Option<TaggedData> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/wnut17");
    let file = shared.join(split).with_extension("conll");
    if !file.exists() {
        println!("skipped: {} is not there", file.display());
        return None;
    }
    Some(read_tagged(&[file], &TagOptions::default(), LabelUse::Required).unwrap())
}

#[test]
fn wnut17_has_its_sentences_and_entities() {
    let (Some(train), Some(dev), Some(test)) = (wnut("train"), wnut("dev"), wnut("test")) else {
        return;
    };
    let entities_of = |data: &TaggedData| {
        let tags = data.sentences.iter().filter_map(|of| of.tags.as_ref());
        tags.map(|tags| entities(tags).len()).sum::<usize>()
    };
    for (data, sentences, words, entities) in [
        (&train, 3_394, 62_730, 1_975),
        (&dev, 1_009, 15_733, 836),
        (&test, 1_287, 23_394, 1_079),
    ] {
        assert_eq!(
            (data.report.sentences, data.report.words),
            (sentences, words)
        );
        assert_eq!(entities_of(data), entities);
        assert_eq!(data.written_in, TagScheme::Iob2);
        assert!(data.report.warnings().is_empty(), "{:?}", data.report);
        assert_eq!(data.report.comments.count, 0);
    }
    let names = train.names().unwrap();
    assert_eq!(names.len(), 13);
    let known = |data: &TaggedData| {
        let tags = data.sentences.iter().flat_map(|of| &of.tags).flatten();
        tags.clone().all(|tag| names.class(tag).is_some())
    };
    assert!(known(&dev) && known(&test));
}

#[cfg(feature = "parquet")]
#[test]
fn datasets_say_what_their_numbers_mean() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let files = [fixtures.join("tagged.parquet")];
    let data = read_tagged(&files, &TagOptions::default(), LabelUse::Required).unwrap();
    let tags = data
        .sentences
        .iter()
        .map(|of| of.tags.as_ref().unwrap().join(" "));
    // An I after O is mended.
    assert!(tags.eq(["B-PER I-PER O O B-LOC", "", "O B-LOC"]));
    assert_eq!(
        data.sentences[0].words,
        ["Zoë", "Bell", "was", "in", "Prag"]
    );
    assert_eq!(
        (data.report.odd_tags.count, data.report.empty_sentences),
        (1, 1)
    );
    let options = TagOptions {
        tag_names: ["O", "B-x", "I-x", "B-y", "I-y"]
            .map(str::to_owned)
            .to_vec(),
        ..TagOptions::default()
    };
    let data = read_tagged(&files, &options, LabelUse::Required).unwrap();
    assert_eq!(data.names().unwrap().names(), ["B-x", "B-y", "I-x", "O"]);
}
