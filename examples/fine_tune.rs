//! The library, from a model folder and labelled texts to a fine-tuned model.
//!
//! ```sh
//! cargo run --release --example fine_tune                                # on the shipped sample
//! cargo run --release --example fine_tune -- bert-base-uncased MRPC out/fine-tuned
//! ```

use std::error::Error;

use bert_tasks::prelude::*;
use burn::backend::Flex;

type Backend = Autodiff<Flex>;

fn main() -> Result<(), Box<dyn Error>> {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/data");
    let mut words = std::env::args().skip(1);
    let mut or = |default: String| words.next().unwrap_or(default);
    let model = or(format!("{data}/bert-nano"));
    let texts = or(format!("{data}/paraphrases"));
    let output_dir = or("out/fine_tune".to_owned());

    let train = read_split(GlueTask::Mrpc, &texts, Split::Train)?;
    let dev = read_split(GlueTask::Mrpc, &texts, Split::Dev)?;
    let arguments = TrainingArguments::default()
        .with_learning_rate(3e-4)
        .with_num_train_epochs(3);
    let tuned = Trainer::<Backend>::new(model, &output_dir, arguments)?
        .with_options(|options| options.resume = Resume::Overwrite)
        .fit_classifier(GlueTask::Mrpc.label_names(), &train, &dev)?;
    if let Some(best) = tuned.best {
        let (f1, epoch) = (best.evaluation.score("f1").unwrap_or_default(), best.epoch);
        println!("F1 {f1:.4} in epoch {epoch}; the model is in {output_dir}");
    }
    Ok(())
}
