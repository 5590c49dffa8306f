//! A vector for each text, as sentence-transformers gives it; or the texts that are nearest to a
//! query.
//!
//! Texts are words of the command line, lines of standard input, or files of any size, read and
//! written row by row.

mod input;
mod output;
mod search;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use bert_core::backend::BertBackend;
use bert_tasks::embedding::{Embedder, EmbeddingConfig, EmbeddingError, Embeddings, PoolingMode};
use bert_tasks::training::check_apart_from_model;
use clap::{ArgAction, Parser};

use crate::backend::{BackendInfo, BackendName, Program, TrainBackend, backend_flag};
use crate::exit::{ProgramError, complain, say};
use crate::flags::TokenizerFlags;
use crate::hub::{ModelName, Shown};
use crate::start::ModelProgram;
use input::{Input, InputFlags, Row};
use output::{Writer, output_path};
use search::Search;

/// Shown below its help.
const EXAMPLE: &str = "Example:\n  cargo run --release --example embed -- --model DIR --file \
     texts.csv --output vectors.npy\n  cargo run --release --example embed -- --model DIR --file \
     texts.txt --query \"Where is my card?\"";

/// Gives each text a vector, or finds the texts that are nearest to a query.
#[derive(Parser)]
#[command(name = "embed", after_help = EXAMPLE)]
pub struct Embed {
    /// Model: a folder of sentence-transformers or transformers, with config.json,
    /// model.safetensors (or pytorch_model.bin), vocab.txt, or its name on the hub
    #[arg(long, value_name = "DIR|NAME", value_parser = ModelName::parser())]
    model: ModelName,
    #[command(flatten)]
    input: InputFlags,
    /// Where the vectors go, as its ending says: .npy, or .jsonl or .parquet with the columns of the
    /// input [default: standard output, as JSON lines]
    #[arg(long, value_name = "FILE", value_parser = output_path)]
    output: Option<PathBuf>,
    /// Save the model as a folder of sentence-transformers, with its pooling as it is said here
    #[arg(long, value_name = "DIR")]
    save: Option<PathBuf>,
    /// Replace the file of --output, or what has the same name in the folder of --save
    #[arg(long)]
    overwrite: bool,
    /// Say which texts are nearest to this one, instead of vectors: a line each, with the similarity
    #[arg(long, value_name = "TEXT", conflicts_with = "output")]
    query: Option<String>,
    /// How many of them
    #[arg(long, value_name = "N", default_value = "10", requires = "query")]
    top_k: NonZeroUsize,
    /// How tokens become a vector: cls, mean, max, mean_sqrt_len_tokens, weightedmean, lasttoken, or
    /// several with commas between them, one behind the other [default: what the model folder says,
    /// or mean]
    #[arg(long, value_name = "MODE", value_delimiter = ',')]
    pooling: Vec<PoolingMode>,
    /// Whether vectors are made ones of length 1 [default: what the model folder says, or false]
    #[arg(long, value_name = "true|false", action = ArgAction::Set)]
    normalize: Option<bool>,
    /// What stands before each text [default: the model's default prompt; with --query, its prompts
    /// for queries and for documents]
    #[arg(long, value_name = "TEXT", conflicts_with = "prompt_name")]
    prompt: Option<String>,
    /// The name of one of the model's prompts
    #[arg(long, value_name = "NAME")]
    prompt_name: Option<String>,
    /// Longest text in tokens; more are cut off [default: what the model folder says]
    #[arg(long, value_name = "N")]
    max_seq_length: Option<usize>,
    /// Tokens that go through the model at once, padding included
    #[arg(long, value_name = "N", default_value = "4096")]
    batch_tokens: NonZeroUsize,
    #[command(flatten)]
    tokenizer: TokenizerFlags,
    /// Backend to run on, of those compiled in; the strongest when not given
    #[arg(long, value_name = "NAME", value_parser = backend_flag())]
    backend: Option<BackendName>,
}

impl ModelProgram for Embed {
    fn backend(&self) -> Option<BackendName> {
        self.backend
    }
}

impl Program for Embed {
    type Output = Result<(), ProgramError>;

    fn run<B: TrainBackend>(self, device: B::Device, _backend: BackendInfo) -> Self::Output {
        let embedder = self.embedder::<B::InnerBackend>(&device)?;
        if let Some(folder) = &self.save {
            self.save_to(&embedder, folder)?;
            if self.query.is_none() && self.output.is_none() && !self.input.is_given() {
                return Ok(());
            }
        }
        match &self.query {
            Some(query) => {
                let config = embedder.config();
                let of_query = config.query_prompt().to_owned();
                let of_texts = config.document_prompt().to_owned();
                let embedder = embedder.with_prompt(&of_query)?;
                let vector = embedder.embed(&[query])?.as_slice().to_vec();
                let embedder = self.with_prompt(embedder.with_prompt(&of_texts)?)?;
                let mut search = Search::new(vector, embedder.config().similarity, self.top_k);
                embed(&embedder, self.input.open()?, |row, vector| {
                    search.see(row.text, vector);
                    Ok(())
                })?;
                say(&search.lines())
            }
            None => {
                let embedder = self.with_prompt(embedder)?;
                let input = self.input.open()?;
                let columns = input.columns().to_vec();
                let path = self.output.as_deref();
                let dimension = embedder.dimension();
                let mut writer = Writer::open(path, self.overwrite, &columns, dimension)?;
                embed(&embedder, input, |row, vector| writer.write(row, vector))?;
                writer.keep()
            }
        }
    }
}

impl Embed {
    fn embedder<B: BertBackend>(&self, device: &B::Device) -> Result<Embedder<B>, ProgramError> {
        let found = self
            .model
            .find_embedder(self.tokenizer.hub, Shown::OnErrors);
        let found = found.map_err(EmbeddingError::from)?;
        let config = EmbeddingConfig::from_folder(&found.folder);
        let config = config.map_err(EmbeddingError::from)?;
        let opened = self
            .tokenizer
            .say_and_open(&found.within(&config.transformer))?;
        let mut embedder = Embedder::of(opened, &found.folder, device)?;
        embedder = embedder.with_batch_tokens(self.batch_tokens);
        if !self.pooling.is_empty() {
            embedder = embedder.with_pooling(&self.pooling)?;
        }
        if let Some(normalize) = self.normalize {
            embedder = embedder.with_normalize(normalize);
        }
        if let Some(length) = self.max_seq_length {
            embedder = embedder.with_max_seq_length(length);
        }
        Ok(embedder)
    }

    fn save_to<B: BertBackend>(
        &self,
        embedder: &Embedder<B>,
        folder: &Path,
    ) -> Result<(), ProgramError> {
        check_apart_from_model(folder, self.model.as_path())?;
        let is_there = folder
            .read_dir()
            .is_ok_and(|mut files| files.next().is_some());
        if is_there && !self.overwrite {
            return Err(ProgramError::Exists(folder.to_owned()));
        }
        Ok(embedder.save(folder)?)
    }

    /// With what was asked to stand before each text.
    fn with_prompt<B: BertBackend>(
        &self,
        embedder: Embedder<B>,
    ) -> Result<Embedder<B>, ProgramError> {
        Ok(match (&self.prompt, &self.prompt_name) {
            (Some(prompt), _) => embedder.with_prompt(prompt)?,
            (None, Some(name)) => embedder.with_prompt_name(name)?,
            (None, None) => embedder,
        })
    }
}

/// Embeds texts in parts, so that memory does not grow with the input. What comes before a fault is
/// given all the same.
fn embed<B: BertBackend>(
    embedder: &Embedder<B>,
    mut input: Input,
    mut give: impl FnMut(Row, &[f32]) -> Result<(), ProgramError>,
) -> Result<(), ProgramError> {
    let (mut cut, mut before) = (0, 0);
    loop {
        let (rows, read) = input.next_part();
        let is_end = rows.is_empty();
        let texts: Vec<&str> = rows.iter().map(|row| row.text.as_str()).collect();
        let found: Embeddings = embedder.embed(&texts).map_err(|error| match error {
            EmbeddingError::NotFinite { index, value } => EmbeddingError::NotFinite {
                index: before + index,
                value,
            },
            other => other,
        })?;
        before += texts.len();
        let counts = found.num_truncated_tokens().iter();
        cut += counts.filter(|&&count| count > 0).count();
        for (row, vector) in rows.into_iter().zip(found.rows()) {
            give(row, vector)?;
        }
        read?;
        if is_end {
            break;
        }
    }
    input.say();
    if cut > 0 {
        let length = embedder.max_seq_length();
        complain(&format!(
            "warning: {cut} texts have more than {length} tokens and were cut"
        ));
    }
    Ok(())
}
