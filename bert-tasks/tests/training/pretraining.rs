//! A step in several passes is the step in one, also where the passes hide different numbers of
//! tokens.

use std::path::Path;
use std::sync::Arc;

use bert_data::corpus::{
    MaskingConfig, Part, PretrainingConfig, PretrainingCorpus, TextLayout, TokenizedCorpus,
};
use bert_tasks::ModelFolder;
use bert_tasks::events::{Event, Stamped, Step};
use bert_tasks::pretraining::{
    BertForMaskedLM, BertForPreTraining, PretrainingEvaluation, PretrainingHead,
};
use bert_tasks::training::{
    FineTuned, RunOptions, TrainableModel, TrainingArguments, TrainingData, TrainingError, fit,
};
use burn::backend::{Autodiff, Flex};

use super::{count, tiny_bert};

pub type B = Autodiff<Flex>;

/// Documents of sentences of very different lengths.
fn text() -> String {
    let words = [
        "river", "stone", "light", "market", "price", "house", "walk",
    ];
    let sentence = |at: usize| {
        let words = words.iter().cycle().skip(at % 5);
        let words: Vec<&str> = words.take(2 + at * at % 17).copied().collect();
        words.join(" ") + ".\n"
    };
    let document = |at: usize| {
        (0..4)
            .map(|line| sentence(7 * at + line))
            .collect::<String>()
    };
    (0..16).map(|at| document(at) + "\n").collect()
}

/// Both parts of the corpus, cut in a folder that may go afterwards.
pub fn data(
    folder: &Path,
    next_sentence: bool,
    model: &ModelFolder,
) -> TrainingData<PretrainingCorpus> {
    let file = folder.join("text.txt");
    std::fs::write(&file, text()).unwrap();
    let layout = TextLayout::Sentences;
    let corpus = TokenizedCorpus::open(&[file], layout, &model.tokenizer, folder.join("cache"));
    let corpus = Arc::new(corpus.unwrap());
    let config = PretrainingConfig {
        max_seq_length: 40,
        short_seq_probability: 0.5,
        held_out_share: 0.3,
        next_sentence,
        masking: MaskingConfig {
            masked_lm_probability: 0.3,
            ..MaskingConfig::default()
        },
        ..PretrainingConfig::default()
    };
    let part = |part| Arc::new(PretrainingCorpus::open(corpus.clone(), config, part).unwrap());
    TrainingData::new(part(Part::Train), part(Part::HeldOut))
}

pub fn run<M>(
    out: &Path,
    next_sentence: bool,
    arguments: TrainingArguments,
) -> Result<FineTuned<PretrainingEvaluation>, TrainingError>
where
    M: TrainableModel<B, PretrainingHead>,
{
    let folder = ModelFolder::open(&tiny_bert()).unwrap();
    let model = M::new(&folder.config, 5, &Default::default()).unwrap();
    let data = data(out, next_sentence, &folder);
    assert!((9..=32).contains(&data.train.len()), "{}", data.train.len());
    let options = RunOptions::new(out.join("out"), arguments);
    fit(model, &PretrainingHead, &folder, &data, &options)
}

fn steps(out: &Path) -> Vec<Step> {
    let events = std::fs::read_to_string(out.join("out/events.jsonl")).unwrap();
    let event = |line| serde_json::from_str::<Stamped>(line).unwrap().event;
    let step = |line| match event(line) {
        Event::Step(step) => Some(step),
        _ => None,
    };
    events.lines().filter_map(step).collect()
}

fn passes_are_one<M>(next_sentence: bool)
where
    M: TrainableModel<B, PretrainingHead>,
{
    let of = |batch: usize, passes: usize| {
        let out = tempfile::tempdir().unwrap();
        let arguments = TrainingArguments::default()
            .with_learning_rate(1e-3)
            .with_num_train_epochs(4)
            .with_train_batch_size(count(batch))
            .with_gradient_accumulation_steps(count(passes))
            .with_max_seq_length(40)
            .with_eval_steps(count(100));
        run::<M>(out.path(), next_sentence, arguments).unwrap();
        steps(out.path())
    };
    let (whole, parts) = (of(32, 1), of(8, 4));
    assert_eq!((whole.len(), parts.len()), (4, 4));
    for (whole, parts) in whole.iter().zip(&parts) {
        for (a, b) in [(whole.loss, parts.loss), (whole.grad_norm, parts.grad_norm)] {
            assert!((a - b).abs() < 1e-5 * a, "{whole:?} {parts:?}");
        }
        assert_eq!(whole.tokens, parts.tokens);
    }
}

#[test]
fn passes_of_hidden_tokens_are_one() {
    passes_are_one::<BertForMaskedLM<B>>(false);
}

#[test]
fn passes_of_hidden_tokens_and_next_sentences_are_one() {
    passes_are_one::<BertForPreTraining<B>>(true);
}
