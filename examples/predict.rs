//! The library, from a fine-tuned folder and texts to labels.
//!
//! ```sh
//! cargo run --release --example predict -- out/fine_tune "A text." "Another one."
//! ```

use std::error::Error;

use bert_tasks::prelude::*;
use burn::backend::Flex;

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let folder = words
        .next()
        .ok_or("give a model folder, a text, and the other text of a pair")?;
    let texts: Vec<String> = words.collect();
    let (first, second) = (texts.first().ok_or("give a text")?, texts.get(1));

    let classifier = Classifier::<Flex>::from_pretrained(folder, &Default::default())?;
    for class in classifier.classify(&[(first, second.map(String::as_str))])? {
        println!("{} {:.3}", class.label, class.probability);
    }
    Ok(())
}
