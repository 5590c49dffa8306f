//! Scores of published predictions on SQuAD's dev sets.
//!
//! `SQUAD_DIR` is a folder with the dev sets and, in `predictions`, BERT's answers to them:
//!
//!     SQUAD_DIR=... cargo test -p bert-tasks --test squad -- --ignored

use std::collections::HashMap;
use std::path::PathBuf;

use bert_tasks::metrics::{GoldQuestion, squad_v1_scores, squad_v2_scores};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Percent: the official scripts' results are known to as many digits as an f64 has.
const TOLERANCE: f64 = 1e-9;

fn read<T: DeserializeOwned>(name: &str) -> T {
    let folder = std::env::var_os("SQUAD_DIR").expect("SQUAD_DIR names a folder");
    let path = PathBuf::from(folder).join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap()
}

fn questions(data: &Value) -> Vec<GoldQuestion<'_>> {
    let mut questions = Vec::new();
    for article in data["data"].as_array().unwrap() {
        for paragraph in article["paragraphs"].as_array().unwrap() {
            for question in paragraph["qas"].as_array().unwrap() {
                let answers = question["answers"].as_array().unwrap().iter();
                questions.push(GoldQuestion {
                    id: question["id"].as_str().unwrap(),
                    answers: answers.map(|a| a["text"].as_str().unwrap()).collect(),
                });
            }
        }
    }
    questions
}

fn assert_scores(found: [f64; 2], expected: [f64; 2]) {
    let close = |(found, expected): (f64, f64)| (found - expected).abs() < TOLERANCE;
    let mut pairs = found.into_iter().zip(expected);
    assert!(pairs.all(close), "{found:?}, expected {expected:?}");
}

#[test]
#[ignore = "needs SQuAD; see SQUAD_DIR"]
fn berts_predictions_for_squad_1_1_have_the_official_scores() {
    let data: Value = read("dev-v1.1.rebuilt.json");
    let predictions: HashMap<String, String> = read("predictions/v1.1-bert-ensemble.json");
    let scores = squad_v1_scores(&questions(&data), &predictions);
    assert_eq!(scores.total, 10_570);
    assert_scores(
        [scores.exact, scores.f1],
        [86.206_244_087_038_78, 92.195_579_783_511_29],
    );
}

#[test]
#[ignore = "needs SQuAD; see SQUAD_DIR"]
fn berts_predictions_for_squad_2_0_have_the_official_scores() {
    let data: Value = read("dev-v2.0.rebuilt.json");
    let predictions: HashMap<String, String> = read("predictions/v2.0-bert-single.json");
    let scores = squad_v2_scores(&questions(&data), &predictions, None);
    assert_eq!(scores.total, 11_873);
    assert_scores(
        [scores.exact, scores.f1],
        [78.741_682_809_736_37, 81.775_280_523_747_27],
    );
    let (has_ans, no_ans) = (scores.has_ans.unwrap(), scores.no_ans.unwrap());
    assert_eq!((has_ans.total, no_ans.total), (5_928, 5_945));
    assert_scores(
        [has_ans.exact, has_ans.f1],
        [74.105_937_921_727_39, 80.181_832_938_335_16],
    );
    assert_scores([no_ans.exact, no_ans.f1], [83.364_171_572_750_21; 2]);
}
