//! What the examples run on when nothing is given: a small BERT and the texts that come with them.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use bert_tasks::training::TrainingArguments;

/// The folder of bert-nano, a small BERT that `pretrain` made.
pub fn bert_nano() -> PathBuf {
    shipped("bert-nano")
}

/// The folder with `train.tsv` and `dev.tsv` in MRPC's layout.
pub fn paraphrases() -> PathBuf {
    shipped("paraphrases")
}

/// The folder with `train.csv` and `validation.csv`: what people ask an assistant for, by topic.
pub fn requests() -> PathBuf {
    shipped("requests")
}

/// The folder with `train.conll` and `dev.conll`: sentences with names of persons, places and
/// organisations.
pub fn entities() -> PathBuf {
    shipped("entities")
}

/// The folder with `train.json` and `dev.json` in SQuAD's shape.
pub fn questions() -> PathBuf {
    shipped("questions")
}

/// The folder with `train.jsonl` and `dev.jsonl`: questions on stories, with choices.
pub fn choices() -> PathBuf {
    shipped("choices")
}

/// The passages of the questions as plain text: a paragraph a line, a blank line between documents.
pub fn passages() -> PathBuf {
    questions().join("passages.txt")
}

/// What a model as small as bert-nano needs: a higher learning rate and more passes than BERT.
pub fn arguments() -> TrainingArguments {
    TrainingArguments::default()
        .with_learning_rate(3e-4)
        .with_num_train_epochs(5)
        .with_train_batch_size(NonZeroUsize::new(16).expect("written here, above zero"))
}

/// What is to be done where an error is about a file of these that is no longer there: they stay
/// with the source, which may be gone once a program is installed.
pub fn missing(message: &str) -> Option<String> {
    let folder = data();
    let is_about = message.contains(&folder.display().to_string());
    (is_about && !folder.is_dir()).then(|| {
        format!(
            "the small BERT and the texts for a first run came with the source of this program, in \
             {}, and are no longer there; give a model and data of your own, as --help shows",
            folder.display()
        )
    })
}

fn shipped(name: &str) -> PathBuf {
    data().join(name)
}

fn data() -> PathBuf {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("examples");
    examples.join("data")
}
