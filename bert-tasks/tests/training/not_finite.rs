//! Numbers that are none: such a model is never the best, and never scored in silence.

use std::path::Path;
use std::sync::Arc;

use bert_core::weights::LoadPolicy;
use bert_data::{EncodedDataset, PairExample};
use bert_tasks::ModelFolder;
use bert_tasks::display::report::ReportWriter;
use bert_tasks::events::{Event, Stamped};
use bert_tasks::sequence::{BertForSequenceClassification, SequenceEvaluation, SequenceHead};
use bert_tasks::training::{
    FineTuned, Resume, RunOptions, TrainingArguments, TrainingData, TrainingError, evaluate, fit,
};
use burn::backend::{Autodiff, Flex};
use burn::module::AutodiffModule;
use burn::tensor::Tensor;

use super::{count, tiny_bert};

type B = Autodiff<Flex>;
type Model = BertForSequenceClassification<B>;

/// The tiny BERT, which cannot read "stone": its embedding is so large that LayerNorm overflows.
fn model(folder: &ModelFolder) -> Model {
    let policy = LoadPolicy::strict();
    let device = Default::default();
    let (mut model, _) = folder
        .load::<_, Model>(&tiny_bert(), &policy, 0, &device)
        .unwrap();
    let word = folder.tokenizer.token_to_id("stone").unwrap() as usize;
    let embedding = &mut model.bert.embeddings.word_embeddings.weight;
    *embedding = embedding.clone().map(|table| {
        let hidden = table.dims()[1];
        let huge = Tensor::full([1, hidden], 3e38, &table.device());
        table.slice_assign([word..word + 1, 0..hidden], huge)
    });
    model
}

fn split(folder: &ModelFolder, texts: &[&str]) -> Arc<EncodedDataset> {
    let example = |(id, text): (usize, &&str)| PairExample {
        id,
        text_a: (*text).to_owned(),
        text_b: None,
        label: Some((id % 2).into()),
    };
    let examples: Vec<_> = texts.iter().enumerate().map(example).collect();
    Arc::new(EncodedDataset::encode(&folder.tokenizer, &examples, 16).unwrap())
}

const READABLE: [&str; 4] = ["the river", "the light", "new market", "old house"];

fn run(
    out: &Path,
    resume: Resume,
    change: impl Fn(&mut TrainingArguments),
) -> Result<FineTuned<SequenceEvaluation>, TrainingError> {
    let folder = ModelFolder::open(&tiny_bert()).unwrap();
    let dev = split(&folder, &["the river", "the light", "a stone"]);
    let data = TrainingData::new(split(&folder, &READABLE), dev);
    let mut arguments = TrainingArguments::default().with_num_train_epochs(3);
    change(&mut arguments);
    let options = RunOptions::new(out.to_owned(), arguments)
        .with_resume(resume)
        .with_observers(vec![Arc::new(ReportWriter)]);
    fit(
        model(&folder),
        &SequenceHead::default(),
        &folder,
        &data,
        &options,
    )
}

#[test]
fn a_run_whose_evaluations_are_no_numbers_has_no_best_model() {
    let out = tempfile::tempdir().unwrap();
    let error = run(out.path(), Resume::No, |_| ()).unwrap_err();
    assert!(
        matches!(error, TrainingError::NoBest { evaluations: 3 }),
        "{error}"
    );
    let has = |name: &str| out.path().join(name).exists();
    assert!(!has("model.safetensors") && !has("config.json"));
    assert!(has("checkpoint-3") && has("report.html"));

    let events = std::fs::read_to_string(out.path().join("events.jsonl")).unwrap();
    let events = events
        .lines()
        .map(|line| serde_json::from_str::<Stamped>(line).unwrap().event);
    let (mut evaluations, mut warnings, mut failures) = (0, Vec::new(), 0);
    for event in events {
        match event {
            Event::Evaluation(evaluated) => {
                assert!(!evaluated.is_best && evaluated.scores["loss"].is_nan());
                evaluations += 1;
            }
            Event::Warning { message } => warnings.push(message),
            Event::Failure { .. } => failures += 1,
            _ => {}
        }
    }
    assert_eq!((evaluations, warnings.len(), failures), (3, 3, 1));
    assert!(
        warnings[0].contains("a logit of example 2 is NaN"),
        "{warnings:?}"
    );

    // Its checkpoints can be read, and say the same.
    let error = run(out.path(), Resume::Newest, |_| ()).unwrap_err();
    assert!(
        matches!(error, TrainingError::NoBest { evaluations: 3 }),
        "{error}"
    );
}

#[test]
fn patience_ends_a_run_whose_evaluations_are_no_numbers() {
    let out = tempfile::tempdir().unwrap();
    let error = run(out.path(), Resume::No, |arguments| {
        arguments.num_train_epochs = 9;
        arguments.early_stopping_patience = Some(count(2));
        // A plausible number.
        arguments.metric_for_best_model = Some("accuracy".to_owned());
    });
    let error = error.unwrap_err();
    assert!(
        matches!(error, TrainingError::NoBest { evaluations: 3 }),
        "{error}"
    );
}

#[test]
fn a_split_whose_scores_are_no_numbers_has_no_evaluation() {
    let folder = ModelFolder::open(&tiny_bert()).unwrap();
    let model = model(&folder).valid();
    let arguments = TrainingArguments::default();
    let head = SequenceHead::default();
    evaluate(&model, &head, &split(&folder, &READABLE), &arguments).unwrap();
    let dev = split(&folder, &["a stone", "the river", "the stone"]);
    let error = evaluate(&model, &head, &dev, &arguments).unwrap_err();
    assert!(matches!(error, TrainingError::EvaluationNotFinite(_)));
    assert!(
        error.to_string().contains("a logit of example 0 is NaN"),
        "{error}"
    );
}

#[test]
fn a_first_step_that_is_no_number_ends_the_run_there() {
    let folder = ModelFolder::open(&tiny_bert()).unwrap();
    let out = tempfile::tempdir().unwrap();
    let data = TrainingData::new(split(&folder, &["a stone"]), split(&folder, &READABLE));
    let options = RunOptions::new(out.path().to_owned(), TrainingArguments::default());
    let error = fit(
        model(&folder),
        &SequenceHead::default(),
        &folder,
        &data,
        &options,
    )
    .unwrap_err();
    assert!(
        matches!(error, TrainingError::NotFinite { step: 1, .. }),
        "{error}"
    );
    assert!(!out.path().join("model.safetensors").exists());
}
