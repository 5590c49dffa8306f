//! The commands as clap has them.

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Arg, Args, Command, value_parser};
use clap_complete::Shell;

use super::sweep::DECIDED;
use super::{Predictor, Task};
use crate::commands::check_data::CheckData;
use crate::commands::convert::Convert;
use crate::commands::embed::Embed;
use crate::commands::sweep::grid::AXES;
use crate::commands::tag::Tag;
use crate::commands::watch::Watch;

const TRAIN: &str = "Fine-tunes a model for a task";
const EVALUATE: &str = "Scores a model on a task's dev split, without training";
const SWEEP: &str = "Trains with every combination of some numbers, and says which is best";
const PRETRAIN: &str = "Pretrains a model on plain text, from scratch or from a model";
const PREDICT: &str = "Uses a model: labels texts, tags words, answers questions, fills masks";

/// The whole program. `known` takes the place of its command of the same name.
pub fn root(known: Option<Command>) -> Command {
    let commands = [
        train_command("train", None),
        train_command("evaluate", None),
        sweep_command(None),
        predict_command(None),
        tag_command(),
        Embed::augment_args(Command::new("embed")).after_help(
            "Examples:\n  bert embed --model DIR --file texts.csv --output vectors.npy\n  bert embed \
             --model DIR --file texts.txt --query \"Where is my card?\"",
        ),
        train_command("pretrain", Some(Task::Pretrain)),
        Command::new("data")
            .about("Looks at data before a training")
            .subcommand_required(true)
            .arg_required_else_help(true)
            .subcommand(CheckData::augment_args(Command::new("check")).after_help(
                "Example:\n  bert data check --train-file train.csv --validation-file dev.csv",
            ))
            .after_help("Example:\n  bert data check --train-file train.csv"),
        Convert::augment_args(Command::new("convert"))
            .after_help("Example:\n  bert convert --from DIR --to NEW_DIR --format onnx"),
        Watch::augment_args(Command::new("watch")).after_help("Example:\n  bert watch out/mrpc"),
        Command::new("backends")
            .about("Says which backends are compiled in, and which find their device")
            .after_help("Example:\n  bert backends"),
        Command::new("completions")
            .about("Prints the completions of a shell")
            .arg(
                Arg::new("shell")
                    .value_name("SHELL")
                    .required(true)
                    .value_parser(value_parser!(Shell)),
            )
            .after_help("Example:\n  bert completions bash >> ~/.bash_completion"),
    ];
    let is_known = |command: &Command| {
        let name = known.as_ref().map(Command::get_name);
        name == Some(command.get_name())
    };
    let others = commands
        .into_iter()
        .map(|command| match is_known(&command) {
            true => known.clone().unwrap_or(command),
            false => command,
        });
    Command::new("bert")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Pretrains, fine-tunes, scores and uses BERT")
        .after_help("Example, on what comes with the source:\n  bert train --task mrpc")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(others.collect::<Vec<_>>())
}

/// `train`, `evaluate` or `pretrain`; with the flags of a task, where it is known.
pub fn train_command(name: &'static str, task: Option<Task>) -> Command {
    let command = Command::new(name);
    let command = match name {
        "pretrain" => command,
        _ => command.arg(task_flag()),
    };
    let command = command.arg(config_flag());
    let about = match name {
        "train" => TRAIN,
        "evaluate" => EVALUATE,
        _ => PRETRAIN,
    };
    let Some(task) = task else {
        return command.about(about).after_help(examples(name));
    };
    let command = task.add_flags(command);
    let (command, example) = match name {
        "evaluate" => (
            command.mut_arg("eval_only", |arg| arg.hide(true)),
            format!("--task {} {}", task.name(), task.example_of_evaluation()),
        ),
        "train" => (
            command,
            format!("--task {} {}", task.name(), task.example()),
        ),
        _ => (command, task.example().to_owned()),
    };
    let about = match name {
        "pretrain" => about.to_owned(),
        _ => format!("{about}. The task {} is {}", task.name(), task.about()),
    };
    let command = command.about(about);
    command.after_help(format!("Example:\n  bert {name} {example}"))
}

/// `sweep`; with the flags of a task, where it is known.
pub fn sweep_command(task: Option<Task>) -> Command {
    let grid = Arg::new("grid")
        .long("grid")
        .value_name("GRID")
        .value_parser(["bert"])
        .help(
            "Values that are known to be worth a try; bert: batches of 16 and 32, learning rates \
             5e-5, 3e-5 and 2e-5, and 2, 3 and 4 epochs, as in BERT's paper",
        )
        .help_heading("Task");
    let command = Command::new("sweep").arg(task_flag());
    let command = command.arg(config_flag()).arg(grid);
    let lists = AXES.map(|(flag, _)| format!("--{flag}")).join(", ");
    let lists = format!(
        "Numbers with commas between them are tried one after another, in {lists}; each \
         combination is a run in a folder of its own."
    );
    let example = |task: Task| {
        let (name, example) = (task.name(), task.example());
        format!(
            "  bert sweep --task {name} {example} \\\n    --learning-rate 2e-5,5e-5 \
             --train-batch-size 16,32 --seeds 2 --output-dir OUT\n"
        )
    };
    let Some(task) = task else {
        let example = example(Task::Classify);
        return command
            .about(SWEEP)
            .after_help(format!("{lists}\n\nExample:\n{example}"));
    };
    let about = format!("{SWEEP}. The task {} is {}", task.name(), task.about());
    let mut command = task.add_flags(command).about(about);
    command = command.mut_arg("output_dir", |arg| {
        arg.help("Where the folders of the runs go [default: out/TASK-sweep]")
    });
    for flag in DECIDED {
        command = command.mut_arg(flag.replace('-', "_"), |arg| arg.hide(true));
    }
    for (flag, _) in AXES {
        // What each value is, the command line of a run says.
        command = command.mut_arg(flag.replace('-', "_"), |arg| {
            arg.value_parser(value_parser!(String)).value_name("LIST")
        });
    }
    command.after_help(format!("{lists}\n\nExample:\n{}", example(task)))
}

/// `predict`; with the flags for a kind of model, where it is known.
pub fn predict_command(predictor: Option<Predictor>) -> Command {
    let values = Predictor::ALL.map(|kind| PossibleValue::new(kind.name()).help(kind.about()));
    let task = Arg::new("task")
        .long("task")
        .value_name("TASK")
        .value_parser(PossibleValuesParser::new(values))
        .help("What is done [default: what the model's head is for]");
    let command = Command::new("predict").arg(task);
    let Some(predictor) = predictor else {
        let model = Arg::new("model")
            .long("model")
            .value_name("DIR")
            .required(true)
            .value_parser(value_parser!(PathBuf))
            .help("Model folder; its head decides which other flags there are");
        let line = |kind: Predictor| format!("  {}\n    {}\n", kind.about(), kind.example());
        let kinds: String = Predictor::ALL.into_iter().map(line).collect();
        return command.about(PREDICT).arg(model).after_help(format!(
            "Examples:\n{kinds}\nThe flags of one: bert predict --model DIR --help"
        ));
    };
    let command = predictor.add_flags(command);
    command.after_help(format!("Example:\n  {}", predictor.example()))
}

/// `tag`: what `predict` does with a model that tags words.
pub fn tag_command() -> Command {
    Tag::augment_args(Command::new("tag")).after_help(
        "Example:\n  bert tag --model DIR \"Ada Lovelace lived in London.\"\n  bert tag --model DIR \
         --file texts.txt --output found.jsonl",
    )
}

/// The script with which a shell completes commands and flags.
pub fn completions(shell: Shell) -> String {
    let mut root = root(None);
    for name in ["train", "evaluate"] {
        let all = Task::ALL.map(|task| train_command(name, Some(task)));
        root = root.mut_subcommand(name, |command| with_flags_of(command, &all));
    }
    let all = Task::ALL.map(|task| sweep_command(Some(task)));
    root = root.mut_subcommand("sweep", |command| with_flags_of(command, &all));
    let all = Predictor::ALL.map(|kind| predict_command(Some(kind)));
    let mut root = root.mut_subcommand("predict", |command| with_flags_of(command, &all));
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut root, "bert", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// Their flags, too, each once.
fn with_flags_of(command: Command, others: &[Command]) -> Command {
    let mut command = command;
    for arg in others.iter().flat_map(Command::get_arguments) {
        let is_there = command
            .get_arguments()
            .any(|own| own.get_id() == arg.get_id());
        if !is_there {
            command = command.arg(arg.clone());
        }
    }
    command
}

fn task_flag() -> Arg {
    let values = Task::ALL.map(|task| PossibleValue::new(task.name()).help(task.about()));
    Arg::new("task")
        .long("task")
        .value_name("TASK")
        .value_parser(PossibleValuesParser::new(values))
        .help("What the model learns; decides which other flags there are")
        .help_heading("Task")
}

fn config_flag() -> Arg {
    Arg::new("config")
        .long("config")
        .value_name("TOML")
        .value_parser(value_parser!(PathBuf))
        .help(
            "File of flags under their names, such as the run.toml of a run; what is given here \
             counts more",
        )
        .help_heading("Task")
}

fn examples(name: &str) -> String {
    let line = |task: Task| {
        let example = match name {
            "evaluate" => task.example_of_evaluation(),
            _ => task.example(),
        };
        let (task, about) = (task.name(), task.about());
        format!("  {task:<8}  {about}\n    bert {name} --task {task} {example}\n")
    };
    let tasks: String = Task::ALL.into_iter().map(line).collect();
    format!("Tasks and examples:\n{tasks}\nThe flags of one: bert {name} --task squad --help")
}
