//! Scoring a model, or training one with every seed, whatever the task.

use std::sync::Arc;
use std::time::Instant;

use bert_core::backend::{BertAutodiffBackend, BertBackend};
use bert_tasks::ModelFolder;
use bert_tasks::events::Environment;
use bert_tasks::training::{
    Evaluation, Head, ScoredModel, StopReason, TrainableModel, TrainingData, TrainingError,
    evaluate, fit, for_each_seed,
};

use crate::backend::BackendInfo;
use crate::flags::{TaskFlags, casing_guess};
use crate::results::{self, RunResult};
use crate::start::Stage;

/// What a program does with a model: all that is its own.
pub struct Runs<'a, H> {
    /// The task's name.
    pub name: &'static str,
    /// The flags that it shares with other tasks.
    pub flags: &'a TaskFlags,
    /// What the model learns, and is scored by.
    pub head: H,
}

/// What it does it with.
pub enum Data<D> {
    /// Scored alone.
    Scored(Arc<D>),
    /// Trained on.
    Trained(TrainingData<D>),
}

impl<H: Head> Runs<'_, H> {
    /// Scores the model of `--model`, or trains one with each seed, and says why a training ended
    /// early, where it did. M is the model that is trained.
    ///
    /// # Errors
    /// What ended it.
    pub fn run<B, M>(
        &self,
        stage: Stage,
        folder: &ModelFolder,
        data: &Data<H::Data>,
        device: &B::Device,
        backend: &BackendInfo,
    ) -> Result<Option<StopReason>, TrainingError>
    where
        B: BertAutodiffBackend,
        M: TrainableModel<B, H>,
    {
        match data {
            Data::Scored(data) => self
                .score::<B::InnerBackend, M::InnerModule>(&stage, folder, data, device, backend)
                .map(|()| None),
            Data::Trained(data) => self.train::<B, M>(stage, folder, data, device, backend),
        }
    }

    /// Scores the model of `--model` and writes the results.
    fn score<B: BertBackend, M: ScoredModel<B, H>>(
        &self,
        stage: &Stage,
        folder: &ModelFolder,
        data: &Arc<H::Data>,
        device: &B::Device,
        backend: &BackendInfo,
    ) -> Result<(), TrainingError> {
        let Stage {
            screen,
            arguments,
            output,
            ..
        } = stage;
        let path = self.flags.model.as_deref();
        let path = path.expect("clap asks for --model with --eval-only");
        let (model, report): (M, _) = folder.load_trained(path, device)?;
        casing_guess(folder)
            .iter()
            .for_each(|line| screen.say(line));
        screen.say(&report.to_string());
        let model = model.with_precision(arguments.precision());
        let started = Instant::now();
        let evaluation = evaluate(&model, &self.head, data, arguments)?;
        let seconds = started.elapsed().as_secs_f64();
        self.head.write(&evaluation, data, &output.dir)?;
        let time = (seconds, evaluation.examples() as f64 / seconds);
        let run = RunResult::evaluated(&evaluation, time, arguments, backend);
        run.write(&output.dir)?;
        results::finish(screen, &output.dir, &[run], 1)?;
        Ok(())
    }

    /// Trains a model with each seed and writes the results of each as soon as they are there: what
    /// is reached stays.
    fn train<B, M>(
        &self,
        stage: Stage,
        folder: &ModelFolder,
        data: &TrainingData<H::Data>,
        device: &B::Device,
        backend: &BackendInfo,
    ) -> Result<Option<StopReason>, TrainingError>
    where
        B: BertAutodiffBackend,
        M: TrainableModel<B, H>,
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
        let environment = Environment::of(backend.to_string());
        let options = flags.run.options(
            self.name,
            output_dir.clone(),
            arguments,
            environment,
            stop,
            &screen,
        );
        let options = options.with_lock(output.lock.clone());
        let options = record.kept_by(options, backend.name, flags.seeds);
        let mut runs = Vec::new();
        let stopped = for_each_seed(&options, flags.seeds, |options| {
            screen.prepare("reading the weights");
            let (model, report): (M, _) = flags.load(folder, &options.arguments, device)?;
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
            let options = options.with_load_report(load_report);
            let tuned = fit(model, &self.head, folder, data, &options)?;
            runs.extend(results::keep(&screen, &tuned, &options, backend)?);
            Ok(tuned.stopped)
        })?;
        screen.close();
        results::finish(&screen, &output_dir, &runs, flags.seeds)?;
        results::say_stopped(&screen, stopped.as_ref());
        Ok(stopped)
    }
}
