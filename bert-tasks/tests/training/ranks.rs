//! Several ranks learn what one does that accumulates as many passes: dropout included, with a last
//! step that is smaller, and on from a checkpoint with another number of ranks.

use std::path::Path;
use std::sync::Arc;
use std::thread;

use bert_data::squad::{Answer, SpanConfig, SquadExample};
use bert_tasks::pretraining::{BertForMaskedLM, BertForPreTraining, PretrainingHead};
use bert_tasks::ranks::{Alone, Ranks, threads};
use bert_tasks::sequence::{BertForSequenceClassification, SequenceHead};
use bert_tasks::span::{BertForQuestionAnswering, DecodingOptions, SpanHead, SpanSplit};
use bert_tasks::training::{
    Evaluation, FineTuned, Head, Resume, RunOptions, StopFlag, StopReason, TrainableModel,
    TrainingArguments, TrainingData, TrainingError, evaluate, evaluate_together, fit,
};
use bert_tasks::{ModelFolder, TaskModel};
use burn::backend::{Autodiff, Flex};
use burn::module::AutodiffModule;

use super::saved::distance;
use super::{count, curves, dataset, pretraining, tiny_bert};

type B = Autodiff<Flex>;

/// The tiny model, with dropout.
fn folder() -> ModelFolder {
    let mut folder = ModelFolder::open(&tiny_bert()).unwrap();
    folder.config.hidden_dropout_prob = 0.1;
    folder.config.attention_probs_dropout_prob = 0.1;
    folder
}

fn texts(folder: &ModelFolder) -> TrainingData<bert_data::EncodedDataset> {
    let data = Arc::new(dataset(folder, &curves().examples));
    TrainingData::new(data.clone(), data)
}

fn arguments(passes: usize) -> TrainingArguments {
    TrainingArguments::default()
        .with_learning_rate(1e-3)
        .with_num_train_epochs(6)
        .with_train_batch_size(count(3))
        .with_eval_batch_size(count(3))
        .with_gradient_accumulation_steps(count(passes))
        .with_max_seq_length(32)
        .with_save_total_limit(count(100))
}

/// Calls `run` as each rank of a group of `size`.
fn each<T: Send>(size: usize, run: impl Fn(Arc<dyn Ranks>) -> T + Sync) -> Vec<T> {
    if size == 1 {
        return vec![run(Arc::new(Alone))];
    }
    thread::scope(|scope| {
        let run = &run;
        let all = threads(size).into_iter();
        let all: Vec<_> = all
            .map(|ranks| scope.spawn(move || run(Arc::new(ranks))))
            .collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

type Ended<H> = Result<FineTuned<<H as Head>::Evaluation>, TrainingError>;

/// Trains as a group, all from fresh weights of another seed, of which those of rank 0 count.
fn train<M, H>(
    out: &Path,
    options: impl Fn(RunOptions) -> RunOptions + Sync,
    (size, passes): (usize, usize),
    (head, data): (&H, &TrainingData<H::Data>),
) -> Vec<Ended<H>>
where
    M: TrainableModel<B, H>,
    H: Head<Evaluation: Send>,
{
    each(size, |ranks| {
        let folder = folder();
        let seed = 5 + ranks.rank() as u64;
        let model = M::new(&folder.config, seed, &Default::default()).unwrap();
        // Other ranks have no such folder.
        let out = match ranks.is_root() {
            true => out.to_owned(),
            false => Path::new("/nowhere").to_owned(),
        };
        let run = RunOptions::new(out, arguments(passes)).with_ranks(ranks);
        fit(model, head, &folder, data, &options(run))
    })
}

/// What the newest checkpoint is called.
fn last(out: &Path) -> String {
    let names = std::fs::read_dir(out).unwrap().flatten();
    let names = names.map(|entry| entry.file_name().into_string().unwrap());
    let steps = names.filter_map(|name| name.strip_prefix("checkpoint-")?.parse().ok());
    format!("checkpoint-{}", steps.max().unwrap_or(0_usize))
}

fn ranks_are_passes<M, H>(head: &H, data: &TrainingData<H::Data>)
where
    M: TrainableModel<B, H>,
    H: Head<Evaluation: Send>,
{
    let (alone, again) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    train::<M, H>(alone.path(), |run| run, (1, 4), (head, data));
    let last = last(alone.path());
    for (size, passes) in [(4, 1), (2, 2), (4, 1)] {
        let out = tempfile::tempdir().unwrap();
        let all = train::<M, H>(out.path(), |run| run, (size, passes), (head, data));
        let all: Vec<_> = all.into_iter().map(Result::unwrap).collect();
        // Ranks have the same bits: of the scores here, of the parameters it is checked in the run.
        for one in &all {
            assert_eq!(one.evaluations.len(), 6);
            assert_eq!(
                format!("{:?}", one.evaluations),
                format!("{:?}", all[0].evaluations)
            );
            let figures = |tuned: &FineTuned<H::Evaluation>| {
                tuned.best.as_ref().unwrap().evaluation.figures()
            };
            assert_eq!(figures(one), figures(&all[0]));
        }
        let (one, other) = (alone.path().join(&last), out.path().join(&last));
        let distance = distance(&one, &other);
        assert!(distance < 1e-6, "{size} ranks: {distance:e}");
        if size == 4 {
            let twice = again.path().join("model.safetensors");
            let bytes = std::fs::read(other.join("model.safetensors")).unwrap();
            match twice.exists() {
                true => assert!(std::fs::read(twice).unwrap() == bytes, "two runs differ"),
                false => std::fs::write(twice, bytes).unwrap(),
            }
        }
    }
}

#[test]
fn ranks_that_classify() {
    let data = texts(&folder());
    ranks_are_passes::<BertForSequenceClassification<B>, _>(&SequenceHead::default(), &data);
}

#[test]
fn ranks_that_answer() {
    let contexts = [
        "stone walk river",
        "the market",
        "price of the house",
        "light",
    ];
    let example = |(id, context): (usize, &str)| SquadExample {
        id: id.to_string(),
        title: "".into(),
        question: "the river".to_owned(),
        context: context.into(),
        answers: vec![Answer {
            text: context.split(' ').next().unwrap().to_owned(),
            start: 0,
        }],
        is_impossible: false,
    };
    let examples = contexts.iter().cycle().take(22).copied();
    let examples = examples.enumerate().map(example).collect();
    let config = SpanConfig {
        max_seq_length: 32,
        doc_stride: 4,
        max_query_length: 8,
    };
    let split = SpanSplit::encode(&folder().tokenizer, examples, config, |_| {}).unwrap();
    let split = Arc::new(split);
    let head = SpanHead {
        decoding: DecodingOptions::default(),
    };
    let data = TrainingData::new(split.clone(), split);
    ranks_are_passes::<BertForQuestionAnswering<B>, _>(&head, &data);
}

#[test]
fn ranks_that_pretrain() {
    let out = tempfile::tempdir().unwrap();
    let data = pretraining::data(out.path(), true, &folder());
    ranks_are_passes::<BertForPreTraining<B>, _>(&PretrainingHead, &data);
    let out = tempfile::tempdir().unwrap();
    let data = pretraining::data(out.path(), false, &folder());
    ranks_are_passes::<BertForMaskedLM<B>, _>(&PretrainingHead, &data);
}

#[test]
fn a_run_goes_on_with_another_number_of_ranks() {
    type Model = BertForSequenceClassification<B>;
    let (head, data) = (SequenceHead::default(), texts(&folder()));
    let whole = tempfile::tempdir().unwrap();
    train::<Model, _>(whole.path(), |run| run, (4, 1), (&head, &data));
    // A step has 4 batches of an epoch's 6; 12 steps in all.
    for (size, passes, distance_allowed) in [(4, 1, 0.0), (2, 1, 1e-6), (1, 1, 1e-6), (2, 2, 1e-6)]
    {
        let out = tempfile::tempdir().unwrap();
        let stop = StopFlag::default();
        // Asked for on one rank, it ends all of them, with a checkpoint.
        let asked = |run: RunOptions| match run.ranks.rank() {
            3 => {
                stop.stop(&StopReason::Interrupt);
                run.with_stop(stop.clone())
            }
            _ => run,
        };
        let stopped = train::<Model, _>(out.path(), asked, (4, 1), (&head, &data));
        for one in stopped {
            assert_eq!(one.unwrap().stopped, Some(StopReason::Interrupt));
        }
        assert_eq!(last(out.path()), "checkpoint-1");
        let resume = |run: RunOptions| run.with_resume(Resume::Newest);
        let all = train::<Model, _>(out.path(), resume, (size, passes), (&head, &data));
        assert!(
            all.iter()
                .all(|one| one.as_ref().is_ok_and(|one| one.step == 12))
        );
        let (one, other) = (
            whole.path().join("checkpoint-12"),
            out.path().join("checkpoint-12"),
        );
        let distance = distance(&one, &other);
        assert!(distance <= distance_allowed, "{size} ranks: {distance:e}");
    }
}

#[test]
fn ranks_that_cannot_share_a_step_are_told() {
    type Model = BertForSequenceClassification<B>;
    let (head, data) = (SequenceHead::default(), texts(&folder()));
    let out = tempfile::tempdir().unwrap();
    train::<Model, _>(out.path(), |run| run, (4, 1), (&head, &data));
    let resume = |run: RunOptions| run.with_resume(Resume::Newest);
    for one in train::<Model, _>(out.path(), resume, (3, 1), (&head, &data)) {
        let message = one.unwrap_err().to_string();
        assert!(
            message.contains("has 4 batches, which 3 ranks cannot share"),
            "{message}"
        );
    }
}

#[test]
fn a_loss_that_is_not_finite_ends_all_ranks() {
    type Model = BertForSequenceClassification<B>;
    let (head, data) = (SequenceHead::default(), texts(&folder()));
    let out = tempfile::tempdir().unwrap();
    let wild = |run: RunOptions| {
        let arguments = run.arguments.clone().with_learning_rate(1e38);
        run.with_arguments(arguments)
    };
    for one in train::<Model, _>(out.path(), wild, (2, 2), (&head, &data)) {
        assert!(
            matches!(one, Err(TrainingError::NotFinite { .. })),
            "{one:?}"
        );
    }
}

#[test]
fn an_evaluation_that_is_shared_out_is_the_same() {
    let (head, data) = (SequenceHead::default(), texts(&folder()));
    let model = BertForSequenceClassification::<B>::new(&folder().config, 5, &Default::default());
    let (model, arguments) = (model.unwrap().valid(), arguments(1));
    let alone = evaluate(&model, &head, &data.dev, &arguments).unwrap();
    // Of six batches, and more ranks than batches.
    for size in [2, 4, 8] {
        let (head, data, model, arguments) = (&head, &data, &model, &arguments);
        let model = model.clone();
        let models: Vec<_> = (0..size)
            .map(|_| std::sync::Mutex::new(Some(model.clone())))
            .collect();
        let all = each(size, |ranks| {
            let model = models[ranks.rank()].lock().unwrap().take().unwrap();
            evaluate_together(&model, head, &data.dev, arguments, ranks.as_ref()).unwrap()
        });
        for one in all {
            assert_eq!(format!("{one:?}"), format!("{alone:?}"));
        }
    }
}
