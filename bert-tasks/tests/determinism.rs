//! Training is a function of its seeds: the same bits from run to run and for any number of
//! threads, dropout on.

use bert_core::backend::BertBackend;
use bert_core::config::BertConfig;
use bert_core::weights::write_safetensors;
use bert_data::tags::WordPlace;
use bert_data::{Batch, ChoiceBatch, Label, PaddedBatch, TokenLabels};
use bert_tasks::TaskModel;
use bert_tasks::choice::BertForMultipleChoice;
use bert_tasks::sequence::{BertForSequenceClassification, SequenceModel};
use bert_tasks::token::{BertForTokenClassification, TokenBatch};
use bert_tasks::training::gradients::clip_global_norm;
use bert_tasks::training::{GroupedAdamW, ParameterGroups, PassInput, TrainingArguments};
use burn::backend::Autodiff;
use burn::module::AutodiffModule;
use burn::optim::Optimizer;
use burn::train::TrainStep;

/// Large enough that every operation is divided among threads.
fn config() -> BertConfig {
    BertConfig {
        vocab_size: 1200,
        hidden_size: 96,
        num_hidden_layers: 2,
        num_attention_heads: 3,
        intermediate_size: 416,
        ..BertConfig::default()
    }
}

const BATCH_SIZE: usize = 17;
const SEQ_LEN: usize = 70;

fn tokens() -> PaddedBatch {
    let (batch_size, seq_len) = (BATCH_SIZE, SEQ_LEN);
    let cells = || (0..batch_size * seq_len).map(|cell| (cell / seq_len, cell % seq_len));
    let is_token = |(row, at): (usize, usize)| at < seq_len - 4 * row;
    let of = |value: &dyn Fn(usize, usize) -> i64| {
        let value = |(row, at)| {
            if is_token((row, at)) {
                value(row, at)
            } else {
                0
            }
        };
        cells().map(value).collect()
    };
    PaddedBatch {
        input_ids: of(&|row, at| ((row * 131 + at * 17) % 1199 + 1) as i64),
        token_type_ids: of(&|_, at| i64::from(at > 30)),
        attention_mask: of(&|_, _| 1),
        batch_size,
        seq_len,
        pass_seed: None,
    }
}

fn texts() -> Batch<Label> {
    let labels = (0..BATCH_SIZE).map(|row| Some(Label::Class(row % 2)));
    Batch::of_rows(tokens(), 0..BATCH_SIZE, labels)
}

/// Questions of two to seven choices.
fn choices() -> ChoiceBatch {
    let rows = vec![3, 5, 2, 7];
    assert_eq!(rows.iter().sum::<usize>(), BATCH_SIZE);
    ChoiceBatch {
        tokens: tokens(),
        indices: (0..rows.len()).collect(),
        labels: rows.iter().map(|choices| Some(choices / 2)).collect(),
        rows,
        pooling: Default::default(),
    }
}

/// Sentences whose words have a piece each; two of three tokens of a row are one.
fn sentences() -> TokenBatch {
    let sentence = |row: usize| {
        let words = (1..SEQ_LEN - 4 * row).filter(|token| token % 3 > 0);
        let mut classes = vec![None; SEQ_LEN];
        let places = words.enumerate().map(|(word, token)| {
            classes[token] = Some((row + token) % 2);
            WordPlace {
                word,
                token,
                pieces: 1,
            }
        });
        let places: Vec<WordPlace> = places.collect();
        Some(TokenLabels {
            tags: Some(classes.iter().flatten().copied().collect()),
            words: places.len(),
            places: vec![places],
            classes: vec![classes],
        })
    };
    Batch::of_rows(tokens(), 0..BATCH_SIZE, (0..BATCH_SIZE).map(sentence))
}

/// The parameters after three steps on a pool of so many threads, as a file.
fn train<B, M>(
    config: &BertConfig,
    batch: &(impl Fn() -> M::Input + Sync),
    threads: usize,
    seed: u64,
) -> Vec<u8>
where
    B: BertBackend,
    M: TaskModel<Autodiff<B>> + AutodiffModule<Autodiff<B>> + TrainStep<Input: PassInput>,
{
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap();
    pool.install(|| {
        let mut model = M::new(config, 1, &Default::default()).unwrap();
        let arguments = TrainingArguments::default();
        let groups = ParameterGroups::new(&model, &arguments);
        let mut optimizer = GroupedAdamW::new(&arguments, groups);
        for step in 0..3 {
            let mut batch = batch();
            batch.seed_pass(seed + step);
            let output = TrainStep::step(&model, batch);
            let (grads, _) = clip_global_norm(&model, output.grads, 1.0);
            model = optimizer.step(1e-3, model, grads);
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        write_safetensors(&model, file.path()).unwrap();
        std::fs::read(file.path()).unwrap()
    })
}

fn check_head<B, M>(config: &BertConfig, batch: impl Fn() -> M::Input + Sync)
where
    B: BertBackend,
    M: TaskModel<Autodiff<B>> + AutodiffModule<Autodiff<B>> + TrainStep<Input: PassInput>,
{
    let of = |threads, seed| train::<B, M>(config, &batch, threads, seed);
    let one = of(1, 7);
    assert!(one == of(1, 7), "two runs differ");
    for threads in [2, 3, 8] {
        assert!(one == of(threads, 7), "{threads} threads differ from one");
    }
    assert!(one != of(1, 8), "the seed changes nothing");
}

/// The scores of a model that only answers, on a pool of so many threads.
fn answers<B: BertBackend>(threads: usize) -> Vec<f32> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap();
    pool.install(|| {
        let device = Default::default();
        let model = BertForSequenceClassification::<B>::new(&config(), 1, &device).unwrap();
        let settings = model.settings().clone();
        let logits = model.prepare();
        let input = settings.input(&tokens(), &device).unwrap();
        logits(&input).into_data().into_vec().unwrap()
    })
}

fn check<B: BertBackend>() {
    let one = answers::<B>(1);
    for threads in [2, 3, 8] {
        assert_eq!(one, answers::<B>(threads), "{threads} threads");
    }
    check_head::<B, BertForSequenceClassification<Autodiff<B>>>(&config(), texts);
    check_head::<B, BertForMultipleChoice<Autodiff<B>>>(&config(), choices);
    check_head::<B, BertForTokenClassification<Autodiff<B>>>(&config(), sentences);
    let mut with_crf = config();
    with_crf.set_crf(true);
    check_head::<B, BertForTokenClassification<Autodiff<B>>>(&with_crf, sentences);
}

#[cfg(feature = "flex")]
#[test]
fn flex_is_reproducible() {
    check::<burn::backend::Flex>();
}

#[cfg(feature = "ndarray")]
#[test]
fn ndarray_is_reproducible() {
    check::<burn::backend::NdArray>();
}
