//! The beginning of every program that trains: signals, the display, the backend.
//! [`with_defaults`] is what its `--help` says of defaults.

mod defaults;

use std::process::ExitCode;
use std::sync::Arc;

use bert_tasks::display::dashboard::{Display, Screen};
use bert_tasks::ranks::Ranks;
use bert_tasks::training::{StopFlag, StopReason, TrainingArguments, TrainingError};
use clap::{ArgMatches, Command, Parser};

use crate::backend::{BackendInfo, BackendName, Program, TrainBackend, run_on, run_on_device};
use crate::exit::{ProgramError, exit_code};
use crate::flags::TaskFlags;
use crate::group::{self, Group, share_cores};
use crate::hub::{Shown, Source};
use crate::logging;
use crate::output::Output;
use crate::run_toml::Record;
use crate::signals::stop_on_signals;
pub use defaults::with_defaults;

/// A program that trains a model for a task, or scores one.
pub trait TaskProgram {
    /// The task's name, as in `out/mrpc`.
    const NAME: &'static str;

    /// With the flags that follow from those that were given.
    fn with_implied_flags(self) -> Self
    where
        Self: Sized,
    {
        self
    }

    /// The flags that it shares with other tasks.
    fn flags(&self) -> &TaskFlags;

    /// The numbers of its run.
    fn arguments(&self) -> TrainingArguments;

    /// How many folds its rows are cut into, where they are: a training for each.
    fn folds(&self) -> Option<u64> {
        None
    }

    /// Fetches the data that it was given by name; what was named is then known by its files.
    ///
    /// # Errors
    /// When that cannot be had.
    fn fetch(&mut self, source: Source<'_>) -> Result<(), ProgramError> {
        let _ = source;
        Ok(())
    }

    /// Does it all; says why a training ended early, where it did.
    ///
    /// # Errors
    /// What ended it.
    fn run<B: TrainBackend>(
        self,
        stage: Stage,
        device: B::Device,
        backend: BackendInfo,
    ) -> Result<Option<StopReason>, TrainingError>;
}

/// What a program runs on.
pub struct Stage {
    /// Raised by whoever wants it to end.
    pub stop: StopFlag,
    /// Where it shows what it does.
    pub screen: Screen,
    /// The numbers of its run, checked.
    pub arguments: TrainingArguments,
    /// Where its results go.
    pub output: Output,
    /// Its flags, for its folder.
    pub record: Record,
    /// The processes that do it together.
    pub ranks: Arc<dyn Ranks>,
}

/// Runs a program to its end: the whole of its `main`.
pub fn run_task<T: TaskProgram + Parser>() -> ExitCode {
    let command = with_defaults::<T>(T::command());
    let matches = command.clone().get_matches();
    run_parsed_task::<T>(&command, &matches)
}

/// Runs a program whose flags, and perhaps others, are the `matches` of `command`.
pub fn run_parsed_task<T: TaskProgram + Parser>(
    command: &Command,
    matches: &ArgMatches,
) -> ExitCode {
    let task = match T::from_arg_matches(matches) {
        Ok(task) => task.with_implied_flags(),
        Err(error) => return say_usage(&error),
    };
    logging::to_standard_error();
    let record = Record::of(T::NAME, command, matches);
    let timeout = task.flags().run.rank_timeout();
    let group = Group::join(timeout).map_err(ProgramError::from);
    let told = |error: &ProgramError| (error.text(), error.code());
    exit_code(group.and_then(|group| group.run(|ranks| start(task, record, ranks), told)))
}

/// Says on which flag a command line fails, or the help that it asks for.
pub fn say_usage(error: &clap::Error) -> ExitCode {
    // Nobody may be there to read it.
    let _ = error.print();
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// A program that opens a model and trains nothing.
pub trait ModelProgram: Program<Output = Result<(), ProgramError>> {
    /// Where it runs, if that was said.
    fn backend(&self) -> Option<BackendName>;
}

/// Runs a program to its end: the whole of its `main`, once the flags are read.
pub fn run_model_program<P: ModelProgram>(program: P) -> ExitCode {
    logging::to_standard_error();
    let done = run_on(program.backend(), program).map_err(ProgramError::from);
    exit_code(done.flatten().map(|()| None))
}

/// What is known by its name, before anything takes a device.
fn fetch<T: TaskProgram>(
    task: &mut T,
    screen: &Screen,
    stop: &StopFlag,
) -> Result<(), ProgramError> {
    let found = task.flags().find_model(screen, stop);
    found.map_err(TrainingError::from)?;
    let flags = task.flags().tokenizer.hub;
    let shown = Shown::On(screen, stop);
    task.fetch(Source { flags, shown })
}

fn start<T: TaskProgram>(
    mut task: T,
    record: Record,
    ranks: &Arc<dyn Ranks>,
) -> Result<Option<StopReason>, ProgramError> {
    let arguments = task.arguments();
    arguments.check()?;
    let stop = stop_on_signals()?;
    let flags = task.flags();
    let output = match ranks.is_root() {
        true => Output::claim(flags, task.folds(), T::NAME, arguments.seed)?,
        false => Output::of_root(),
    };
    let output = output.of_all(ranks.as_ref());
    let output_dir = &output.dir;
    group::write_to_log(ranks.as_ref(), output_dir)?;
    // From the first moment: finding a device can take a while, too.
    let screen = match flags.eval_only || !ranks.is_root() {
        true => Screen::open(Display::None, output_dir, &stop),
        false => flags.run.screen(output_dir, &stop),
    };
    let screen = screen.map_err(ProgramError::Display)?;
    if let Some(note) = &output.note {
        screen.say(note);
    }
    if let Err(error) = fetch(&mut task, &screen, &stop) {
        return match stop.requested() {
            Some(reason) => Ok(Some(reason)),
            None => Err(error),
        };
    }
    screen.prepare("looking for a device");
    let stage = Stage {
        stop,
        screen,
        arguments,
        output,
        record,
        ranks: ranks.clone(),
    };
    if let Some(warning) = share_cores(ranks.as_ref()) {
        stage.screen.say(&warning);
    }
    let (backend, place) = (task.flags().backend, ranks.local_rank());
    Ok(run_on_device(backend, place, OnBackend { task, stage })??)
}

struct OnBackend<T> {
    task: T,
    stage: Stage,
}

impl<T: TaskProgram> Program for OnBackend<T> {
    type Output = Result<Option<StopReason>, TrainingError>;

    fn run<B: TrainBackend>(self, device: B::Device, backend: BackendInfo) -> Self::Output {
        let Self { task, stage } = self;
        backend.check(&stage.arguments)?;
        let ranks = match stage.ranks.size() {
            1 => String::new(),
            size => format!("{size} ranks of "),
        };
        stage
            .screen
            .say(&format!("{} on {ranks}{backend}", T::NAME));
        task.run::<B>(stage, device, backend)
    }
}
