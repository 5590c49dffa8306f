//! One program, any backend: what is generic over `BertBackend` runs wherever a tensor of Burn does.
//!
//! Here it labels the same pairs on two of them and compares. A backend that neither Burn nor this
//! project knows is a type with Burn's `Backend` and, beside it, `impl BertBackend for It {}`: every
//! operation has a body in Burn's own, to be overridden where that pays.
//!
//! ```sh
//! cargo run --release --example own_backend --features ndarray
//! ```

use std::error::Error;
use std::time::Instant;

use bert_tasks::prelude::*;
use bert_tasks::sequence::BertForNextSentencePrediction;
use burn::backend::{Flex, NdArray};

type Pair<'a> = (&'a str, Option<&'a str>);

/// How likely the second text of each pair follows the first.
fn follows<B: BertBackend>(pairs: &[Pair<'_>]) -> Result<Vec<f64>, Box<dyn Error>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/data/bert-nano");
    let started = Instant::now();
    let device = B::Device::default();
    let classifier =
        Classifier::<B, BertForNextSentencePrediction<B>>::from_pretrained(folder, &device)?;
    let classes = classifier.classify(pairs)?;
    println!("{} took {:.2?}", B::name(&device), started.elapsed());
    Ok(classes.iter().map(|class| class.probabilities[0]).collect())
}

fn main() -> Result<(), Box<dyn Error>> {
    let first = "The Congress should act on the budget.";
    let pairs = [
        (first, Some("It is of great importance to the people.")),
        (
            first,
            Some("The islands were taken by the navy in that year."),
        ),
    ];
    let (flex, ndarray) = (follows::<Flex>(&pairs)?, follows::<NdArray>(&pairs)?);
    for ((_, second), (a, b)) in pairs.iter().zip(flex.iter().zip(&ndarray)) {
        println!("{a:.4} {b:.4} {}", second.unwrap_or_default());
        assert!((a - b).abs() < 1e-4, "backends do not differ");
    }
    Ok(())
}
