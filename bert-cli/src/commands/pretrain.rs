//! Pretrains BERT on plain text: hidden tokens, and whether one text follows another, or hidden
//! tokens alone.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use crate::backend::{BackendInfo, TrainBackend};
use crate::flags::TaskFlags;
use crate::runs::{Data, Runs};
use crate::start::{Stage, TaskProgram};
use bert_core::config::BertConfig;
use bert_data::corpus::{
    MaskingConfig, Part, PretrainingConfig, PretrainingCorpus, TextLayout, TokenizedCorpus,
    VocabularyConfig, train_vocabulary,
};
use bert_data::{BertTokenizer, Casing};
use bert_tasks::ModelFolder;
use bert_tasks::display::dashboard::Screen;
use bert_tasks::pretraining::{BertForMaskedLM, BertForPreTraining, PretrainingHead};
use bert_tasks::training::{
    StopReason, TrainableModel, TrainingArguments, TrainingData, TrainingError,
};
use clap::Parser;

/// Shown below its help.
const EXAMPLE: &str = "Example:\n  cargo run --release --example pretrain -- --text FILE";

/// Pretrains BERT on plain text, from scratch or from a model, or scores a model on it.
#[derive(Parser)]
#[command(
    name = "pretrain",
    next_help_heading = "Data",
    after_help = EXAMPLE,
    mut_arg("model", |model| model.help("Model folder to go on with [default: a model from scratch]"))
)]
pub struct Pretrain {
    /// Text in UTF-8, a blank line between documents; may be given several times
    #[arg(long, value_name = "FILE", required = true)]
    text: Vec<PathBuf>,
    /// Whether a line is a sentence or a paragraph
    #[arg(
        long,
        value_name = "sentences|paragraphs",
        default_value = "paragraphs"
    )]
    text_layout: TextLayout,
    /// Where the text is kept as tokens [default: cache in the output folder]
    #[arg(long, value_name = "DIR")]
    cache_dir: Option<PathBuf>,
    #[command(flatten)]
    sequences: SequenceFlags,
    #[command(flatten)]
    shape: ShapeFlags,
    #[command(flatten)]
    flags: TaskFlags,
}

/// What the sequences are like. Names and defaults are those of create_pretraining_data.py.
#[derive(clap::Args)]
#[command(next_help_heading = "Sequences")]
struct SequenceFlags {
    /// Share of the tokens that are hidden
    #[arg(long, value_name = "SHARE", default_value_t = 0.15)]
    masked_lm_prob: f64,
    /// Most hidden tokens of a sequence
    #[arg(long, value_name = "N", default_value_t = 20)]
    max_predictions_per_seq: usize,
    /// Hide whole words
    #[arg(long)]
    do_whole_word_mask: bool,
    /// Hidden tokens alone: sequences are no pairs, and the model has no head for them
    #[arg(long, conflicts_with_all = ["same_document_share", "copy_share"])]
    no_next_sentence: bool,
    /// Share of the sequences that are shorter
    #[arg(long, value_name = "SHARE", default_value_t = 0.1)]
    short_seq_prob: f64,
    /// Times that the text is cut into sequences, each time otherwise, in an epoch
    #[arg(long, value_name = "N", default_value_t = 1)]
    dupe_factor: usize,
    /// Share of the random next sentences that come from another place of the same document
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    same_document_share: f64,
    /// Share of the sequences whose second part is a copy of the first with other words in places
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    copy_share: f64,
    /// Share of the documents that is scored and not trained on
    #[arg(long, value_name = "SHARE", default_value_t = 0.05)]
    held_out_share: f64,
}

/// The size of a model from scratch.
#[derive(clap::Args)]
#[command(next_help_heading = "A model from scratch")]
struct ShapeFlags {
    /// Entries of the vocabulary that is made from the text
    #[arg(long, value_name = "N", default_value_t = 8000)]
    vocab_size: usize,
    /// A vocabulary that is there already
    #[arg(long, value_name = "FILE", conflicts_with = "vocab_size")]
    vocab: Option<PathBuf>,
    /// Keep upper case and accents
    #[arg(long)]
    cased: bool,
    #[arg(long, value_name = "N", default_value_t = 192)]
    hidden_size: usize,
    #[arg(long, value_name = "N", default_value_t = 4)]
    num_hidden_layers: usize,
    #[arg(long, value_name = "N", default_value_t = 4)]
    num_attention_heads: usize,
    #[arg(long, value_name = "N", default_value_t = 768)]
    intermediate_size: usize,
    #[arg(long, value_name = "N", default_value_t = 384)]
    max_position_embeddings: usize,
    /// Standard deviation of the weights that it starts with; a narrow model wants more than BERT's
    #[arg(long, value_name = "STD", default_value_t = 0.02)]
    initializer_range: f64,
}

impl TaskProgram for Pretrain {
    const NAME: &'static str = "pretrain";

    fn with_implied_flags(mut self) -> Self {
        self.flags.from_scratch |= self.flags.model.is_none();
        self
    }

    fn flags(&self) -> &TaskFlags {
        &self.flags
    }

    fn arguments(&self) -> TrainingArguments {
        self.flags.arguments(
            TrainingArguments::default()
                .with_learning_rate(5e-4)
                .with_num_train_epochs(10)
                .with_train_batch_size(NonZeroUsize::new(64).expect("written here, above zero")),
        )
    }

    fn run<B: TrainBackend>(
        self,
        stage: Stage,
        device: B::Device,
        backend: BackendInfo,
    ) -> Result<Option<StopReason>, TrainingError> {
        match self.sequences.no_next_sentence {
            true => self.run_model::<B, BertForMaskedLM<B>>(stage, &device, &backend),
            false => self.run_model::<B, BertForPreTraining<B>>(stage, &device, &backend),
        }
    }
}

impl Pretrain {
    fn run_model<B, M>(
        self,
        stage: Stage,
        device: &B::Device,
        backend: &BackendInfo,
    ) -> Result<Option<StopReason>, TrainingError>
    where
        B: TrainBackend,
        M: TrainableModel<B, PretrainingHead>,
    {
        let (flags, arguments) = (&self.flags, stage.arguments.clone());
        let folder = self.folder(&stage.screen)?;
        let data = self.data(&stage, &folder, &arguments)?;
        let data = match flags.eval_only {
            true => Data::Scored(data.dev),
            false => Data::Trained(data),
        };
        let runs = Runs {
            name: Self::NAME,
            flags,
            head: PretrainingHead,
        };
        runs.run::<B, M>(stage, &folder, &data, device, backend)
    }

    /// The model's folder, or a configuration with a vocabulary of the text.
    fn folder(&self, screen: &Screen) -> Result<ModelFolder, TrainingError> {
        if self.flags.model.is_some() {
            return self.flags.open();
        }
        let shape = &self.shape;
        let casing = match shape.cased {
            true => Casing::Cased,
            false => Casing::Uncased,
        };
        let tokenizer = match &shape.vocab {
            Some(vocab) => BertTokenizer::from_vocab(vocab, casing)?,
            None => {
                screen.prepare("making the vocabulary");
                let config = VocabularyConfig {
                    vocab_size: shape.vocab_size,
                    casing,
                    ..VocabularyConfig::default()
                };
                train_vocabulary(&self.text, &config)?
            }
        };
        let config = BertConfig {
            vocab_size: tokenizer.vocab_size(),
            hidden_size: shape.hidden_size,
            num_hidden_layers: shape.num_hidden_layers,
            num_attention_heads: shape.num_attention_heads,
            intermediate_size: shape.intermediate_size,
            max_position_embeddings: shape.max_position_embeddings,
            initializer_range: shape.initializer_range,
            ..BertConfig::default()
        };
        Ok(ModelFolder::new(config, tokenizer)?)
    }

    /// Both parts of the text as sequences.
    fn data(
        &self,
        stage: &Stage,
        folder: &ModelFolder,
        arguments: &TrainingArguments,
    ) -> Result<TrainingData<PretrainingCorpus>, TrainingError> {
        let screen = &stage.screen;
        screen.prepare("reading the text");
        let cache = self.cache_dir.clone();
        let cache = cache.unwrap_or_else(|| stage.output.dir.join("cache"));
        let layout = self.text_layout;
        let open = || TokenizedCorpus::open(&self.text, layout, &folder.tokenizer, cache.clone());
        // One on a machine makes the cache, which the others then find.
        let makes_it = stage.ranks.local_rank() == 0;
        let made = makes_it.then(open).transpose()?;
        stage.ranks.barrier();
        let corpus = made.map_or_else(open, Ok)?;
        screen.say(&format!(
            "{} documents, {} sentences, {} tokens, {} of them unknown",
            corpus.num_documents(),
            corpus.num_sentences(),
            corpus.num_tokens(),
            corpus.num_unknown_tokens()
        ));
        let sequences = &self.sequences;
        let config = PretrainingConfig {
            max_seq_length: arguments.max_seq_length,
            short_seq_probability: sequences.short_seq_prob,
            dupe_factor: sequences.dupe_factor,
            same_document_share: sequences.same_document_share,
            copy_share: sequences.copy_share,
            next_sentence: !sequences.no_next_sentence,
            held_out_share: sequences.held_out_share,
            // Another seed is another run on the same sequences.
            seed: PretrainingConfig::default().seed,
            masking: MaskingConfig {
                masked_lm_probability: sequences.masked_lm_prob,
                max_predictions_per_seq: sequences.max_predictions_per_seq,
                whole_word_mask: sequences.do_whole_word_mask,
            },
        };
        let corpus = Arc::new(corpus);
        let part = |part| PretrainingCorpus::open(corpus.clone(), config, part).map(Arc::new);
        Ok(TrainingData::new(part(Part::Train)?, part(Part::HeldOut)?))
    }
}
