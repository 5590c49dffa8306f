//! Entities from saved folders: right ones, or a clear error, whatever the text is.

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use bert_core::backend::BertBackend;
use bert_data::TaggedSentence;
use bert_tasks::token::{AggregationStrategy, BertForTokenClassification, Tagged, TokenClassifier};
use bert_tasks::training::{Trainer, TrainingArguments};
use bert_tasks::{ModelFolder, PredictionError, TaskModel};
use burn::backend::{Autodiff, Flex, NdArray};
use tempfile::TempDir;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../bert-core/tests/fixtures")
}

/// A folder with the fixture's model and the tiny vocabulary.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (from, file) in [
        ("tiny-token", "config.json"),
        ("tiny-token", "model.safetensors"),
        ("tiny-bert", "vocab.txt"),
    ] {
        fs::copy(fixtures().join(from).join(file), folder.path().join(file)).unwrap();
    }
    folder
}

fn classifier<B: BertBackend>() -> TokenClassifier<B> {
    TokenClassifier::from_pretrained(folder().path(), &Default::default()).unwrap()
}

/// The same in all but the last digits of its scores.
#[track_caller]
fn assert_same(found: &Tagged, expected: &Tagged) {
    let shape = |tagged: &Tagged| {
        let entities = tagged.entities.iter();
        let entities: Vec<_> = entities
            .map(|found| (found.label.clone(), found.bytes.clone()))
            .collect();
        let words = tagged.words.iter();
        let words: Vec<_> = words
            .map(|word| (word.label.clone(), word.bytes.clone()))
            .collect();
        (entities, words)
    };
    assert_eq!(shape(found), shape(expected));
    for (found, expected) in found.words.iter().zip(&expected.words) {
        assert!((found.score - expected.score).abs() < 1e-5);
    }
}

const TEXTS: [&str; 8] = [
    "a b c d e",
    "",
    "a שלום b עולם c, d",
    "🦉 a 🍵🍵 b e\u{301} 日本語 c",
    "a\n\n\tb\r\nc",
    "\u{301}",
    "walking [MASK] talked, U.S.A.",
    "company shares the river stone of light",
];

fn any_text_is_tagged<B: BertBackend>() {
    for strategy in AggregationStrategy::ALL {
        let classifier = classifier::<B>().with_aggregation_strategy(strategy);
        let together = classifier.tag(&TEXTS).unwrap();
        assert_eq!(together.len(), TEXTS.len());
        let mut number = 0;
        for (text, tagged) in TEXTS.iter().zip(&together) {
            // What else is in a batch does not matter.
            assert_same(&classifier.tag(&[text]).unwrap()[0], tagged);
            for entity in &tagged.entities {
                assert_eq!(&text[entity.bytes.clone()], entity.text);
                let chars = text.chars().skip(entity.chars.start);
                let inside: String = chars.take(entity.chars.len()).collect();
                assert_eq!(inside, entity.text);
                assert!(entity.score > 0.0 && entity.score <= 1.0);
            }
            number += tagged.entities.len();
        }
        assert!(number > 0, "{strategy}");
    }
}

#[test]
fn any_text_is_tagged_on_flex() {
    any_text_is_tagged::<Flex>();
}

#[test]
fn any_text_is_tagged_on_ndarray() {
    any_text_is_tagged::<NdArray>();
}

#[test]
fn a_text_of_any_length_has_each_word_labelled_once() {
    let words = ["a", "walking", ",", "b"].repeat(60);
    let text = words.join(" ");
    let classifier = classifier::<Flex>();
    let tagged = &classifier.tag(&[&text]).unwrap()[0];
    let found: Vec<&str> = tagged
        .words
        .iter()
        .map(|word| &text[word.bytes.clone()])
        .collect();
    assert_eq!(found, words);
    let ends: Vec<usize> = tagged
        .entities
        .iter()
        .map(|found| found.bytes.end)
        .collect();
    assert!(ends.is_sorted());
    // The first words have the same windows whatever comes after them, but for the last of those.
    let start = words[..30].join(" ");
    let of_start = &classifier.tag(&[&start]).unwrap()[0];
    let labels = |tagged: &Tagged| -> Vec<String> {
        tagged.words[..2]
            .iter()
            .map(|word| word.label.clone())
            .collect()
    };
    let narrow = classifier.with_max_seq_length(12).with_stride(4);
    let of_narrow = &narrow.tag(&[&start]).unwrap()[0];
    assert_eq!(of_narrow.words.len(), of_start.words.len());
    assert_eq!(labels(of_narrow), labels(&narrow.tag(&[&text]).unwrap()[0]));
    let error = narrow.with_stride(10).tag(&[&text]).unwrap_err();
    assert!(matches!(error, PredictionError::Tokenizer(_)), "{error}");
}

#[test]
fn words_that_are_given_stay_words() {
    let classifier = classifier::<Flex>().with_batch_size(NonZeroUsize::new(2).unwrap());
    let plain = vec!["a", "walking", "b"];
    let odd = vec!["U.S.A.", "\u{301}", "the"];
    let found = classifier.tag_words(&[plain, odd, vec![]]).unwrap();
    assert_same(&found[0], &classifier.tag(&["a walking b"]).unwrap()[0]);
    let counts: Vec<usize> = found.iter().map(|tagged| tagged.words.len()).collect();
    assert_eq!(counts, [3, 3, 0]);
    let nothing = &found[1].words[1];
    assert_eq!((nothing.label.as_str(), nothing.score), ("O", 0.0));
    assert_eq!(nothing.bytes, 7..9);
}

#[test]
fn a_crf_comes_back_with_its_folder() {
    let mut opened = ModelFolder::open(folder().path()).unwrap();
    opened.config.set_crf(true);
    let model =
        BertForTokenClassification::<Flex>::new(&opened.config, 5, &Default::default()).unwrap();
    let saved = tempfile::tempdir().unwrap();
    opened.save(&model, saved.path()).unwrap();
    let expected = TokenClassifier::new(model, opened).tag(&TEXTS).unwrap();
    let back = TokenClassifier::<Flex>::from_pretrained(saved.path(), &Default::default());
    let back = back.unwrap();
    assert_eq!(back.tag(&TEXTS).unwrap(), expected);
    let averaged = back.with_aggregation_strategy(AggregationStrategy::Average);
    let error = averaged.tag(&TEXTS).unwrap_err();
    assert!(
        matches!(error, PredictionError::StrategyOfCrf { .. }),
        "{error}"
    );
    // A folder that says it has one, and has none.
    let without = folder();
    let path = without.path().join("config.json");
    let config = fs::read_to_string(&path)
        .unwrap()
        .replacen('{', "{\"crf\": true,", 1);
    fs::write(&path, config).unwrap();
    let error = TokenClassifier::<Flex>::from_pretrained(without.path(), &Default::default());
    let message = error.err().unwrap().to_string();
    assert!(message.contains("crf.transitions"), "{message}");
}

#[test]
fn a_tagger_is_trained_in_one_call() {
    // A trunk and nothing else: the head is fresh.
    let trunk = fixtures().join("tiny-bert-variants/no-prefix");
    let model = tempfile::tempdir().unwrap();
    for file in ["config.json", "model.safetensors"] {
        fs::copy(trunk.join(file), model.path().join(file)).unwrap();
    }
    let vocab = fixtures().join("tiny-bert/vocab.txt");
    fs::copy(vocab, model.path().join("vocab.txt")).unwrap();
    let sentence = |number: usize| {
        let name = ["p", "river", "stone"][number % 3];
        let words = ["a", name, "b"].map(str::to_owned).to_vec();
        TaggedSentence {
            tags: Some(["O", "B-X", "O"].map(str::to_owned).to_vec()),
            ..TaggedSentence::of_words(words)
        }
    };
    let sentences = || (0..24).map(sentence).collect::<Vec<_>>();
    let out = tempfile::tempdir().unwrap();
    let arguments = TrainingArguments::default()
        .with_learning_rate(3e-3)
        .with_num_train_epochs(8)
        .with_train_batch_size(NonZeroUsize::new(8).unwrap())
        .with_max_seq_length(16);
    let trainer = Trainer::<Autodiff<Flex>>::new(model.path(), out.path(), arguments).unwrap();
    let tuned = trainer.fit_tagger(sentences(), sentences()).unwrap();
    let best = tuned.best.unwrap();
    assert_eq!(best.evaluation.score("f1"), Some(1.0));
    let back = TokenClassifier::<Flex>::from_pretrained(out.path(), &Default::default()).unwrap();
    assert_eq!(back.label_names(), ["B-X", "O"]);
    let found = back.tag(&["a river b"]).unwrap();
    assert_eq!(found[0].entities[0].text, "river");
}

#[test]
fn a_folder_of_another_head_is_refused() {
    let path = fixtures().join("tiny-bert");
    let error = TokenClassifier::<Flex>::from_pretrained(path, &Default::default());
    let message = error.err().unwrap().to_string();
    assert!(message.contains("not one of tokens"), "{message}");
}
