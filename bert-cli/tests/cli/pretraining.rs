//! `pretrain`, `nsp` and `fill_mask` as a user runs them, one on what the other leaves.

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use crate::common::{command, newest_checkpoint, text};
use serde_json::Value;
use tempfile::TempDir;

/// Forty documents of four sentences, each with a word of its own.
fn corpus() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let names = ["owl", "fox", "hare", "crow", "toad", "mole", "deer", "wren"];
    let document = |number: usize| {
        let name = names[number % names.len()];
        format!(
            "The {name} lives by river {number}. Every night the {name} looks for food.\n\
             Once the {name} found {number} berries. Nobody saw the {name} again.\n\n"
        )
    };
    let text: String = (0..40).map(document).collect();
    fs::write(folder.path().join("text.txt"), text).unwrap();
    folder
}

const SMALL: [&str; 8] = [
    "--vocab-size=120",
    "--hidden-size=16",
    "--num-hidden-layers=1",
    "--num-attention-heads=2",
    "--intermediate-size=32",
    "--max-position-embeddings=48",
    "--max-seq-length=32",
    "--train-batch-size=8",
];

struct Corpus(TempDir);

impl Corpus {
    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Output {
        let mut command = command(program);
        command.args(arguments).current_dir(self.0.path());
        command
            .output()
            .unwrap_or_else(|e| panic!("{command:?}: {e}"))
    }

    #[track_caller]
    fn succeeds(&self, program: &str, arguments: &[&str]) -> String {
        let output = self.run(program, arguments);
        let log = text(&output.stdout);
        assert!(output.status.success(), "{log}{}", text(&output.stderr));
        log
    }

    #[track_caller]
    fn fails(&self, program: &str, arguments: &[&str], parts: &[&str]) {
        let output = self.run(program, arguments);
        let message = text(&output.stderr);
        assert!(!output.status.success());
        for part in parts {
            assert!(message.contains(part), "`{part}` is not in: {message}");
        }
        assert!(!message.contains("panicked"), "{message}");
    }

    fn pretrain(&self, out: &str, more: &[&str]) -> String {
        let arguments = [
            "--text=text.txt",
            "--held-out-share=0.2",
            "--output-dir",
            out,
        ];
        self.succeeds("pretrain", &[&arguments, &SMALL[..], more].concat())
    }

    fn json(&self, path: &str) -> Value {
        serde_json::from_str(&fs::read_to_string(self.path(path)).unwrap()).unwrap()
    }
}

#[test]
fn a_corpus_becomes_a_model_that_other_programs_take() {
    let corpus = Corpus(corpus());
    let log = corpus.pretrain("out", &["--num-train-epochs=2"]);
    assert!(log.contains("40 documents, 160 sentences"), "{log}");
    let results = corpus.json("out/eval_results.json");
    for key in [
        "loss",
        "mlm_loss",
        "mlm_accuracy",
        "nsp_loss",
        "nsp_accuracy",
    ] {
        assert!(results[key].is_f64(), "{key}: {results}");
    }
    let config = corpus.json("out/config.json");
    assert_eq!(config["architectures"][0], "BertForPreTraining");

    // The saved model scores as it did.
    let scored = [
        "--text=text.txt",
        "--held-out-share=0.2",
        "--max-seq-length=32",
    ];
    let again = ["--model=out", "--eval-only", "--output-dir=again"];
    corpus.succeeds("pretrain", &[scored, again].concat());
    let again = corpus.json("again/eval_results.json");
    let difference = |key: &str| again[key].as_f64().unwrap() - results[key].as_f64().unwrap();
    assert!(difference("mlm_loss").abs() < 1e-5 && difference("nsp_loss").abs() < 1e-5);
    assert_eq!(again["masked_tokens"], results["masked_tokens"]);

    let filled = corpus.succeeds(
        "fill_mask",
        &["--model=out", "--top-k=3", "The [MASK] lives by [MASK]."],
    );
    assert_eq!(filled.lines().count(), 6);
    assert!(
        filled.starts_with("1  0.") && filled.contains("\n2  0."),
        "{filled}"
    );

    let nsp = [
        "--model=out",
        "--text=text.txt",
        "--held-out-share=0.2",
        "--max-seq-length=32",
    ];
    let log = corpus.succeeds(
        "nsp",
        &[&nsp[..], &["--num-train-epochs=1", "--output-dir=nsp"]].concat(),
    );
    assert!(log.contains("accuracy"), "{log}");
    let config = corpus.json("nsp/config.json");
    assert_eq!(config["architectures"][0], "BertForNextSentencePrediction");
    assert_eq!(config["id2label"]["0"], "is_next");
}

#[test]
fn a_stopped_pretraining_goes_on_to_the_same_model() {
    let weights = |corpus: &Corpus| fs::read(corpus.path("out/model.safetensors")).unwrap();
    let more = ["--num-train-epochs=2", "--save-steps=3"];
    let whole = Corpus(corpus());
    whole.pretrain("out", &more);
    let parts = Corpus(corpus());
    parts.pretrain("out", &more);
    fs::remove_dir_all(newest_checkpoint(&parts.path("out"))).unwrap();
    parts.pretrain("out", &[&more[..], &["--resume"]].concat());
    assert!(weights(&whole) == weights(&parts), "another model");
}

#[test]
fn hidden_tokens_alone_are_trained_scored_and_gone_on_with() {
    let corpus = Corpus(corpus());
    let alone = [
        "--no-next-sentence",
        "--num-train-epochs=2",
        "--save-steps=3",
    ];
    corpus.pretrain("out", &alone);
    let config = corpus.json("out/config.json");
    assert_eq!(config["architectures"][0], "BertForMaskedLM");
    let results = corpus.json("out/eval_results.json");
    assert_eq!(results["loss"], results["mlm_loss"]);
    assert!(results["mlm_accuracy"].is_f64() && results["nsp_accuracy"].is_null());
    let page = fs::read_to_string(corpus.path("out/report.html")).unwrap();
    assert!(page.contains("mlm_accuracy") && !page.contains("nsp_accuracy"));

    let weights = || fs::read(corpus.path("out/model.safetensors")).unwrap();
    let whole = weights();
    fs::remove_dir_all(newest_checkpoint(&corpus.path("out"))).unwrap();
    corpus.pretrain("out", &[&alone[..], &["--resume"]].concat());
    assert!(whole == weights(), "another model");

    let scored = [
        "--text=text.txt",
        "--held-out-share=0.2",
        "--max-seq-length=32",
    ];
    let again = [
        "--model=out",
        "--eval-only",
        "--no-next-sentence",
        "--output-dir=again",
    ];
    corpus.succeeds("pretrain", &[&scored[..], &again[..]].concat());
    let again = corpus.json("again/eval_results.json");
    let difference = again["mlm_loss"].as_f64().unwrap() - results["mlm_loss"].as_f64().unwrap();
    assert!(difference.abs() < 1e-5, "{again} {results}");
    corpus.succeeds("fill_mask", &["--model=out", "The [MASK] lives."]);
}

#[test]
fn what_cannot_be_pretrained_is_said() {
    let corpus = Corpus(corpus());
    corpus.fails("pretrain", &["--text=nowhere.txt"], &["nowhere.txt"]);
    fs::write(corpus.path("bad.txt"), b"one\n\xff\n").unwrap();
    corpus.fails("pretrain", &["--text=bad.txt"], &["bad.txt", "line 2"]);
    fs::write(corpus.path("empty.txt"), "\n\n").unwrap();
    corpus.fails("pretrain", &["--text=empty.txt"], &["empty.txt"]);
    fs::write(corpus.path("one.txt"), "A dog. A cat. A cow.\n").unwrap();
    let one = [&["--text=one.txt"][..], &SMALL[..]].concat();
    corpus.fails(
        "pretrain",
        &one,
        &["blank line, or change --held-out-share (0.05)"],
    );
    let no_pairs = [&one[..], &["--held-out-share=0"]].concat();
    corpus.fails(
        "pretrain",
        &no_pairs,
        &[", or train with --no-next-sentence"],
    );
    let shares = ["--text=text.txt", "--no-next-sentence", "--copy-share=0.5"];
    corpus.fails("pretrain", &shares, &["cannot be used with"]);
    corpus.fails(
        "pretrain",
        &["--text=text.txt", "--masked-lm-prob=2"],
        &["--masked-lm-prob is 2; it must be between 0 and 1"],
    );
    corpus.fails(
        "fill_mask",
        &["--model=./nowhere", "a [MASK]"],
        &["nowhere"],
    );
    corpus.pretrain("out", &["--max-steps=1"]);
    corpus.fails("fill_mask", &["--model=out", "no hole"], &["no [MASK]"]);
    let long = "a b c ".repeat(100) + "[MASK]";
    corpus.fails("fill_mask", &["--model=out", &long], &["positions for 48"]);
}
