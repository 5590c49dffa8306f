//! The program as a user runs it: what it leaves behind, and how it ends when something is wrong.

use std::fs;

use crate::common::{Case, HEADER, mrpc, text};
use bert_core::config::BertConfig;
use bert_tasks::sequence::BertForSequenceClassification;
use bert_tasks::{ModelFolder, TaskModel};
use burn::backend::Flex;

#[test]
fn machines_get_json_and_nothing_else_on_standard_output() {
    let case = Case::new();
    let output = case.run(&["--num-train-epochs=1", "--dashboard=json"]);
    let events: Vec<serde_json::Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
        .collect();
    let names: Vec<&str> = events.iter().filter_map(|e| e["event"].as_str()).collect();
    assert_eq!((names[0], names[names.len() - 1]), ("start", "end"));
    assert!(names.contains(&"step") && names.contains(&"evaluation"));
    let said = text(&output.stderr);
    assert!(
        said.contains("accuracy") && said.contains("report.html"),
        "{said}"
    );

    let output = case.run(&[
        "--num-train-epochs=1",
        "--dashboard=none",
        "--overwrite-output-dir",
    ]);
    let said = text(&output.stdout);
    assert!(!said.contains("step 1/"), "{said}");
    assert!(
        said.contains("accuracy") && said.contains("report.html"),
        "{said}"
    );
}

#[test]
fn a_run_leaves_a_model_and_its_results() {
    let case = Case::new();
    let output = case.run(&[
        "--num-train-epochs",
        "2",
        "--write-logits",
        "--logging-steps",
        "1",
        "--eval-batch-size",
        "4",
    ]);
    let log = text(&output.stdout);
    assert!(output.status.success(), "{log}{}", text(&output.stderr));
    assert!(
        !log.contains('\u{1b}') && !log.contains('\r'),
        "control characters: {log}"
    );
    for part in [
        "epoch 1/2  step 1/6",
        "step 6/6",
        "epoch 2/2  step 6/6  dev",
        "lr ",
        "examples/s",
        "ETA",
    ] {
        assert!(log.contains(part), "`{part}` is not in: {log}");
    }

    let out = case.path("out");
    for file in [
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "vocab.txt",
        "report.html",
    ] {
        assert!(out.join(file).is_file(), "{file}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |file: &str| fs::metadata(out.join(file)).unwrap().permissions().mode();
        assert_eq!(mode("model.safetensors"), mode("vocab.txt"));
    }
    let config: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(out.join("config.json")).unwrap()).unwrap();
    assert_eq!(config["id2label"]["1"], "equivalent");
    assert_eq!(config["problem_type"], "single_label_classification");
    assert_eq!(config["architectures"][0], "BertForSequenceClassification");

    let written = fs::read_to_string(out.join("eval_results.json")).unwrap();
    let results: serde_json::Value = serde_json::from_str(&written).unwrap();
    for key in ["accuracy", "f1", "precision", "loss", "seconds"] {
        assert!(results[key].is_f64(), "{key}: {results}");
    }
    // Scores stand among what else is known of the run, and readers take the last of two.
    let keys = written.lines().filter(|line| line.starts_with("  \""));
    let mut keys: Vec<&str> = keys.filter_map(|line| line.split('"').nth(1)).collect();
    keys.sort_unstable();
    assert!(keys.windows(2).all(|pair| pair[0] != pair[1]), "{keys:?}");
    // What was shown of the last epoch is what it scored on the whole split.
    let last = &results["evaluations"][1]["scores"];
    let shown = format!(
        "epoch 2/2  step 6/6  dev  accuracy {:.4}  f1 {:.4}  loss {:.4}",
        last["accuracy"].as_f64().unwrap(),
        last["f1"].as_f64().unwrap(),
        last["loss"].as_f64().unwrap(),
    );
    assert!(log.contains(&shown), "`{shown}` is not in: {log}");
    assert_eq!(results["examples"], 10);
    assert_eq!(results["seed"], 42);
    assert_eq!(results["backend"], "flex");
    let predictions = fs::read_to_string(out.join("predictions.tsv")).unwrap();
    assert_eq!(predictions.lines().count(), 11);
    assert!(predictions.starts_with("index\tprediction\n0\t"));
    assert_eq!(
        fs::read_to_string(out.join("logits.tsv"))
            .unwrap()
            .lines()
            .count(),
        11
    );
    let hidden = fs::read_dir(&out).unwrap().flatten();
    assert!(
        hidden
            .into_iter()
            .all(|e| !e.file_name().to_string_lossy().starts_with('.'))
    );
}

#[test]
fn a_saved_folder_scores_as_it_did_in_training() {
    let case = Case::new();
    assert!(case.run(&["--num-train-epochs", "1"]).status.success());
    let read = |folder: &str| -> serde_json::Value {
        let path = case.path(folder).join("eval_results.json");
        serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
    };
    let trained = read("out");
    let paths = ["out", "data", "again"].map(|name| case.path(name));
    let paths: Vec<&str> = paths.iter().map(|path| path.to_str().unwrap()).collect();
    let output = mrpc(&[
        "--eval-only",
        "--model",
        paths[0],
        "--data",
        paths[1],
        "--output-dir",
        paths[2],
        "--max-seq-length",
        "32",
    ]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    for key in ["accuracy", "f1"] {
        assert_eq!(read("again")[key], trained[key], "{key}");
    }
    let difference = read("again")["loss"].as_f64().unwrap() - trained["loss"].as_f64().unwrap();
    assert!(difference.abs() < 1e-6, "{difference}");
}

#[test]
fn the_same_seed_gives_the_same_bits_and_another_does_not() {
    let weights = |seed: &str| {
        let case = Case::new();
        let output = case.run(&["--num-train-epochs", "1", "--seed", seed]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        fs::read(case.path("out/model.safetensors")).unwrap()
    };
    let first = weights("7");
    assert!(first == weights("7"), "two runs with the same seed differ");
    assert!(
        first != weights("8"),
        "two runs with different seeds are equal"
    );
}

#[test]
fn several_seeds_are_summed_up() {
    let case = Case::new();
    let output = case.run(&["--num-train-epochs", "1", "--seeds", "2"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("mean ± std"));
    let path = case.path("out/eval_results.json");
    let results: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let f1 = |run: usize| results["runs"][run]["f1"].as_f64().unwrap();
    let mean = results["f1"]["mean"].as_f64().unwrap();
    assert!((mean - (f1(0) + f1(1)) / 2.0).abs() < 1e-12);
    for seed in ["seed-42", "seed-43"] {
        assert!(
            case.path("out")
                .join(seed)
                .join("model.safetensors")
                .is_file()
        );
    }
}

#[test]
fn accumulated_passes_make_fewer_steps() {
    let case = Case::new();
    let output = case.run(&[
        "--num-train-epochs",
        "1",
        "--gradient-accumulation-steps",
        "2",
        "--logging-steps",
        "1",
    ]);
    let log = text(&output.stdout);
    // 24 examples in batches of 8: one step of two passes and one of the pass that is left.
    assert!(log.contains("step 2/2"), "{log}{}", text(&output.stderr));
}

#[test]
fn missing_and_empty_folders() {
    let case = Case::new();
    fs::remove_dir_all(case.path("model")).unwrap();
    case.fails(&[], 1, &["no model folder at", "model"]);
    fs::create_dir(case.path("model")).unwrap();
    case.fails(&[], 1, &["no config.json or bert_config.json in"]);

    let case = Case::new();
    fs::remove_file(case.path("data/dev.tsv")).unwrap();
    case.fails(&[], 1, &["dev.tsv", "does not exist"]);
    fs::remove_dir_all(case.path("data")).unwrap();
    case.fails(&[], 1, &["data", "is not a folder"]);

    let case = Case::new();
    fs::remove_file(case.path("model/vocab.txt")).unwrap();
    case.fails(&[], 1, &["vocab.txt"]);
    let case = Case::new();
    fs::remove_file(case.path("model/model.safetensors")).unwrap();
    case.fails(&[], 1, &["no weights in"]);
}

#[test]
fn rows_that_are_no_examples() {
    let case = Case::new();
    let data = case.path("data/train.tsv");
    fs::write(&data, format!("{HEADER}1\t1\t2\tonly one sentence\n")).unwrap();
    case.fails(&[], 1, &["train.tsv", "line 2", "4 columns"]);
    fs::write(&data, format!("{HEADER}1\t1\t2\ta\tb\nmaybe\t1\t2\ta\tb\n")).unwrap();
    case.fails(&[], 1, &["train.tsv", "line 3", "maybe"]);
    fs::write(&data, "").unwrap();
    case.fails(&[], 1, &["train.tsv", "empty"]);
}

#[test]
fn a_vocabulary_larger_than_the_embedding() {
    let case = Case::new();
    let vocab = case.path("model/vocab.txt");
    let longer = fs::read_to_string(&vocab).unwrap().trim_end().to_owned() + "\nextraword\n";
    fs::write(vocab, longer).unwrap();
    case.fails(&[], 1, &["121 entries", "embeddings for 120"]);
}

#[test]
fn configurations_that_make_no_model() {
    let case = Case::new();
    case.edit_config("num_attention_heads", 5);
    case.fails(
        &[],
        1,
        &[
            "config.json",
            "hidden_size 32 is not divisible by num_attention_heads 5",
        ],
    );
    let case = Case::new();
    case.edit_config("hidden_act", "mish");
    case.fails(&[], 1, &["config.json", "mish"]);
}

#[test]
fn sequences_beyond_the_positions() {
    Case::new().fails(&["--max-seq-length", "49"], 1, &["49", "48 positions"]);
}

#[test]
fn weights_that_are_none() {
    let case = Case::new();
    let path = case.path("model/model.safetensors");
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    case.fails(&[], 1, &["model.safetensors", "is cut short"]);
    fs::write(&path, "<html>not found</html>").unwrap();
    case.fails(&[], 1, &["model.safetensors", "is an HTML page"]);
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n";
    fs::write(&path, pointer).unwrap();
    case.fails(&[], 1, &["model.safetensors", "git lfs pull"]);
}

#[test]
fn from_scratch_needs_no_weights_and_dropout_is_what_was_asked_for() {
    let case = Case::new();
    fs::remove_file(case.path("model/model.safetensors")).unwrap();
    let flags = ["--from-scratch", "--dropout=0.25", "--num-train-epochs=1"];
    let output = case.run(&flags);
    assert!(output.status.success(), "{}", text(&output.stderr));
    // The run has it; the folder keeps what the model was made with.
    let events = fs::read_to_string(case.path("out/events.jsonl")).unwrap();
    let config = fs::read_to_string(case.path("out/config.json")).unwrap();
    for kind in ["hidden_dropout_prob", "attention_probs_dropout_prob"] {
        assert!(events.contains(&format!("\"{kind}\":0.25")), "{events}");
        assert!(config.contains(&format!("\"{kind}\": 0.0")), "{config}");
    }
    let case = Case::new();
    case.fails(&["--dropout=1.5"], 1, &["hidden_dropout_prob is 1.5"]);
    case.fails(&["--from-scratch", "--eval-only"], 2, &["--from-scratch"]);
}

#[test]
fn weights_of_another_model() {
    let case = Case::new();
    case.edit_config("num_hidden_layers", 4);
    case.fails(
        &[],
        1,
        &[
            "do not fit the model",
            "bert.encoder.layer.3.attention.self.query.weight",
            "--allow-missing-weights goes on",
        ],
    );
    let output = case.run(&["--allow-missing-weights", "--num-train-epochs", "1"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
}

#[test]
fn weights_of_another_shape_name_their_flag_and_nothing_is_said_to_be_fresh() {
    let case = Case::new();
    case.edit_config("vocab_size", 130);
    let expected = "--ignore-mismatched-sizes goes on";
    case.fails(&[], 1, &["is [120, 32], expected [130, 32]", expected]);
    let message = text(&case.run(&[]).stderr);
    assert!(!message.contains("initialised"), "{message}");
    assert!(!message.contains("--allow-missing-weights"), "{message}");
}

#[test]
fn scores_that_are_no_softmaxs_are_not_scored() {
    let case = Case::new();
    case.edit_config("problem_type", "multi_label_classification");
    case.fails(
        &["--eval-only"],
        1,
        &["a class as its label, and the model learns several classes"],
    );
    case.edit_config("problem_type", "regression");
    case.fails(&["--eval-only"], 1, &["problem_type is regression"]);
    let case = Case::new();
    case.edit_config("is_decoder", true);
    case.fails(&[], 1, &["config.json", "is_decoder is true"]);
    let case = Case::new();
    case.edit_config("tokenizer_class", "BertJapaneseTokenizer");
    case.fails(&[], 1, &["tokenizer_class is BertJapaneseTokenizer"]);
}

#[test]
fn layers_and_seeds_that_are_not_there() {
    let case = Case::new();
    for flag in ["--freeze-layers", "--reinit-layers"] {
        case.fails(&[flag, "99"], 2, &[flag, "99", "3 layers"]);
    }
    let last = ["--seed", "18446744073709551615", "--seeds", "2"];
    case.fails(&last, 2, &["--seeds is 2"]);
    let output = case.run(&["--seed=18446744073709551615", "--num-train-epochs=1"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(case.path("out/model.safetensors").is_file());
}

#[test]
fn a_loss_that_is_not_finite() {
    let case = Case::new();
    let flags = [
        "--learning-rate",
        "1e30",
        "--warmup-ratio",
        "0",
        "--num-train-epochs",
        "3",
    ];
    case.fails(
        &flags,
        1,
        &[
            "the loss is",
            "gradient's norm",
            "epoch 1, step",
            "learning rate",
            "examples",
        ],
    );
}

/// The dev split has a word that the model cannot read, which the train split has not.
fn unreadable_dev() -> Case {
    let case = Case::new();
    case.make_unreadable("stone");
    let dev = case.path("data/dev.tsv");
    let rows = fs::read_to_string(&dev).unwrap();
    fs::write(&dev, rows + "1\t11\t11\ta\tthe stone\n").unwrap();
    case
}

#[test]
fn evaluations_that_are_no_numbers_leave_no_best_model() {
    let case = unreadable_dev();
    let output = case.run(&["--num-train-epochs=2", "--metric-for-best-model=accuracy"]);
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(
        message.contains("no evaluation of the run is finite"),
        "{message}"
    );
    let said = text(&output.stdout) + &message;
    assert!(said.contains("a logit of example 10 is NaN"), "{said}");
    assert!(!said.contains("best so far"), "{said}");
    let has = |name: &str| case.path("out").join(name).exists();
    assert!(has("checkpoint-6") && has("events.jsonl"));
    assert!(!has("model.safetensors") && !has("eval_results.json"));

    // One that scores only says it too, and writes nothing.
    let case = unreadable_dev();
    case.fails(&["--eval-only"], 1, &["a logit of example 10 is NaN"]);
}

#[test]
fn weights_that_are_no_numbers() {
    let case = Case::new();
    case.edit_weights("classifier.bias", |bias, _| bias[1] = f32::NAN);
    for flags in [&[][..], &["--eval-only"]] {
        case.fails(flags, 1, &["`classifier.bias`", "NaN at place 1"]);
    }
}

/// A case whose model is of the tiny BERT's configuration with a change.
fn other_model(change: impl FnOnce(&mut BertConfig)) -> Case {
    let case = Case::new();
    let path = case.path("model");
    let mut folder = ModelFolder::open(&path).unwrap();
    change(&mut folder.config);
    let model =
        BertForSequenceClassification::<Flex>::new(&folder.config, 7, &Default::default()).unwrap();
    folder.save(&model, &path).unwrap();
    case
}

#[test]
fn models_that_were_made_for_something_else() {
    let one = other_model(|config| config.set_labels(&["score"]));
    one.fails(
        &["--eval-only"],
        1,
        &["the model has 1 labels and the task has 2"],
    );
    let three = other_model(|config| config.set_labels(&["a", "b", "c"]));
    three.fails(
        &["--eval-only"],
        1,
        &["the model has 3 labels and the task has 2"],
    );
    let single = other_model(|config| config.type_vocab_size = 1);
    single.fails(&["--eval-only"], 1, &["dev split", "type_vocab_size is 1"]);
    single.fails(&[], 1, &["train split", "type_vocab_size is 1"]);
}

#[test]
fn wrong_flags() {
    let case = Case::new();
    case.fails(&["--learning-rate=-1"], 2, &["--learning-rate is -1"]);
    case.fails(&["--learning-rate=fast"], 2, &["--learning-rate"]);
    case.fails(&["--padding", "none"], 2, &["--padding"]);
    case.fails(&["--no-such-flag"], 2, &["--no-such-flag"]);
    case.fails(&["--train-batch-size", "0"], 2, &["--train-batch-size"]);
    case.fails(&["--backend", "abacus"], 2, &["abacus"]);
    case.fails(&["--seeds", "0"], 2, &["--seeds"]);
    case.fails(
        &["--bf16", "--backend=flex"],
        2,
        &["--bf16 is on flex", "tch-gpu"],
    );
    case.fails(&["--resume", "--overwrite-output-dir"], 2, &["--resume"]);
    case.fails(&["--max-time", "10"], 2, &["--max-time"]);
}

#[test]
fn a_backend_that_is_not_compiled_in_names_its_feature() {
    if !cfg!(feature = "tch-gpu") {
        Case::new().fails(
            &["--backend", "tch-gpu"],
            2,
            &["not compiled in", "--features tch-gpu"],
        );
    }
}

#[test]
fn an_output_folder_that_cannot_be_one() {
    let case = Case::new();
    fs::write(case.path("out"), "a file").unwrap();
    let output = case.run(&["--num-train-epochs", "1"]);
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("out"), "{message}");
    // Before the first step, not after the first epoch.
    assert!(
        !text(&output.stdout).contains("step 1/"),
        "{}",
        text(&output.stdout)
    );
    assert_eq!(fs::read_to_string(case.path("out")).unwrap(), "a file");
}

#[test]
fn a_vocabulary_of_another_casing_and_texts_that_are_cut_are_told() {
    let case = Case::with_rows(8, 4);
    for split in ["train", "dev"] {
        let path = case.path("data").join(format!("{split}.tsv"));
        let rows = fs::read_to_string(&path).unwrap();
        let rows = rows.replace("\ta \"b c", "\tA \"B C");
        fs::write(&path, rows).unwrap();
    }
    let output = case.run(&["--num-train-epochs=1", "--max-seq-length=8"]);
    let said = text(&output.stdout);
    assert!(output.status.success(), "{said}{}", text(&output.stderr));
    assert!(
        said.contains("the vocabulary is taken as uncased: 0 of the"),
        "{said}"
    );
    assert!(said.contains("--do-lower-case true or false"), "{said}");
    let cut = "dev: 100.0 % of the texts are longer than the maximum length";
    assert!(said.contains(cut), "{said}");

    // Against the guess, capital letters are unknown.
    let output = case.run(&[
        "--num-train-epochs=1",
        "--do-lower-case=false",
        "--overwrite-output-dir",
    ]);
    let said = text(&output.stdout);
    assert!(output.status.success(), "{said}{}", text(&output.stderr));
    assert!(!said.contains("taken as"), "{said}");
    assert!(said.contains("of the tokens are unknown"), "{said}");
    let events = fs::read_to_string(case.path("out/events.jsonl")).unwrap();
    let events: Vec<serde_json::Value> = events
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let data = &events[0]["data"];
    assert_eq!(data[0]["split"], "train");
    assert_eq!(data[1]["split"], "dev");
    assert_eq!(data[1]["examples"], 4);
    assert!(data[1]["unknown_tokens"].as_u64().unwrap() >= 12, "{data}");
    let warnings = events.iter().filter(|event| event["event"] == "warning");
    let warnings: Vec<&str> = warnings.filter_map(|w| w["message"].as_str()).collect();
    let of_train = warnings.iter().filter(|w| w.starts_with("train: "));
    assert_eq!(of_train.count(), 1, "{warnings:?}");
    let report = fs::read_to_string(case.path("out/report.html")).unwrap();
    assert!(report.contains("of the tokens are unknown"));
    assert!(report.contains("4 examples, "), "the counts of the splits");
}
