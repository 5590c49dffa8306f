//! What does not fit together is refused before the first step, by the same words for training and
//! scoring, whatever the head.

use std::sync::Arc;

use bert_core::config::BertConfig;
use bert_data::squad::Answer;
use bert_data::{EncodedDataset, PairExample, SpanConfig, SquadExample};
use bert_tasks::pretraining::{BertForMaskedLM, BertForPreTraining, PretrainingHead};
use bert_tasks::sequence::{
    BertForNextSentencePrediction, BertForSequenceClassification, Classifier, SequenceHead,
    Threshold,
};
use bert_tasks::span::{
    AnswerOptions, BertForQuestionAnswering, DecodingOptions, QuestionAnswerer, SpanHead, SpanSplit,
};
use bert_tasks::training::{
    Evaluation, RunOptions, TrainingArguments, TrainingData, TrainingError, evaluate, fit,
};
use bert_tasks::{ModelFolder, TaskModel};
use burn::module::AutodiffModule;

use super::pretraining::{B, data, run};
use super::tiny_bert;

type Model = BertForSequenceClassification<B>;

/// Of any model with labels.
const LABELS: SequenceHead = SequenceHead {
    num_labels: None,
    write_logits: false,
    threshold: Threshold::Fixed(0.5),
};

/// The tiny BERT's folder with another configuration.
fn folder(change: impl Fn(&mut BertConfig)) -> ModelFolder {
    let mut folder = ModelFolder::open(&tiny_bert()).unwrap();
    change(&mut folder.config);
    folder
}

fn model<M: TaskModel<B>>(folder: &ModelFolder) -> M {
    M::new(&folder.config, 3, &Default::default()).unwrap()
}

fn examples(labels: &[Option<usize>], pairs: bool) -> Vec<PairExample> {
    let example = |(id, &label): (usize, &Option<usize>)| PairExample {
        id,
        text_a: "the river".to_owned(),
        text_b: pairs.then(|| "the stone".to_owned()),
        label: label.map(Into::into),
    };
    labels.iter().enumerate().map(example).collect()
}

fn split(labels: &[Option<usize>], pairs: bool) -> Arc<EncodedDataset> {
    let tokenizer = folder(|_| ()).tokenizer;
    let examples = examples(labels, pairs);
    Arc::new(EncodedDataset::encode(&tokenizer, &examples, 32).unwrap())
}

/// The message of both, which is one: of training with this as the dev split, and of scoring it.
#[track_caller]
fn refused(folder: ModelFolder, dev: Arc<EncodedDataset>) -> String {
    let arguments = TrainingArguments::default();
    let model: Model = model(&folder);
    let scored = evaluate(&model.valid(), &LABELS, &dev, &arguments);
    let scored = scored.unwrap_err().to_string();
    let out = tempfile::tempdir().unwrap();
    let mut good = examples(&[Some(0), Some(1)], false);
    good.iter_mut()
        .for_each(|example| example.text_a = "a b".to_owned());
    let good = EncodedDataset::encode(&folder.tokenizer, &good, 16).unwrap();
    let data = TrainingData::new(Arc::new(good), dev);
    let options = RunOptions::new(out.path().to_owned(), arguments);
    let trained = fit(model, &LABELS, &folder, &data, &options).unwrap_err();
    assert_eq!(trained.to_string(), scored);
    // Nothing was begun.
    assert_eq!(std::fs::read_dir(out.path()).unwrap().count(), 0);
    scored
}

#[test]
fn splits_that_do_not_fit_a_classification() {
    let same = |_: &mut BertConfig| ();
    let good = [Some(0), Some(1)];
    assert_eq!(
        refused(folder(same), split(&[], true)),
        "the dev split is empty"
    );
    assert_eq!(
        refused(folder(same), split(&[Some(0), None], true)),
        "example 1 of the dev split has no label"
    );
    assert_eq!(
        refused(folder(same), split(&[Some(0), Some(1), Some(2)], true)),
        "example 2 of the dev split has label 2, and the model has 2 labels (from 0)"
    );
    let single = |config: &mut BertConfig| config.type_vocab_size = 1;
    let message = refused(folder(single), split(&good, true));
    assert!(message.contains("example 0 of the dev split"), "{message}");
    assert!(message.contains("type_vocab_size is 1"), "{message}");
    let short = |config: &mut BertConfig| config.max_position_embeddings = 31;
    let message = refused(folder(short), split(&good, true));
    assert!(message.contains("31 positions"), "{message}");
    // "stone" is one of the last words.
    let few = |config: &mut BertConfig| config.vocab_size = 110;
    let message = refused(folder(few), split(&good, true));
    assert!(message.contains("vocab_size is 110"), "{message}");
}

#[test]
fn labels_are_of_the_kind_that_the_model_learns() {
    let numbers = folder(|config| config.set_labels(&["score"]));
    let model: Model = model(&numbers);
    let arguments = TrainingArguments::default();
    let dev = split(&[Some(0), Some(1)], true);
    let error = evaluate(&model.valid(), &LABELS, &dev, &arguments).unwrap_err();
    assert_eq!(
        error.to_string(),
        "example 0 of the dev split has a class as its label, and the model learns a number"
    );
}

#[test]
fn single_texts_need_one_segment_only() {
    let folder = folder(|config| config.type_vocab_size = 1);
    let model: Model = model(&folder);
    let dev = split(&[Some(0), Some(1)], false);
    let scored = evaluate(&model.valid(), &LABELS, &dev, &TrainingArguments::default());
    assert_eq!(scored.unwrap().predictions.len(), 2);
}

#[test]
fn labels_of_another_head_do_not_matter_to_next_sentences() {
    let folder = folder(|config| config.set_labels(&["score"]));
    let model: BertForNextSentencePrediction<B> = model(&folder);
    let dev = split(&[Some(0), Some(1)], true);
    let arguments = TrainingArguments::default();
    evaluate(&model.valid(), &LABELS, &dev, &arguments).unwrap();
    let dev = split(&[Some(2)], true);
    let error = evaluate(&model.valid(), &LABELS, &dev, &arguments).unwrap_err();
    assert!(matches!(
        error,
        TrainingError::LabelOutside { num_labels: 2, .. }
    ));
}

fn with_metric(name: &str) -> TrainingArguments {
    TrainingArguments::default()
        .with_metric_for_best_model(name)
        .with_num_train_epochs(1)
        .with_max_seq_length(40)
}

fn train(folder: ModelFolder, model: Model, metric: &str) -> Result<String, TrainingError> {
    let out = tempfile::tempdir().unwrap();
    let good = split(&[Some(0), Some(1)], true);
    let data = TrainingData::new(good.clone(), good);
    let options = RunOptions::new(out.path().to_owned(), with_metric(metric));
    let tuned = fit(model, &LABELS, &folder, &data, &options)?;
    let best = tuned.best.unwrap().evaluation;
    let figures = best.figures().into_iter().map(|(name, _)| name);
    assert!(best.figures().iter().all(|(_, value)| value.is_finite()));
    Ok(format!(
        "{} of {}",
        tuned.metric.name,
        figures.collect::<Vec<_>>().join(" ")
    ))
}

#[test]
fn a_metric_that_a_model_has_not_is_refused() {
    let three = || folder(|config| config.set_labels(&["a", "b", "c"]));
    let message = |result: Result<String, TrainingError>| result.unwrap_err().to_string();
    let (two, others) = (folder(|_| ()), three());
    let (a, b): (Model, Model) = (model(&two), model(&others));
    let found = message(train(two, a, "mse"));
    assert!(
        found.contains("mse; this task has f1, accuracy, precision, recall, f1_macro"),
        "{found}"
    );
    // F1 of class 1 says little of three classes.
    let found = message(train(others, b, "eval_f1"));
    assert!(
        found.contains("this task has accuracy, f1_macro, f1_micro, f1_weighted, precision_macro"),
        "{found}"
    );
    let others = three();
    let c = model(&others);
    assert_eq!(
        train(others, c, "f1_macro").unwrap(),
        "f1_macro of accuracy f1_macro f1_micro f1_weighted precision_macro recall_macro matthews loss"
    );

    let out = tempfile::tempdir().unwrap();
    let without_head = run::<BertForMaskedLM<B>>(out.path(), true, with_metric("nsp_accuracy"));
    let message = |result: Result<_, TrainingError>| match result {
        Err(error) => error.to_string(),
        Ok(_) => panic!("refused"),
    };
    let known = "this task has loss, mlm_loss, mlm_accuracy";
    assert!(message(without_head).ends_with(known));
    let without_pairs =
        run::<BertForPreTraining<B>>(out.path(), false, with_metric("nsp_accuracy"));
    assert!(message(without_pairs).ends_with(known));
    let both = run::<BertForPreTraining<B>>(out.path(), true, with_metric("nsp_accuracy"));
    assert_eq!(both.unwrap().metric.name, "nsp_accuracy");
}

#[test]
fn a_model_and_a_folder_that_are_not_of_each_other() {
    let one = folder(|_| ());
    let other = folder(|config| config.set_labels(&["a", "b", "c"]));
    let message = train(other, model(&one), "loss").unwrap_err().to_string();
    assert!(
        message.contains("num_labels is 2 and its folder's 3"),
        "{message}"
    );
}

fn questions(folder: &ModelFolder, contexts: &[&str]) -> SpanSplit {
    let example = |(id, context): (usize, &&str)| SquadExample {
        id: id.to_string(),
        title: "".into(),
        question: "the river".to_owned(),
        context: (*context).into(),
        answers: vec![Answer {
            text: "stone".to_owned(),
            start: 0,
        }],
        is_impossible: false,
    };
    let examples = contexts.iter().enumerate().map(example).collect();
    let config = SpanConfig {
        max_seq_length: 32,
        doc_stride: 4,
        max_query_length: 8,
    };
    SpanSplit::encode(&folder.tokenizer, examples, config, |_| {}).unwrap()
}

#[test]
fn questions_that_do_not_fit_the_model() {
    let refused = |folder: ModelFolder, contexts: &[&str]| {
        let model: BertForQuestionAnswering<B> = model(&folder);
        let dev = Arc::new(questions(&folder, contexts));
        let decoding = DecodingOptions::default();
        let (head, arguments) = (SpanHead { decoding }, TrainingArguments::default());
        let scored = evaluate(&model.valid(), &head, &dev, &arguments);
        let scored = scored.unwrap_err().to_string();
        let out = tempfile::tempdir().unwrap();
        let data = TrainingData::new(Arc::new(questions(&folder, &["stone walk"])), dev);
        let options = RunOptions::new(out.path().to_owned(), arguments);
        let trained = fit(model, &head, &folder, &data, &options);
        (scored, trained.unwrap_err().to_string())
    };
    let (scored, trained) = refused(folder(|_| ()), &[]);
    assert_eq!(
        (scored.as_str(), &trained),
        ("the dev split is empty", &scored)
    );
    let (scored, trained) = refused(folder(|config| config.type_vocab_size = 1), &["stone walk"]);
    assert!(scored.contains("dev split has a second text"), "{scored}");
    assert!(
        trained.contains("train split has a second text"),
        "{trained}"
    );
}

#[test]
fn a_model_of_single_texts_takes_no_pairs() {
    let single = || folder(|config| config.type_vocab_size = 1);
    let classifier = Classifier::new(model::<Model>(&single()).valid(), single()).unwrap();
    let texts = [("the river", None), ("the river", Some("the stone"))];
    assert_eq!(classifier.classify(&texts[..1]).unwrap().len(), 1);
    let message = classifier.classify(&texts).unwrap_err().to_string();
    assert!(message.contains("type_vocab_size"), "{message}");
    let qa = model::<BertForQuestionAnswering<B>>(&single()).valid();
    let answerer = QuestionAnswerer::new(qa, single());
    let found = answerer.answer(&[("the river", "the stone")], &AnswerOptions::default());
    assert!(found.unwrap_err().to_string().contains("type_vocab_size"));
}

#[test]
fn a_corpus_that_does_not_fit_the_model() {
    let out = tempfile::tempdir().unwrap();
    let scored = |folder: ModelFolder, next_sentence| {
        let model: BertForPreTraining<B> = model(&folder);
        let held_out = data(out.path(), next_sentence, &folder).dev;
        let arguments = TrainingArguments::default();
        evaluate(&model.valid(), &PretrainingHead, &held_out, &arguments)
    };
    let single = || folder(|config| config.type_vocab_size = 1);
    let message = scored(single(), true).unwrap_err().to_string();
    assert!(message.contains("type_vocab_size is 1"), "{message}");
    assert_eq!(scored(single(), false).unwrap().next_sentence, None);
    let message = scored(folder(|config| config.vocab_size = 119), true).unwrap_err();
    assert!(
        message.to_string().contains("vocab_size is 119"),
        "{message}"
    );
}
