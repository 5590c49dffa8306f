//! Says which words fit where a text has `[MASK]`, with a model that `pretrain` or `transformers`
//! has saved.

use std::fmt::Write as _;
use std::num::NonZeroUsize;

use crate::backend::{BackendInfo, BackendName, Program, TrainBackend, backend_flag};
use crate::exit::{ProgramError, say};
use crate::flags::TokenizerFlags;
use crate::hub::ModelName;
use crate::lines::Lines;
use crate::sample;
use crate::start::ModelProgram;
use bert_tasks::pretraining::FillMask;
use clap::Parser;

/// Shown below its help.
const EXAMPLE: &str =
    "Example:\n  cargo run --release --example fill_mask -- \"The [MASK] of the United States.\"";

/// Says which words fit where a text has `[MASK]`.
#[derive(Parser)]
#[command(
    name = "fill_mask",
    about = "Says which words fit where a text has [MASK]",
    after_help = EXAMPLE
)]
pub struct Fill {
    /// The text; without it, a line of standard input each
    text: Option<String>,
    /// Model: a folder with config.json, model.safetensors (or pytorch_model.bin), vocab.txt, or
    /// its name on the hub
    /// [default: bert-nano, which comes with the examples]
    #[arg(long, value_name = "DIR|NAME", value_parser = ModelName::parser())]
    model: Option<ModelName>,
    /// Words for each `[MASK]`
    #[arg(
        long,
        value_name = "N",
        default_value = "5",
        help = "Words for each [MASK]"
    )]
    top_k: NonZeroUsize,
    #[command(flatten)]
    tokenizer: TokenizerFlags,
    /// Backend to run on, of those compiled in; the strongest when not given
    #[arg(long, value_name = "NAME", value_parser = backend_flag())]
    backend: Option<BackendName>,
}

impl ModelProgram for Fill {
    fn backend(&self) -> Option<BackendName> {
        self.backend
    }
}

impl Program for Fill {
    type Output = Result<(), ProgramError>;

    fn run<B: TrainBackend>(self, device: B::Device, _backend: BackendInfo) -> Self::Output {
        let model = self.model.unwrap_or_else(|| sample::bert_nano().into());
        let (folder, model) = self.tokenizer.open_and_say(&model)?;
        let fill_mask = FillMask::<B::InnerBackend>::of(folder, &model, &device)?;
        let fill = |text: &str| -> Result<String, ProgramError> {
            let mut lines = String::new();
            for (mask, fills) in (1..).zip(fill_mask.fill(text, self.top_k)?) {
                for fill in fills {
                    let _ = writeln!(lines, "{mask}  {:.4}  {}", fill.probability, fill.token);
                }
            }
            Ok(lines)
        };
        if let Some(text) = &self.text {
            return say(&fill(text)?);
        }
        Lines::of_standard_input().answer(fill)
    }
}
