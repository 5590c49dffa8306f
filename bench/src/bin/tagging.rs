//! Times finding the entities in the sentences of a file, and prints it as JSON. `bench/tagging.py`
//! runs it side by side with transformers' pipeline.

use std::error::Error;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Instant;

use bert_bench::peak_memory;
use bert_cli::backend::{BackendInfo, BackendName, Program, TrainBackend, run_on};
use bert_data::table::LabelUse;
use bert_data::tags::{TagOptions, TagReader};
use bert_tasks::token::{AggregationStrategy, TokenClassifier};
use clap::Parser;
use serde_json::json;

#[derive(Parser)]
struct Flags {
    /// Model folder
    #[arg(long)]
    model: PathBuf,
    /// Sentences, a word a line
    #[arg(long)]
    file: PathBuf,
    /// So many of them, from the first on, over again where there are fewer
    #[arg(long, default_value_t = 1000)]
    sentences: usize,
    /// Sentences that go through the model at once
    #[arg(long, default_value = "32")]
    batch: NonZeroUsize,
    #[arg(long, default_value_t)]
    strategy: AggregationStrategy,
    #[arg(long)]
    backend: Option<BackendName>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let flags = Flags::parse();
    run_on(flags.backend, flags)?
}

impl Program for Flags {
    type Output = Result<(), Box<dyn Error>>;

    fn run<B: TrainBackend>(self, device: B::Device, backend: BackendInfo) -> Self::Output {
        let reader = TagReader::open(&self.file, &TagOptions::default(), LabelUse::Unused)?;
        let texts = reader.map(|sentence| sentence.map(|sentence| sentence.words.join(" ")));
        let texts: Vec<String> = texts.collect::<Result<_, _>>()?;
        let texts: Vec<&String> = texts.iter().cycle().take(self.sentences).collect();
        let classifier = TokenClassifier::<B::InnerBackend>::from_pretrained(&self.model, &device)?
            .with_aggregation_strategy(self.strategy)
            .with_batch_size(self.batch);
        // Threads and kernels are ready after one batch.
        classifier.tag(&texts[..texts.len().min(self.batch.get())])?;
        let started = Instant::now();
        let found = classifier.tag(&texts)?;
        let seconds = started.elapsed().as_secs_f64();
        let entity = |entity: &bert_tasks::token::TaggedEntity| {
            json!([entity.chars.start, entity.chars.end, entity.label])
        };
        let entities: Vec<Vec<_>> = found
            .iter()
            .map(|tagged| tagged.entities.iter().map(entity).collect())
            .collect();
        let report = json!({
            "backend": backend.to_string(),
            "sentences": texts.len(),
            "seconds": seconds,
            "peak_mb": peak_memory(),
            "entities": entities,
        });
        println!("{report}");
        Ok(())
    }
}
