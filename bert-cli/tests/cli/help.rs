//! What `bert` says of itself.

use std::process::Output;

use bert_cli::cli::{
    Predictor, Task, completions, predict_command, root, sweep_command, train_command,
};
use clap_complete::Shell;

use crate::common::{Case, bert, text};

fn run(words: &[&str]) -> Output {
    bert(words).output().unwrap()
}

fn help(words: &[&str]) -> String {
    let output = run(words);
    assert!(
        output.status.success(),
        "{words:?}: {}",
        text(&output.stderr)
    );
    text(&output.stdout)
}

#[test]
fn every_command_is_whole_and_has_an_example() {
    root(None).debug_assert();
    for command in root(None).get_subcommands() {
        let help = command.clone().render_long_help().to_string();
        assert!(
            help.contains("Example") || help.contains("examples"),
            "{help}"
        );
    }
    for task in Task::ALL {
        for name in ["train", "evaluate"] {
            let command = train_command(name, Some(task));
            root(Some(command.clone())).debug_assert();
            let help = command.clone().render_long_help().to_string();
            for part in [
                "Learning rate:",
                "Checkpoints:",
                "[default: 32",
                "Example:\n  bert ",
            ] {
                assert!(help.contains(part), "{part} in {help}");
            }
        }
    }
    for task in Task::ALL {
        let command = sweep_command(Some(task));
        root(Some(command.clone())).debug_assert();
        let help = command.clone().render_long_help().to_string();
        for part in [
            "--grid",
            "--learning-rate <LIST>",
            "Example:\n  bert sweep ",
        ] {
            assert!(help.contains(part), "{part} in {help}");
        }
        assert!(!help.contains(" --eval-only"), "{help}");
    }
    for kind in Predictor::ALL {
        root(Some(predict_command(Some(kind)))).debug_assert();
    }
}

#[test]
fn tasks_are_told() {
    let general = help(&["train", "--help"]);
    for task in Task::ALL {
        assert!(
            general.contains(&format!("bert train --task {} ", task.name())),
            "{general}"
        );
    }
    let squad = help(&["train", "--task", "squad", "--help"]);
    assert!(
        squad.contains("--doc-stride") && squad.contains("[default: 5e-5; without"),
        "{squad}"
    );
    for (words, expected) in [
        (&["train"][..], "which task? Say --task"),
        (
            &["train", "--task=cola"],
            "there is no task `cola`; there are:\n  classify",
        ),
        (&["evaluate", "--task=mrpc"], "--model"),
        (&["sweep"], "which task? Say --task"),
        (&["predict"], "--model"),
        (
            &["predict", "--task=cola"],
            "there is no task `cola`; there are:\n  text-class",
        ),
        (&["train", "--task=mrpc", "--doc-stride=1"], "--doc-stride"),
    ] {
        let output = run(words);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{words:?}: {message}");
        assert!(message.contains(expected), "{expected} in {message}");
    }
}

#[test]
fn the_head_of_a_model_decides_what_is_predicted() {
    let case = Case::new();
    let model = case.path("model");
    let words = ["predict", "--model", model.to_str().unwrap(), "--help"];
    for (architecture, flag) in [
        ("BertForSequenceClassification", "--batch-size"),
        ("BertForNextSentencePrediction", "--batch-size"),
        ("BertForTokenClassification", "--aggregation-strategy"),
        ("BertForQuestionAnswering", "--context"),
        ("BertForMultipleChoice", "--output"),
        ("BertForMaskedLM", "--top-k"),
        ("BertForPreTraining", "--top-k"),
    ] {
        case.edit_config("architectures", vec![architecture]);
        let help = help(&words);
        assert!(help.contains(flag), "{architecture}: {help}");
    }
    assert_eq!(
        run(&["predict", "--model", "/nowhere"]).status.code(),
        Some(1)
    );
}

#[test]
fn versions_and_completions_are_printed() {
    assert!(help(&["--version"]).starts_with("bert 0."));
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        let script = completions(shell);
        for word in [
            "doc-stride",
            "max-pairs",
            "null-score-diff-threshold",
            "squad",
            "watch",
        ] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    assert_eq!(help(&["completions", "bash"]), completions(Shell::Bash));
}
