//! Answers questions on a text, with a model that `squad` or `transformers` has saved.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use crate::backend::{BackendInfo, BackendName, Program, TrainBackend, backend_flag};
use crate::exit::{ProgramError, complain, say};
use crate::flags::TokenizerFlags;
use crate::hub::ModelName;
use crate::lines::Lines;
use crate::start::ModelProgram;
use bert_data::corpus::read_text;
use bert_tasks::span::{AnswerOptions, Answers, QuestionAnswerer};
use bert_tasks::training::TrainingError;
use clap::Parser;

/// Shown below its help.
const EXAMPLE: &str = "Example:\n  cargo run --release --example answer -- \
     --model DIR --context FILE --question \"Who ...?\"";

/// Answers questions on a text.
#[derive(Parser)]
#[command(name = "answer", after_help = EXAMPLE)]
pub struct Answer {
    /// Model: a folder with config.json, model.safetensors (or pytorch_model.bin), vocab.txt, or
    /// its name on the hub
    #[arg(long, value_name = "DIR|NAME", value_parser = ModelName::parser())]
    model: ModelName,
    /// File with the text, in UTF-8
    #[arg(long, value_name = "FILE")]
    context: PathBuf,
    /// What to ask; without it, questions are read line by line
    #[arg(long, value_name = "TEXT")]
    question: Option<String>,
    /// Most answers to a question
    #[arg(long, value_name = "N", default_value = "1")]
    top_k: NonZeroUsize,
    /// Longest answer in tokens
    #[arg(long, value_name = "N", default_value_t = 30)]
    max_answer_length: usize,
    /// Say that there is no answer where the null odds are higher, for models of SQuAD 2.0
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    null_score_diff_threshold: Option<f32>,
    #[command(flatten)]
    tokenizer: TokenizerFlags,
    /// Backend to run on, of those compiled in; the strongest when not given
    #[arg(long, value_name = "NAME", value_parser = backend_flag())]
    backend: Option<BackendName>,
}

impl ModelProgram for Answer {
    fn backend(&self) -> Option<BackendName> {
        self.backend
    }
}

impl Program for Answer {
    type Output = Result<(), ProgramError>;

    fn run<B: TrainBackend>(self, device: B::Device, _backend: BackendInfo) -> Self::Output {
        let context = read_text(&self.context).map_err(TrainingError::Corpus)?;
        let (folder, path) = self.tokenizer.open_and_say(&self.model)?;
        let answerer = QuestionAnswerer::<B::InnerBackend>::of(folder, &path, &device)?;
        let options = AnswerOptions {
            top_k: self.top_k,
            max_answer_length: self.max_answer_length,
            ..AnswerOptions::default()
        };
        let ask = |question: &str| -> Result<String, ProgramError> {
            let answers = answerer.answer(&[(question, &context)], &options)?;
            let cut = answers[0].num_truncated_tokens;
            if cut > 0 {
                complain(&format!(
                    "warning: the question is too long: {cut} tokens at its end were not seen"
                ));
            }
            Ok(self.shown(&answers[0]))
        };
        if let Some(question) = &self.question {
            return say(&ask(question)?);
        }
        Lines::of_standard_input().answer(ask)
    }
}

impl Answer {
    /// A line per answer: its probability, its characters in the text, and the answer.
    fn shown(&self, found: &Answers) -> String {
        let is_null = match (self.null_score_diff_threshold, found.null_odds) {
            (Some(threshold), Some(odds)) => odds > threshold,
            _ => found.answers.is_empty(),
        };
        if is_null {
            return format!("{:.4}  no answer\n", found.no_answer);
        }
        let line = |answer: &bert_tasks::span::Answer| {
            let chars = &answer.chars;
            // An answer is a line, also where the text has a line break in it.
            let text = answer.text.replace(['\n', '\r', '\t'], " ");
            format!(
                "{:.4}  {}..{}  {text}\n",
                answer.probability, chars.start, chars.end
            )
        };
        found.answers.iter().map(line).collect()
    }
}
