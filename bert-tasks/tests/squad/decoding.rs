//! Decoding against a fixture made by `make_squad_decoding.py`, which follows transformers.

use std::collections::BTreeSet;

use bert_tasks::span::{
    Decoded, DecodingOptions, PLACEHOLDER, Window, decode, nbest_json, null_odds_json,
    predictions_json,
};
use serde_json::Value;

fn questions() -> Vec<Value> {
    serde_json::from_str(include_str!("../fixtures/squad_decoding.json")).unwrap()
}

fn options(question: &Value) -> DecodingOptions {
    let options = &question["options"];
    let size = |name: &str| options[name].as_u64().unwrap() as usize;
    DecodingOptions {
        version_2_with_negative: options["version_2_with_negative"].as_bool().unwrap(),
        n_best_size: size("n_best_size"),
        max_answer_length: size("max_answer_length"),
        null_score_diff_threshold: options["null_score_diff_threshold"].as_f64().unwrap() as f32,
    }
}

fn floats(value: &Value) -> Vec<f32> {
    let values = value.as_array().unwrap().iter();
    values.map(|v| v.as_f64().unwrap() as f32).collect()
}

fn decode_question(question: &Value) -> Decoded {
    let rows: Vec<_> = question["windows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|window| {
            let offsets: Vec<(u32, u32)> =
                serde_json::from_value(window["offsets"].clone()).unwrap();
            let passage = window["passage"].as_u64().unwrap() as usize;
            let [starts, ends] = ["start_logits", "end_logits"].map(|name| floats(&window[name]));
            (starts, ends, passage, offsets)
        })
        .collect();
    let windows: Vec<Window<'_>> = rows
        .iter()
        .map(|(start_logits, end_logits, passage, offsets)| Window {
            start_logits,
            end_logits,
            cls: 0,
            passage: *passage,
            offsets,
        })
        .collect();
    let context = question["context"].as_str().unwrap();
    decode(context, &windows, &options(question)).unwrap()
}

#[test]
fn answers_probabilities_and_null_odds_equal_transformers() {
    equal_transformers(questions());
}

#[test]
#[ignore = "needs SQUAD_DECODING, a file that make_squad_decoding.py --dev has written"]
fn answers_to_real_questions_equal_transformers() {
    let path = std::env::var_os("SQUAD_DECODING").expect("SQUAD_DECODING names a file");
    let text = std::fs::read_to_string(path).unwrap();
    let questions: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert!(questions.len() >= 1000);
    equal_transformers(questions);
}

fn equal_transformers(questions: Vec<Value>) {
    for question in questions {
        let (id, decoded) = (&question["id"], decode_question(&question));
        assert_eq!(decoded.answer, question["prediction"], "{id}");
        let odds = question["null_odds"].as_f64().map(|odds| odds as f32);
        assert_eq!(decoded.null_odds, odds, "{id}");

        let expected = question["nbest"].as_array().unwrap();
        assert_eq!(decoded.n_best.len(), expected.len(), "{id}");
        for (rank, (found, expected)) in decoded.n_best.iter().zip(expected).enumerate() {
            let number = |name: &str| expected[name].as_f64().unwrap();
            assert_eq!(found.text, expected["text"], "{id}, rank {rank}");
            let logits = [found.start_logit, found.end_logit].map(f64::from);
            let expected_logits = [number("start_logit"), number("end_logit")];
            assert_eq!(logits, expected_logits, "{id}, rank {rank}");
            let difference = found.probability - number("probability");
            assert!(difference.abs() < 1e-6, "{id}, rank {rank}: {difference}");
        }
    }
}

#[test]
fn the_fixture_has_the_rare_cases() {
    let questions = questions();
    let has = |what: &str, case: &dyn Fn(&Value) -> bool| {
        assert!(questions.iter().any(case), "no question with {what}");
    };
    let count = |value: &Value| value.as_array().unwrap().len();
    has("many windows", &|q| count(&q["windows"]) > 4);
    has("an empty passage", &|q| q["context"] == "");
    has("no answer", &|q| q["prediction"] == "");
    has("a placeholder", &|q| q["prediction"] == PLACEHOLDER);
    has("no answer added to a full list", &|q| {
        count(&q["nbest"]) as u64 == 1 + q["options"]["n_best_size"].as_u64().unwrap()
    });
    has("equal scores of different answers", &|q| {
        let entries = q["nbest"].as_array().unwrap();
        let different: BTreeSet<String> = entries
            .iter()
            .filter(|entry| entry["probability"] == entries[0]["probability"])
            .map(|entry| entry["text"].to_string())
            .collect();
        different.len() > 3
    });
    has("characters of several bytes before the answer", &|q| {
        let context = q["context"].as_str().unwrap();
        let place = context.find(q["prediction"].as_str().unwrap());
        place.is_some_and(|place| !context[..place].is_ascii())
    });
}

#[test]
fn the_files_have_the_layout_of_run_qa() {
    let questions = questions();
    let decoded: Vec<(&str, Decoded)> = questions
        .iter()
        .map(|question| (question["id"].as_str().unwrap(), decode_question(question)))
        .collect();
    let all = || decoded.iter().map(|(id, decoded)| (*id, decoded));
    let predictions = serde_json::to_value(predictions_json(all())).unwrap();
    let nbest = serde_json::to_value(nbest_json(all())).unwrap();
    let odds = serde_json::to_value(null_odds_json(all())).unwrap();
    let mut with_odds = 0;
    for question in &questions {
        let id = question["id"].as_str().unwrap();
        assert_eq!(predictions[id], question["prediction"]);
        let (found, expected) = (&nbest[id][0], &question["nbest"][0]);
        assert_eq!(found["text"], expected["text"]);
        assert_eq!(found["end_logit"], expected["end_logit"]);
        assert_eq!(found.as_object().unwrap().len(), 4);
        if question["options"]["version_2_with_negative"] == true {
            assert_eq!(odds[id], question["null_odds"]);
            with_odds += 1;
        }
    }
    assert_eq!(odds.as_object().unwrap().len(), with_odds);
    let ids: Vec<&String> = predictions.as_object().unwrap().keys().collect();
    assert_eq!(ids[..3], ["q0", "q1", "q2"]);
}
