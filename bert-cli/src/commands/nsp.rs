//! Fine-tunes BERT on next-sentence prediction: does one text follow the other?

use std::path::PathBuf;

use crate::backend::{BackendInfo, TrainBackend};
use crate::flags::TaskFlags;
use crate::sample;
use crate::start::{Stage, TaskProgram};
use crate::texts::{Splits, Texts};
use bert_core::config::ProblemType;
use bert_data::corpus::{NSP_LABELS, NspPairsConfig, Part, TextLayout, nsp_pairs};
use bert_tasks::sequence::{BertForNextSentencePrediction, SequenceHead};
use bert_tasks::training::{StopReason, TrainingArguments, TrainingError};
use clap::Parser;

/// Shown below its help.
const EXAMPLE: &str = "Example:\n  cargo run --release --example nsp -- \
     --model google-bert/bert-base-uncased --text FILE";

/// Fine-tunes BERT on next-sentence prediction, or scores a model on it.
#[derive(Parser)]
#[command(name = "nsp", next_help_heading = "Data", after_help = EXAMPLE)]
pub struct Nsp {
    /// Text in UTF-8, a blank line between documents; may be given several times
    #[arg(long, value_name = "FILE")]
    text: Vec<PathBuf>,
    /// Whether a line is a sentence or a paragraph
    #[arg(
        long,
        value_name = "sentences|paragraphs",
        default_value = "paragraphs"
    )]
    text_layout: TextLayout,
    /// Most pairs that are made of the text
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    max_pairs: usize,
    /// Share of the documents that is scored and not trained on
    #[arg(long, value_name = "SHARE", default_value_t = 0.1)]
    held_out_share: f64,
    #[command(flatten)]
    flags: TaskFlags,
}

impl TaskProgram for Nsp {
    const NAME: &'static str = "nsp";

    fn flags(&self) -> &TaskFlags {
        &self.flags
    }

    fn arguments(&self) -> TrainingArguments {
        let defaults = match self.flags.model {
            Some(_) => TrainingArguments::default(),
            None => sample::arguments().with_num_train_epochs(3),
        };
        self.flags.arguments(
            defaults
                // Neither answer is the one that is looked for.
                .with_metric_for_best_model("accuracy"),
        )
    }

    fn run<B: TrainBackend>(
        self,
        stage: Stage,
        device: B::Device,
        backend: BackendInfo,
    ) -> Result<Option<StopReason>, TrainingError> {
        let folder = self.flags.open()?;
        let text = match self.text.is_empty() {
            true => vec![sample::passages()],
            false => self.text.clone(),
        };
        let config = NspPairsConfig {
            layout: self.text_layout,
            max_pairs: self.max_pairs,
            held_out_share: self.held_out_share,
            ..NspPairsConfig::default()
        };
        stage.screen.prepare("reading the text");
        let dev = nsp_pairs(&text, &config, Part::HeldOut)?;
        let program = Texts {
            name: Self::NAME,
            flags: &self.flags,
            windows: None,
            problem: ProblemType::SingleLabelClassification,
            labels: NSP_LABELS.map(str::to_owned).to_vec(),
            splits: match self.flags.eval_only {
                true => Splits::Scored { dev },
                false => Splits::Trained {
                    train: nsp_pairs(&text, &config, Part::Train)?,
                    dev,
                },
            },
            extras: Vec::new(),
            head: SequenceHead {
                num_labels: Some(NSP_LABELS.len()),
                ..SequenceHead::default()
            },
        };
        program.run::<B, BertForNextSentencePrediction<B>>(folder, stage, &device, &backend)
    }
}
