//! The sample data of the examples is what its README says.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use bert_data::{BertTokenizer, Casing, EncodedDataset, GlueTask, Split, read_split};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/data/paraphrases")
}

#[test]
fn both_splits_read_and_no_sentence_comes_twice() {
    let mut sentences = HashSet::new();
    for (split, size, positive) in [(Split::Train, 400, 240), (Split::Dev, 100, 60)] {
        let examples = read_split(GlueTask::Mrpc, folder(), split).unwrap();
        assert_eq!(examples.len(), size);
        assert_eq!(
            examples.iter().filter(|e| e.label == Some(1)).count(),
            positive
        );
        for example in examples {
            assert!(sentences.insert(example.text_a));
            assert!(sentences.insert(example.text_b.unwrap()));
        }
    }
}

#[test]
fn the_vocabulary_spells_every_word() {
    let tokenizer = BertTokenizer::from_folder(folder()).unwrap();
    assert_eq!(
        (tokenizer.casing(), tokenizer.pad_id()),
        (Casing::Uncased, 0)
    );
    assert!(tokenizer.vocab_size() <= 2000);
    for split in [Split::Train, Split::Dev] {
        let examples = read_split(GlueTask::Mrpc, folder(), split).unwrap();
        let dataset = EncodedDataset::encode(&tokenizer, &examples, 64).unwrap();
        assert_eq!(dataset.num_truncated(), 0);
        let unk = tokenizer.unk_id();
        assert!(
            dataset
                .encodings()
                .iter()
                .all(|encoding| !encoding.input_ids.contains(&unk))
        );
    }
}
