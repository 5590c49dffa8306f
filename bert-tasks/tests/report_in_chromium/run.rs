//! A run that has everything that a report can show.

use std::fmt::Write as _;

use bert_data::EncodingStatistics;
use bert_tasks::display::report::write_report;
use bert_tasks::events::{
    Details, Environment, Evaluated, Event, Gpu, Phase, Resources, SCHEMA, ScoredExample, Spent,
    SplitStatistics, Stamped, Start, Step,
};
use serde_json::json;
use tempfile::TempDir;

const STEPS: usize = 345;
const EPOCH: usize = 115;

/// A folder with the report of such a run.
pub fn report() -> TempDir {
    let folder = tempfile::Builder::new().prefix("mrpc-").tempdir().unwrap();
    let mut lines = String::new();
    for (number, event) in events().into_iter().enumerate() {
        let time = 1.7954e9 + 2.1 * number as f64;
        let v = SCHEMA;
        let line = serde_json::to_string(&Stamped { v, time, event }).unwrap();
        writeln!(lines, "{line}").unwrap();
    }
    std::fs::write(folder.path().join("events.jsonl"), lines).unwrap();
    write_report(folder.path()).unwrap();
    folder
}

fn events() -> Vec<Event> {
    let mut events = vec![warning(
        "checkpoint-230 cannot be read and is skipped: a file is missing: optimizer.mpk",
    )];
    events.push(Event::Start(Box::new(start())));
    for number in 1..=STEPS {
        events.push(Event::Step(step(number)));
        if number % 5 == 0 {
            events.push(Event::Resources(resources(number)));
        }
        if number % EPOCH == 0 {
            let (phase, step) = (Phase::Evaluate, number);
            events.push(Event::Phase { phase, step });
            events.push(Event::Evaluation(Box::new(evaluation(number))));
            events.push(Event::Checkpoint {
                step,
                path: format!("out/checkpoint-{step}").into(),
                seconds: 1.8,
            });
        }
    }
    events.push(warning(&format!(
        "no checkpoint of step 300: /{}/x",
        "very-long-name-".repeat(20)
    )));
    events.push(Event::End {
        step: STEPS,
        reason: "finished".to_owned(),
        complete: true,
        seconds: 754.2,
        spent: Spent {
            compute: 690.1,
            wait: 0.0,
            input: 2.4,
            evaluate: 48.9,
            save: 9.3,
            other: 3.5,
        },
    });
    events
}

fn warning(message: &str) -> Event {
    let message = message.to_owned();
    Event::Warning { message }
}

/// The same numbers between 0 and 1 each time, without a pattern that one sees.
fn noise(number: usize, stream: u64) -> f64 {
    let mut bits = (number as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (stream << 32);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

fn start() -> Start {
    let of_split = |split: &str, statistics| SplitStatistics {
        split: split.to_owned(),
        statistics,
    };
    let statistics = EncodingStatistics {
        examples: 3_668,
        tokens: 183_000,
        unknown_tokens: 12,
        truncated_texts: 3,
    };
    Start {
        data: vec![of_split("train", statistics), of_split("dev", statistics)],
        task: "mrpc".to_owned(),
        arguments: json!({
            "learning_rate": 2e-5, "num_train_epochs": 3, "max_steps": null,
            "train_batch_size": 32, "eval_batch_size": 32, "max_seq_length": 128,
            "padding": "grouped", "lr_scheduler_type": "linear", "warmup_ratio": 0.1,
            "optimizer": "adamw", "weight_decay": 0.01, "adam_epsilon": 1e-6,
            "max_grad_norm": 1.0, "early_stopping_patience": null, "seed": 42,
        }),
        model: json!({
            "model_type": "bert", "vocab_size": 30522, "hidden_size": 768,
            "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 3072,
            "hidden_act": "gelu", "hidden_dropout_prob": 0.1, "layer_norm_eps": 1e-12,
            "id2label": {"0": "not_equivalent", "1": "equivalent"},
        }),
        environment: Environment {
            version: "0.1.0".to_owned(),
            backend: "flex (CPU, 16 threads)".to_owned(),
            platform: "linux x86_64".to_owned(),
            threads: 16,
            host: "training-machine".to_owned(),
            pid: 4242,
        },
        load_report:
            "loaded 199 tensors, 109.5 M parameters\n  missing (freshly initialised): 2\n    \
                      classifier.weight\n    classifier.bias\n  unused (in the file, not in the \
                      model): 7\n    cls.predictions.transform.dense.weight"
                .to_owned(),
        parameters: 109_483_778,
        train_examples: 3668,
        eval_examples: 408,
        total_steps: STEPS,
        total_epochs: 3,
        metric_for_best_model: "f1".to_owned(),
        higher_is_better: true,
        ranks: 1,
        resumed_step: 0,
    }
}

fn step(number: usize) -> Step {
    let progress = number as f64 / STEPS as f64;
    let warmup = (number as f64 / 35.0).min((STEPS - number) as f64 / (STEPS - 35) as f64);
    let seconds = 1.9 + 0.5 * noise(number, 1) + if number == 1 { 3.0 } else { 0.0 };
    Step {
        step: number,
        epoch: (number - 1) / EPOCH + 1,
        loss: 0.08 + 0.6 * (-2.6 * progress).exp() * (0.55 + 0.9 * noise(number, 2)),
        grad_norm: 1.5 + 5.0 * noise(number, 3).powi(3) * (1.0 + 2.0 * progress),
        learning_rate: 2e-5 * warmup,
        examples: 32,
        tokens: 1400 + (700.0 * noise(number, 4)) as usize,
        wait: 0.0,
        seconds,
    }
}

fn resources(number: usize) -> Resources {
    Resources {
        memory: 2_900_000_000 + (8e8 * (1.0 - (-(number as f64) / 40.0).exp())) as u64,
        gpus: vec![Gpu {
            name: "A GPU".to_owned(),
            utilization: 70 + (25.0 * noise(number, 5)) as u32,
            memory: 5_400_000_000,
            total_memory: 8_000_000_000,
        }],
    }
}

fn evaluation(number: usize) -> Evaluated {
    let index = number / EPOCH - 1;
    let scores = [
        ("accuracy", [0.7819, 0.8554, 0.8480][index]),
        ("f1", [0.8541, 0.8983, 0.8924][index]),
        ("loss", [0.4601, 0.3522, 0.4177][index]),
    ];
    Evaluated {
        step: number,
        epoch: index + 1,
        train_loss: [0.5513, 0.3198, 0.1742][index],
        scores: scores.map(|(name, value)| (name.to_owned(), value)).into(),
        is_best: index < 2,
        seconds: 15.2 + index as f64,
        details: Details {
            class_scores: Vec::new(),
            labels: vec!["not_equivalent".to_owned(), "equivalent".to_owned()],
            confusion: vec![vec![88, 41], vec![18, 261]],
            examples: examples(),
        },
    }
}

fn examples() -> Vec<ScoredExample> {
    let texts = [
        [
            "he said the foodservice pie business doesn't fit the company's long-term growth strategy.",
            "\" the foodservice pie business does not fit our long-term growth strategy.",
        ],
        [
            "החברה הודיעה על רווחים של 12% ברבעון השני.",
            "الشركة أعلنت عن أرباح في الربع الثاني.",
        ],
        [
            "🎉🎉 the 👩‍👩‍👧‍👦 won 🏆 — and 日本語のテキスト too",
            "nobody won anything <b>at all</b> & left",
        ],
        [
            "donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
                .repeat(3)
                .leak(),
            "a long word.",
        ],
    ];
    let label = |equivalent: bool| {
        if equivalent {
            "equivalent"
        } else {
            "not_equivalent"
        }
    };
    let example = |number: usize| {
        let correct = number >= 8;
        let expected = number.is_multiple_of(3);
        ScoredExample {
            index: 17 + 31 * number,
            texts: texts[number % 4].map(str::to_owned).to_vec(),
            expected: label(expected).to_owned(),
            predicted: label(expected == correct).to_owned(),
            probability: if correct {
                0.51 + 0.01 * number as f64
            } else {
                0.99 - 0.03 * number as f64
            },
            correct,
            marks: Vec::new(),
        }
    };
    (0..24).map(example).collect()
}
