//! `ner` and `tag` as a user runs them: what is learned, what is left, and how they end when
//! something is wrong.

use std::fs;
use std::process::Output;

use crate::common::{Case, bert, command, fed, text};
use serde_json::{Value, json};

/// Sentences whose words `p`, `p q` and `z` are names.
fn sentences(count: usize) -> String {
    let sentence = |number: usize| match number % 4 {
        0 => "a O\np B-PER\nq I-PER\nb O\n\n",
        1 => "z B-LOC\nc O\nd O\n\n",
        2 => "the O\nof O\nz B-LOC\np B-PER\n\n",
        _ => "a O\nc O\nd O\n\n",
    };
    (0..count).map(sentence).collect()
}

struct Ner(Case);

impl Ner {
    fn new() -> Self {
        let case = Case::new();
        fs::write(case.path("train.conll"), sentences(24)).unwrap();
        fs::write(case.path("dev.conll"), sentences(8)).unwrap();
        Self(case)
    }

    fn path(&self, name: &str) -> String {
        self.0.path(name).to_str().unwrap().to_owned()
    }

    fn train(&self, out: &str, more: &[&str]) -> Output {
        let mut program = command("ner");
        program.args([
            "--model",
            &self.path("model"),
            "--output-dir",
            &self.path(out),
        ]);
        program.args(["--train-file", &self.path("train.conll")]);
        program.args(["--validation-file", &self.path("dev.conll")]);
        program.args([
            "--max-seq-length=32",
            // The fixture classifies texts, in two classes.
            "--ignore-mismatched-sizes",
            "--train-batch-size=8",
            "--learning-rate=3e-3",
        ]);
        program.args(more).output().unwrap()
    }

    #[track_caller]
    fn trained(&self, out: &str, more: &[&str]) -> String {
        let output = self.train(out, more);
        let said = text(&output.stdout) + &text(&output.stderr);
        assert!(output.status.success(), "{said}");
        said
    }

    fn tag(&self, out: &str, more: &[&str], input: &str) -> Output {
        let mut program = bert(&["tag", "--model", &self.path(out)]);
        fed(program.args(more), input.as_bytes())
    }

    #[track_caller]
    fn tagged(&self, out: &str, more: &[&str], input: &str) -> String {
        let output = self.tag(out, more, input);
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    }

    fn json(&self, path: &str) -> Value {
        serde_json::from_str(&fs::read_to_string(self.0.path(path)).unwrap()).unwrap()
    }

    #[track_caller]
    fn fails(output: &Output, code: i32, parts: &[&str]) {
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{message}");
        for part in parts {
            assert!(message.contains(part), "`{part}` is not in: {message}");
        }
        assert!(!message.contains("panicked"), "{message}");
    }
}

#[test]
fn what_is_learned_is_scored_kept_and_found_again() {
    let ner = Ner::new();
    let test = ner.path("dev.conll");
    ner.trained("out", &["--num-train-epochs=12", "--test-file", &test]);
    let results = ner.json("out/eval_results.json");
    assert_eq!(results["f1"], 1.0, "{results}");
    assert_eq!(ner.json("out/test_results.json")["f1"], 1.0);
    let config = ner.json("out/config.json");
    assert_eq!(
        config["architectures"],
        json!(["BertForTokenClassification"])
    );
    let labels = json!({"0": "B-LOC", "1": "B-PER", "2": "I-PER", "3": "O"});
    assert_eq!(config["id2label"], labels);
    let lines = fs::read_to_string(ner.0.path("out/predictions.txt")).unwrap();
    let expected: String = sentences(8)
        .lines()
        .map(|line| match line.split_once(' ') {
            Some((word, tag)) => format!("{word} {tag} {tag}\n"),
            None => "\n".to_owned(),
        })
        .collect();
    assert_eq!(lines, expected);

    // The same by `evaluate` and by `predict`, which finds out what the model is for.
    let scored = bert(&["evaluate", "--task", "ner", "--max-seq-length=32"])
        .args([
            "--model",
            &ner.path("out"),
            "--output-dir",
            &ner.path("scored"),
        ])
        .args(["--validation-file", &test])
        .output()
        .unwrap();
    assert!(scored.status.success(), "{}", text(&scored.stderr));
    assert_eq!(ner.json("scored/eval_results.json")["f1"], 1.0);
    let predicted = bert(&["predict", "--model", &ner.path("out"), "the of z p"])
        .output()
        .unwrap();
    let found: Value = serde_json::from_slice(&predicted.stdout).unwrap();
    let span = |at: usize| {
        (
            found["spans"][at]["start"].as_u64(),
            found["spans"][at]["label"].as_str(),
        )
    };
    assert_eq!(span(0), (Some(7), Some("LOC")));
    assert_eq!(span(1), (Some(9), Some("PER")));

    // In every form, from every form.
    let brackets = ner.tagged("out", &["--output-format", "text", "a p q b"], "");
    assert_eq!(brackets, "a [p q PER] b\n");
    let lines = ner.tagged("out", &["--output-format", "text"], "a p q b\n\nz c d\n");
    assert_eq!(lines, "a [p q PER] b\n\n[z LOC] c d\n");
    let columns = ner.tagged("out", &["--file", &test, "--output-format", "conll"], "");
    assert_eq!(columns.replace('\t', " "), sentences(8));
    let tokens = "{\"tokens\": [\"a\", \"p\", \"q\", \"b\"]}\n";
    let tokens = ner.tagged("out", &["--file", "-", "--format", "jsonl"], tokens);
    let found: Value = serde_json::from_str(&tokens).unwrap();
    assert_eq!(found["ner_tags"], json!(["O", "B-PER", "I-PER", "O"]));

    // What comes out goes in again.
    fs::write(ner.0.path("texts.txt"), "a p q b\nz c d\n").unwrap();
    let (texts, spans) = (ner.path("texts.txt"), ner.path("spans.jsonl"));
    ner.tagged("out", &["--file", &texts, "--output", &spans], "");
    let again = bert(&["evaluate", "--task", "ner", "--max-seq-length=32"])
        .args([
            "--model",
            &ner.path("out"),
            "--output-dir",
            &ner.path("again"),
        ])
        .args(["--validation-file", &spans])
        .output()
        .unwrap();
    assert!(again.status.success(), "{}", text(&again.stderr));
    assert_eq!(ner.json("again/eval_results.json")["f1"], 1.0);
    let taken = ner.tag("out", &["--file", &texts, "--output", &spans], "");
    Ner::fails(&taken, 1, &["is there already", "--overwrite"]);
}

#[test]
fn a_crf_is_kept_with_the_model() {
    let ner = Ner::new();
    let args = [
        "--crf",
        "--num-train-epochs=12",
        "--head-learning-rate=3e-2",
    ];
    ner.trained("out", &args);
    assert_eq!(ner.json("out/eval_results.json")["f1"], 1.0);
    assert_eq!(ner.json("out/config.json")["crf"], true);
    assert_eq!(
        ner.tagged("out", &["--output-format=text", "a p q b"], ""),
        "a [p q PER] b\n"
    );
    let other = ner.tag("out", &["--aggregation-strategy=max", "a p"], "");
    Ner::fails(
        &other,
        1,
        &["--aggregation-strategy max is not for a model with a CRF"],
    );
    // A further training goes on from it, with it or without.
    let model = ner.path("out");
    for (out, more) in [("with", &["--crf"][..]), ("without", &[])] {
        let output = bert(&["train", "--task", "ner", "--model", &model])
            .args([
                "--output-dir",
                &ner.path(out),
                "--max-seq-length=32",
                "--max-steps=2",
            ])
            .args(["--train-file", &ner.path("train.conll")])
            .args(["--validation-file", &ner.path("dev.conll")])
            .args(more)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert_eq!(
            ner.json(&format!("{out}/config.json"))["crf"] == true,
            !more.is_empty()
        );
    }
    let smooth = ner.train("other", &["--crf", "--label-smoothing=0.1"]);
    Ner::fails(&smooth, 2, &["--label-smoothing", "a CRF"]);
    let pieces = ner.train("other", &["--crf", "--label-all-pieces"]);
    Ner::fails(&pieces, 2, &["--crf", "--label-all-pieces"]);
}

#[test]
fn long_sentences_are_read_in_windows() {
    let ner = Ner::new();
    let long: String = sentences(40).replace("\n\n", "\n") + "\n";
    fs::write(ner.0.path("dev.conll"), &long).unwrap();
    fs::write(ner.0.path("train.conll"), long.repeat(20)).unwrap();
    let epochs = "--num-train-epochs=12";
    ner.trained("out", &[epochs, "--stride=6", "--label-all-pieces"]);
    let score = ner.json("out/eval_results.json")["f1"].as_f64().unwrap();
    assert!(score > 0.9, "{score}");
    let words: Vec<&str> = long.split_whitespace().step_by(2).collect();
    let more = ["--output-format=conll", "--max-seq-length=16", "--stride=6"];
    let found = ner.tagged("out", &more, &words.join(" "));
    assert_eq!(found.lines().count(), words.len() + 1);
    let none = ner.tag(
        "out",
        &["--max-seq-length=8", "--stride=6"],
        &words.join(" "),
    );
    Ner::fails(&none, 1, &["--max-seq-length 8", "--stride"]);
}

#[test]
fn what_is_wrong_is_named_with_file_and_line() {
    let ner = Ner::new();
    let write = |name: &str, content: &str| fs::write(ner.0.path(name), content).unwrap();
    write("dev.conll", "a O\nb B-ORG\n");
    Ner::fails(&ner.train("out", &[]), 1, &["dev.conll, line 2", "B-ORG"]);
    write("dev.conll", "a O\nb\n");
    Ner::fails(&ner.train("out", &[]), 1, &["dev.conll, line 2", "columns"]);
    let sequence = ner.tag("model", &["a b"], "");
    Ner::fails(
        &sequence,
        1,
        &["BertForSequenceClassification", "not one of tokens"],
    );
    Ner::fails(&ner.tag("model", &["--file=x", "a"], ""), 2, &["--file"]);
}

#[test]
fn text_of_any_kind_has_its_places() {
    let ner = Ner::new();
    ner.trained("out", &["--max-steps=1"]);
    let texts = [
        "é\u{301} 東京 \t É!",
        "",
        &"x".repeat(20_000),
        "☃ [SEP] a\u{ad}b",
    ];
    for strategy in ["none", "simple", "first", "average", "max"] {
        let flag = format!("--aggregation-strategy={strategy}");
        let found = ner.tagged("out", &[&flag], &(texts.join("\n") + "\n"));
        let lines: Vec<Value> = found
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), texts.len());
        for (line, text) in lines.iter().zip(texts) {
            assert_eq!(line["text"], text);
            for span in line["spans"].as_array().unwrap() {
                let place = |key: &str| span[key].as_u64().unwrap() as usize;
                let (start, end) = (place("start"), place("end"));
                let inside: String = text.chars().skip(start).take(end - start).collect();
                assert_eq!(span["text"], inside);
            }
        }
    }
}
