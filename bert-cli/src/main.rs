//! The program `bert`: pretrains, fine-tunes, scores and uses BERT.
//!
//! Here, and in each example for its own task, what is generic over the backend is compiled.

use std::ffi::OsString;
use std::process::ExitCode;

use bert_cli::cli::{Request, Task, completions, read};
use bert_cli::commands::backends::backends;
use bert_cli::commands::check_data::check_data;
use bert_cli::commands::choice::Choice;
use bert_cli::commands::glue::Glue;
use bert_cli::commands::mrpc::Mrpc;
use bert_cli::commands::ner::Ner;
use bert_cli::commands::nsp::Nsp;
use bert_cli::commands::pretrain::Pretrain;
use bert_cli::commands::squad::Squad;
use bert_cli::commands::sweep::sweep;
use bert_cli::commands::train_classifier::TrainClassifier;
use bert_cli::commands::watch::watch;
use bert_cli::exit::{exit_code, say};
use bert_cli::start::{run_model_program, run_parsed_task};

fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    let request = match read(&words) {
        Ok(request) => request,
        Err(error) => return error.say(),
    };
    match request {
        Request::Task {
            task,
            command,
            matches,
        } => match task {
            Task::Classify => run_parsed_task::<TrainClassifier>(&command, &matches),
            Task::Glue => run_parsed_task::<Glue>(&command, &matches),
            Task::Mrpc => run_parsed_task::<Mrpc>(&command, &matches),
            Task::Ner => run_parsed_task::<Ner>(&command, &matches),
            Task::Nsp => run_parsed_task::<Nsp>(&command, &matches),
            Task::Squad => run_parsed_task::<Squad>(&command, &matches),
            Task::Choice => run_parsed_task::<Choice>(&command, &matches),
            Task::Pretrain => run_parsed_task::<Pretrain>(&command, &matches),
        },
        Request::Sweep(plan) => sweep(&plan),
        Request::Classify(classify) => run_model_program(classify),
        Request::Tag(tag) => run_model_program(*tag),
        Request::Answer(answer) => run_model_program(answer),
        Request::Choose(choose) => run_model_program(choose),
        Request::FillMask(fill) => run_model_program(fill),
        Request::Embed(embed) => run_model_program(*embed),
        Request::Convert(convert) => run_model_program(convert),
        Request::CheckData(check) => check_data(&check),
        Request::Watch(runs) => watch(&runs),
        Request::Backends => backends(),
        Request::Completions(shell) => exit_code(say(&completions(shell)).map(|()| None)),
    }
}
