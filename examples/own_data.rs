//! Data of your own: any table of texts with labels, from the file to a fine-tuned model.
//!
//! ```sh
//! cargo run --release --example own_data                          # on the shipped table
//! cargo run --release --example own_data -- train.csv bert-base-uncased
//! ```

use std::error::Error;

use bert_data::table::{ColumnOptions, LabelUse, TableOptions, read_tables, stratified_split};
use bert_data::{Label, PairExample};
use bert_tasks::prelude::*;
use burn::backend::Flex;

fn main() -> Result<(), Box<dyn Error>> {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/data");
    let mut words = std::env::args().skip(1);
    let file = words.next().unwrap_or(format!("{data}/requests/train.csv"));
    let model = words.next().unwrap_or(format!("{data}/bert-nano"));

    // What the labels are, and what they are called, is found out from the file.
    let (options, columns) = (TableOptions::default(), ColumnOptions::default());
    let table = read_tables(&[file.into()], &options, &columns, LabelUse::Required)?;
    let kind = table.label_kind()?;
    let names = table.label_names(kind)?;
    let examples = table.examples(kind, &names)?;

    let labels: Vec<Label> = examples
        .iter()
        .filter_map(|example| example.label.clone())
        .collect();
    let (train, dev) = stratified_split(&labels, &names, 0.1, 42)?;
    let of = |rows: Vec<usize>| -> Vec<PairExample> {
        rows.into_iter().map(|row| examples[row].clone()).collect()
    };
    let label_names: Vec<&str> = names.names().iter().map(String::as_str).collect();
    let arguments = TrainingArguments::default().with_learning_rate(3e-4);
    let tuned = Trainer::<Autodiff<Flex>>::new(model, "out/own_data", arguments)?
        .with_options(|options| options.resume = Resume::Overwrite)
        .fit_classifier(&label_names, &of(train), &of(dev))?;
    let best = tuned.best.ok_or("stopped before the first evaluation")?;
    println!(
        "accuracy {:.4}",
        best.evaluation.score("accuracy").unwrap_or_default()
    );
    Ok(())
}
