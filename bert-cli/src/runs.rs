//! Scoring a model, or training one with every seed, whatever the task.

use std::time::Instant;

use bert_core::backend::{BertAutodiffBackend, BertBackend};
use bert_tasks::events::Environment;
use bert_tasks::training::{FineTuned, RunOptions, StopReason, TrainingError, for_each_seed};
use bert_tasks::{ModelFolder, TaskModel};

use crate::backend::BackendInfo;
use crate::flags::{TaskFlags, casing_guess};
use crate::results::{self, Run, Scored};
use crate::start::Stage;

/// What a program's runs have in common.
pub struct Runs<'a, B: BertBackend> {
    /// The task's name.
    pub name: &'static str,
    /// The flags that it shares with other tasks.
    pub flags: &'a TaskFlags,
    /// Where the model is.
    pub device: &'a B::Device,
    /// The same in words.
    pub backend: &'a BackendInfo,
}

impl<B: BertBackend> Runs<'_, B> {
    /// Scores the model of `--model` with `evaluate` and writes the results.
    ///
    /// # Errors
    /// When there is no such model, or what `evaluate` returns.
    pub fn score<M: TaskModel<B>, E: Scored>(
        &self,
        stage: &Stage,
        folder: &ModelFolder,
        evaluate: impl FnOnce(&M) -> Result<E, TrainingError>,
    ) -> Result<(), TrainingError> {
        let Stage {
            screen,
            arguments,
            output,
            ..
        } = stage;
        let path = self.flags.model.as_deref();
        let path = path.expect("clap asks for --model with --eval-only");
        let (model, report): (M, _) = folder.load_trained(path, self.device)?;
        casing_guess(folder)
            .iter()
            .for_each(|line| screen.say(line));
        screen.say(&report.to_string());
        let model = model.with_precision(arguments.precision());
        let started = Instant::now();
        let evaluation = evaluate(&model)?;
        let seconds = started.elapsed().as_secs_f64();
        let time = (seconds, evaluation.examples() as f64 / seconds);
        let run = Run::evaluated(&evaluation, time, arguments, self.backend);
        run.write(&output.dir)?;
        results::finish(screen, &output.dir, &[run], 1)?;
        Ok(())
    }

    /// Trains a model with each seed and writes the results of each as soon as they are there:
    /// what is reached stays. Says why a training ended early, where it did.
    ///
    /// # Errors
    /// When the model cannot be loaded, or what `train` returns.
    pub fn train<M: TaskModel<B>, E: Scored>(
        &self,
        stage: Stage,
        folder: &ModelFolder,
        mut train: impl FnMut(M, &RunOptions) -> Result<FineTuned<E>, TrainingError>,
    ) -> Result<Option<StopReason>, TrainingError>
    where
        B: BertAutodiffBackend,
    {
        let Stage {
            stop,
            mut screen,
            arguments,
            // Its own to the end: the results come last.
            output,
            record,
        } = stage;
        let (flags, output_dir) = (self.flags, output.dir.clone());
        let environment = Environment::of(self.backend.to_string());
        let options = flags.run.options(
            self.name,
            output_dir.clone(),
            arguments,
            environment,
            stop,
            &screen,
        );
        let options = RunOptions {
            lock: Some(output.lock.clone()),
            ..options
        };
        let options = record.kept_by(options, self.backend.name, flags.seeds);
        let mut runs = Vec::new();
        let stopped = for_each_seed(&options, flags.seeds, |options| {
            screen.prepare("reading the weights");
            let (model, report): (M, _) = flags.load(folder, &options.arguments, self.device)?;
            let is_first = runs.is_empty();
            let guess = casing_guess(folder);
            guess
                .iter()
                .filter(|_| is_first)
                .for_each(|line| screen.say(line));
            let load_report = results::say_report(&screen, report, is_first);
            let load_report = [Vec::from_iter(guess), vec![load_report]]
                .concat()
                .join("\n");
            let options = RunOptions {
                load_report,
                ..options
            };
            let tuned = train(model, &options)?;
            runs.extend(results::keep(&screen, &tuned, &options, self.backend)?);
            Ok(tuned.stopped)
        })?;
        screen.close();
        results::finish(&screen, &output_dir, &runs, flags.seeds)?;
        results::say_stopped(&screen, stopped.as_ref());
        Ok(stopped)
    }
}
