//! What `bert-data` reads: a tokenizer's folder and files of data. Bytes are read or refused.

#[path = "scratch.rs"]
mod scratch;

use bert_data::squad::{BadExamples, read_squad};
use bert_data::{BertTokenizer, GlueTask, Label, read_file};

use scratch::{split, with_files};

/// Its name and what it does with the bytes of a file.
#[allow(dead_code)]
pub type Target = (&'static str, fn(&[u8]));

/// Every target. A fuzzer's program has only one of them.
#[allow(dead_code)]
pub const TARGETS: [Target; 3] = [
    ("tokenizer_folder", tokenizer_folder),
    ("glue_tsv", glue_tsv),
    ("squad_json", squad_json),
];

/// The files that a tokenizer is read from.
const TOKENIZER_FILES: [&str; 6] = [
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
    "special_tokens_map.json",
    "added_tokens.json",
    "config.json",
];

/// A tokenizer's folder, each file after a line `--- NAME`. Every id is one of the vocabulary.
pub fn tokenizer_folder(bytes: &[u8]) {
    with_files(&split(bytes, &TOKENIZER_FILES), |folder| {
        let Ok(tokenizer) = BertTokenizer::from_folder(folder) else {
            return;
        };
        for text in [
            "",
            "The café's 中文 [MASK] ##s \u{0}\u{301}😀",
            "a b\tc\r\nd",
        ] {
            if let Ok(ids) = tokenizer.word_pieces(text) {
                let size = tokenizer.vocab_size();
                assert!(ids.iter().all(|&id| (id as usize) < size), "{ids:?}");
                tokenizer.decode(&ids);
                tokenizer.count_unknown(&ids);
            }
        }
    });
}

/// A file of any task of GLUE. Every label is one of the task's.
pub fn glue_tsv(bytes: &[u8]) {
    with_files(&[("train.tsv", bytes)], |folder| {
        for task in GlueTask::ALL {
            let examples = read_file(task, folder.join("train.tsv"));
            let labels = examples.iter().flatten().flat_map(|example| &example.label);
            for label in labels {
                assert!(match label {
                    Label::Class(class) => *class < task.label_names().len(),
                    Label::Number(number) => task.is_regression() && (0.0..=5.0).contains(number),
                    Label::Classes(_) => false,
                });
            }
        }
    });
}

/// A file of questions. Every answer is a piece of its passage.
pub fn squad_json(bytes: &[u8]) {
    with_files(&[("train.json", bytes)], |folder| {
        for bad in [BadExamples::Correct, BadExamples::Drop, BadExamples::Error] {
            let read = read_squad(folder.join("train.json"), bad);
            let Ok((examples, report)) = read else {
                continue;
            };
            assert_eq!(examples.len(), report.kept);
            for example in examples {
                for answer in &example.answers {
                    assert_eq!(example.context[answer.range()], answer.text);
                }
            }
        }
    });
}
