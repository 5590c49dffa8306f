//! Answers and labels from saved folders: right ones, or a clear error, whatever the text is.

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use bert_core::backend::BertBackend;
use bert_tasks::PredictionError;
use bert_tasks::pretraining::FillMask;
use bert_tasks::sequence::{Classification, Classifier};
use bert_tasks::span::{AnswerOptions, Answers, QuestionAnswerer};
use burn::backend::{Flex, NdArray};
use tempfile::TempDir;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../bert-core/tests/fixtures")
}

/// A folder with the fixture's model and the tiny vocabulary.
fn folder(model: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (from, file) in [
        (model, "config.json"),
        (model, "model.safetensors"),
        ("tiny-bert", "vocab.txt"),
    ] {
        fs::copy(fixtures().join(from).join(file), folder.path().join(file)).unwrap();
    }
    folder
}

fn answerer<B: BertBackend>() -> QuestionAnswerer<B> {
    QuestionAnswerer::from_pretrained(folder("tiny-span").path(), &Default::default()).unwrap()
}

fn classifier<B: BertBackend>() -> Classifier<B> {
    Classifier::from_pretrained(folder("tiny-bert").path(), &Default::default()).unwrap()
}

fn count(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap()
}

/// Answers are pieces of their context, each place once, the best first.
#[track_caller]
fn check(context: &str, found: &Answers) {
    assert!(!found.answers.is_empty());
    let mut before = f64::INFINITY;
    for (index, answer) in found.answers.iter().enumerate() {
        assert_eq!(&context[answer.bytes.clone()], answer.text);
        let chars = context.chars().skip(answer.chars.start);
        let text: String = chars.take(answer.chars.len()).collect();
        assert_eq!(text, answer.text);
        assert!(answer.probability <= before && answer.probability > 0.0);
        before = answer.probability;
        let others = &found.answers[..index];
        assert!(others.iter().all(|other| other.bytes != answer.bytes));
    }
    let sum: f64 = found.answers.iter().map(|answer| answer.probability).sum();
    assert!(sum + found.no_answer < 1.0 + 1e-9 && found.null_odds.is_some());
}

const CONTEXTS: [&str; 6] = [
    "a b c d e",
    "c b a",
    "a שלום b עולם c, d",
    "🦉 a 🍵🍵 b e\u{301} 日本語 c",
    "a\n\n\tb\r\nc",
    "e",
];

fn any_text_is_answered<B: BertBackend>() {
    let answerer = answerer::<B>();
    let options = AnswerOptions {
        top_k: count(4),
        ..AnswerOptions::default()
    };
    let questions: Vec<(&str, &str)> = CONTEXTS.iter().map(|context| ("d b", *context)).collect();
    let together = answerer.answer(&questions, &options).unwrap();
    assert_eq!(together.len(), questions.len());
    for (&(question, context), found) in questions.iter().zip(&together) {
        check(context, found);
        // Who else is in the batch does not matter.
        let alone = &answerer.answer(&[(question, context)], &options).unwrap()[0];
        let texts = |found: &Answers| -> Vec<String> {
            found
                .answers
                .iter()
                .map(|answer| answer.text.clone())
                .collect()
        };
        assert_eq!(texts(alone), texts(found));
        for (a, b) in alone.answers.iter().zip(&found.answers) {
            assert!((a.probability - b.probability).abs() < 1e-5);
        }
        assert!((alone.no_answer - found.no_answer).abs() < 1e-5);
    }
}

#[test]
fn any_text_is_answered_on_every_backend() {
    any_text_is_answered::<Flex>();
    any_text_is_answered::<NdArray>();
}

#[test]
fn a_long_context_is_read_to_its_end() {
    let answerer = answerer::<Flex>();
    let context = "a b c d e ".repeat(10_000);
    assert_eq!(context.len(), 100_000);
    let options = AnswerOptions {
        top_k: count(5),
        ..AnswerOptions::default()
    };
    let found = answerer.answer(&[("d b", &context)], &options).unwrap();
    check(&context, &found[0]);
}

#[test]
fn what_cannot_be_answered_is_named() {
    let answerer = answerer::<Flex>();
    let error = |questions: &[(&str, &str)]| {
        let found = answerer.answer(questions, &AnswerOptions::default());
        found.unwrap_err().to_string()
    };
    assert_eq!(error(&[("a", "b"), ("", "b")]), "question 1 is empty");
    assert_eq!(error(&[(" \n", "b")]), "question 0 is empty");
    assert_eq!(error(&[("a", "")]), "the context of question 0 is empty");
    assert_eq!(
        error(&[("a", "b"), ("a", "\t ")]),
        "the context of question 1 is empty"
    );
    // Nothing but characters that the tokenizer drops: there is no answer, and no error either.
    let found = answerer.answer(&[("a", "\u{200d}\u{0}")], &AnswerOptions::default());
    assert!(found.unwrap()[0].answers.is_empty());
    assert!(
        answerer
            .answer(&[], &AnswerOptions::default())
            .unwrap()
            .is_empty()
    );
    // A question that is longer than its part of the sequence is cut.
    let long = "a b c ".repeat(500);
    check(
        "a b c d e",
        &answerer
            .answer(&[(&long, "a b c d e")], &AnswerOptions::default())
            .unwrap()[0],
    );
}

fn any_text_has_a_label<B: BertBackend>() {
    let classifier = classifier::<B>().with_batch_size(count(2));
    let long = "a b c ".repeat(200);
    let texts = [
        ("a b c", Some("d e")),
        ("a b c", None),
        (long.as_str(), Some("d")),
        ("שלום 🦉", Some("日本語")),
        ("e", None),
    ];
    let together = classifier.classify(&texts).unwrap();
    assert_eq!(together.len(), texts.len());
    for (text, class) in texts.iter().zip(&together) {
        let alone = &classifier.classify(&[*text]).unwrap()[0];
        let Classification {
            label_id,
            probability,
            probabilities,
            ..
        } = class;
        assert!((alone.probability - probability).abs() < 1e-5);
        assert_eq!(alone.label_id, *label_id);
        assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        assert_eq!(probabilities[*label_id], *probability);
        assert!(probabilities.iter().all(|other| other <= probability));
        assert_eq!(class.num_truncated_tokens > 0, text.0.len() > 500);
    }
    // The second text of a pair counts.
    assert_ne!(together[0].probabilities, together[1].probabilities);
}

#[test]
fn any_text_has_a_label_on_every_backend() {
    any_text_has_a_label::<Flex>();
    any_text_has_a_label::<NdArray>();
}

#[test]
fn labels_have_the_names_of_the_configuration() {
    let folder = folder("tiny-bert");
    let path = folder.path().join("config.json");
    let mut config: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let open = || Classifier::<Flex>::from_pretrained(folder.path(), &Default::default());
    let labels = open().unwrap().classify(&[("a", None)]).unwrap()[0]
        .probabilities
        .len();
    let names = (0..labels).map(|label| (label.to_string(), format!("kind {label}").into()));
    config["id2label"] = serde_json::Value::Object(names.collect());
    config.as_object_mut().unwrap().remove("label2id");
    fs::write(&path, config.to_string()).unwrap();
    let class = &open().unwrap().classify(&[("a", None)]).unwrap()[0];
    assert_eq!(class.label, format!("kind {}", class.label_id));
}

#[test]
fn what_cannot_be_labelled_is_named() {
    let classifier = classifier::<Flex>();
    let error = |texts: &[(&str, Option<&str>)]| classifier.classify(texts).unwrap_err();
    assert_eq!(
        error(&[("a", None), (" ", None)]).to_string(),
        "text 1 is empty"
    );
    assert_eq!(error(&[("a", Some(""))]).to_string(), "text 0 is empty");
    assert!(classifier.classify(&[]).unwrap().is_empty());

    // A folder with another head has no such labels.
    let span = Classifier::<Flex>::from_pretrained(folder("tiny-span").path(), &Default::default());
    assert!(matches!(span, Err(PredictionError::Folder(_))));
    let message = span.err().unwrap().to_string();
    assert!(message.contains("classifier.weight"), "{message}");
    let nowhere = Classifier::<Flex>::from_pretrained("./nowhere", &Default::default());
    assert!(nowhere.err().unwrap().to_string().contains("nowhere"));
}

/// A folder whose model cannot read "stone": its embedding is so large that LayerNorm overflows.
fn unreadable_stone(model: &str) -> TempDir {
    let folder = folder(model);
    let vocab = fs::read_to_string(folder.path().join("vocab.txt")).unwrap();
    let word = vocab.lines().position(|line| line == "stone").unwrap();
    let path = folder.path().join("model.safetensors");
    let mut bytes = fs::read(&path).unwrap();
    let header = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let names: serde_json::Value = serde_json::from_slice(&bytes[8..header]).unwrap();
    let table = &names["bert.embeddings.word_embeddings.weight"];
    let hidden = table["shape"][1].as_u64().unwrap() as usize;
    let begin = table["data_offsets"][0].as_u64().unwrap() as usize;
    let row = header + begin + 4 * hidden * word;
    for value in bytes[row..row + 4 * hidden].chunks_exact_mut(4) {
        value.copy_from_slice(&3e38_f32.to_le_bytes());
    }
    fs::write(path, bytes).unwrap();
    folder
}

#[test]
fn scores_that_are_no_numbers_are_an_error_that_names_the_text() {
    let device = Default::default();
    let classifier = unreadable_stone("tiny-bert");
    let classifier = Classifier::<Flex>::from_pretrained(classifier.path(), &device).unwrap();
    classifier.classify(&[("the river", None)]).unwrap();
    // The longest text goes through the model in another batch than its place says.
    let classifier = classifier.with_batch_size(count(1));
    let texts = [
        ("the river", None),
        ("a stone of the river", None),
        ("stone", None),
    ];
    let error = classifier.classify(&texts).unwrap_err();
    let expected = |what: &str, error: &PredictionError| match error {
        PredictionError::NotFinite {
            what: found,
            index,
            value,
        } => *found == what && *index == 1 && value.is_nan(),
        _ => false,
    };
    assert!(expected("text", &error), "{error}");
    assert!(error.to_string().contains("text 1"), "{error}");

    let answerer = unreadable_stone("tiny-span");
    let answerer = QuestionAnswerer::<Flex>::from_pretrained(answerer.path(), &device).unwrap();
    let questions = [("a", "the river"), ("a", "the light of the stone")];
    let options = AnswerOptions::default();
    answerer.answer(&questions[..1], &options).unwrap();
    let error = answerer.answer(&questions, &options).unwrap_err();
    assert!(expected("question", &error), "{error}");

    let fill = unreadable_stone("tiny-pretraining");
    let fill = FillMask::<Flex>::from_pretrained(fill.path(), &device).unwrap();
    let error = fill.fill("the [MASK] stone", count(3)).unwrap_err();
    assert!(
        matches!(
            error,
            PredictionError::NotFinite {
                what: "mask",
                index: 0,
                ..
            }
        ),
        "{error}"
    );
}
