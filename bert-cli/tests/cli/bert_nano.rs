//! The model that comes with the examples: it is what its README says, and what they start from.

use std::fs;

use crate::common::{command, text};
use bert_cli::sample;
use bert_core::weights::LoadPolicy;
use bert_tasks::ModelFolder;
use bert_tasks::pretraining::BertForPreTraining;
use burn::backend::Flex;
use burn::module::Module;

#[test]
fn it_is_small_and_whole() {
    let path = sample::bert_nano();
    let files = fs::read_dir(&path).unwrap();
    let bytes: u64 = files
        .map(|file| file.unwrap().metadata().unwrap().len())
        .sum();
    assert!(bytes < 8_000_000, "{bytes} bytes");

    let folder = ModelFolder::open(&path).unwrap();
    assert_eq!(folder.tokenizer.vocab_size(), folder.config.vocab_size);
    let (model, report): (BertForPreTraining<Flex>, _) = folder
        .load(&path, &LoadPolicy::strict(), 0, &Default::default())
        .unwrap();
    assert!(
        report.left_fresh.is_empty() && report.unused.is_empty(),
        "{report}"
    );
    assert!(model.num_params() < 4_000_000);
}

#[test]
fn a_task_starts_from_it_when_nothing_is_given() {
    let out = tempfile::tempdir().unwrap();
    let run = |more: &[&str]| {
        let mut mrpc = command("mrpc");
        mrpc.args(["--max-steps=1", "--max-seq-length=16", "--dashboard=plain"]);
        mrpc.arg("--output-dir").arg(out.path()).args(more);
        let output = mrpc.output().unwrap_or_else(|e| panic!("{mrpc:?}: {e}"));
        let said = text(&output.stdout) + &text(&output.stderr);
        assert!(output.status.success(), "{said}");
        said
    };
    let said = run(&[]);
    assert!(said.contains("bert-nano on the shipped sample"), "{said}");
    assert!(said.contains("missing (freshly initialised): 2"), "{said}");
    let said = run(&["--from-scratch", "--overwrite-output-dir"]);
    assert!(!said.contains("freshly initialised"), "{said}");
}
