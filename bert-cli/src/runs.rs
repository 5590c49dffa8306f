//! Scoring a model, or training one with every seed or on every fold, whatever the task.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use bert_core::backend::{BertAutodiffBackend, BertBackend};
use bert_core::files::FileError;
use bert_tasks::ModelFolder;
use bert_tasks::card::BaseModel;
use bert_tasks::display::dashboard::Screen;
use bert_tasks::events::Environment;
use bert_tasks::output::write_json;
use bert_tasks::training::{
    Evaluation, Head, RunOptions, ScoredModel, StopReason, TrainableModel, TrainingArguments,
    TrainingData, TrainingError, evaluate, evaluate_together, fit, for_each_fold, for_each_seed,
};

use crate::backend::BackendInfo;
use crate::flags::{TaskFlags, casing_guess};
use crate::output::Output;
use crate::results::{self, RunResult, Several};
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
        let (model, report): (M, _) = folder.load_trained(&self.flags.model_folder(), device)?;
        casing_guess(folder)
            .iter()
            .for_each(|line| screen.say(line));
        screen.say(&report.to_string());
        let model = model.with_precision(arguments.precision());
        let started = Instant::now();
        let ranks = stage.ranks.as_ref();
        let evaluation = evaluate_together(&model, &self.head, data, arguments, ranks)?;
        if !ranks.is_root() {
            return Ok(());
        }
        let seconds = started.elapsed().as_secs_f64();
        self.head.write(&evaluation, data, &output.dir)?;
        let time = (seconds, evaluation.examples() as f64 / seconds);
        let run = RunResult::evaluated(&evaluation, time, arguments, backend);
        run.write(&output.dir)?;
        results::finish(screen, &output.dir, &[run], None)?;
        Ok(())
    }

    /// Scores, at rank 0, the best model of each training in `dir`, or the model of `--model` that was scored
    /// alone, on another split; leaves `NAME_results.json` and the head's files beside it, in
    /// `NAME`.
    ///
    /// # Errors
    /// As [`run`](Self::run) where it scores.
    pub fn score_at_end<B: BertBackend, M: ScoredModel<B, H>>(
        &self,
        (dir, name): (&Path, &str),
        data: &Arc<H::Data>,
        arguments: &TrainingArguments,
        device: &B::Device,
    ) -> Result<(), TrainingError> {
        for (dir, path) in self.models(dir, arguments.seed) {
            let folder = ModelFolder::open(&path)?;
            let (model, _): (M, _) = folder.load_trained(&path, device)?;
            let model = model.with_precision(arguments.precision());
            let evaluation = evaluate(&model, &self.head, data, arguments)?;
            let results = dir.join(format!("{name}_results.json"));
            write_json(&results, &evaluation.scores())?;
            let files = dir.join(name);
            std::fs::create_dir_all(&files).map_err(FileError::at("create", &files))?;
            self.head.write(&evaluation, data, &files)?;
        }
        Ok(())
    }

    /// Where results go, and the model that they are of.
    fn models(&self, dir: &Path, first_seed: u64) -> Vec<(PathBuf, PathBuf)> {
        let (dir, seeds) = (dir.to_owned(), self.flags.seeds);
        if self.flags.eval_only {
            return vec![(dir, self.flags.model_folder())];
        }
        let folders: Vec<PathBuf> = match seeds {
            1 => vec![dir],
            _ => (0..seeds)
                .filter_map(|more| first_seed.checked_add(more))
                .map(|seed| dir.join(format!("seed-{seed}")))
                .collect(),
        };
        let there = folders
            .into_iter()
            .filter(|folder| folder.join("config.json").exists());
        there.map(|folder| (folder.clone(), folder)).collect()
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
        let seeds = self.flags.seeds;
        let (mut screen, output, options) = self.begin(stage, backend, seeds > 1);
        let mut runs = Vec::new();
        let stopped = for_each_seed(&options, seeds, |options| {
            let model = self.model::<B, M>(&screen, folder, options, device, runs.is_empty())?;
            let (model, options) = model;
            let tuned = fit(model, &self.head, folder, data, &options)?;
            runs.extend(results::keep(&screen, &tuned, &options, backend)?);
            Ok(tuned.stopped)
        })?;
        screen.close();
        if !options.ranks.is_root() {
            return Ok(stopped);
        }
        let several = (seeds > 1).then_some(Several::Seeds);
        results::finish(&screen, &output.dir, &runs, several)?;
        results::say_stopped(&screen, stopped.as_ref());
        Ok(stopped)
    }

    /// Trains a model for each of `count` folds; `data` gives what it is trained on and scored by.
    /// Once all are there, `write` gets the evaluation of each.
    ///
    /// # Errors
    /// What ended it.
    pub fn folds<B, M>(
        &self,
        stage: Stage,
        folder: &ModelFolder,
        (count, mut data, write): (
            usize,
            impl FnMut(&Screen, usize) -> Result<TrainingData<H::Data>, TrainingError>,
            impl FnOnce(&[H::Evaluation]) -> Result<(), TrainingError>,
        ),
        device: &B::Device,
        backend: &BackendInfo,
    ) -> Result<Option<StopReason>, TrainingError>
    where
        B: BertAutodiffBackend,
        M: TrainableModel<B, H>,
    {
        let (mut screen, output, options) = self.begin(stage, backend, true);
        let (mut runs, mut evaluations) = (Vec::new(), Vec::new());
        let stopped = for_each_fold(&options, count, |fold, options| {
            let data = data(&screen, fold)?;
            let model = self.model::<B, M>(&screen, folder, options, device, runs.is_empty())?;
            let (model, options) = model;
            let tuned = fit(model, &self.head, folder, &data, &options)?;
            let run = results::keep(&screen, &tuned, &options, backend)?;
            runs.extend(run.map(|run| run.of_fold(fold + 1)));
            evaluations.extend(tuned.best.map(|best| best.evaluation));
            Ok(tuned.stopped)
        })?;
        screen.close();
        if !options.ranks.is_root() {
            return Ok(stopped);
        }
        if evaluations.len() == count {
            write(&evaluations)?;
        }
        results::finish(&screen, &output.dir, &runs, Some(Several::Folds))?;
        results::say_stopped(&screen, stopped.as_ref());
        Ok(stopped)
    }

    /// What is the same for all trainings of a program. The output folder is its own to the end:
    /// the results come last.
    fn begin(
        &self,
        stage: Stage,
        backend: &BackendInfo,
        is_several: bool,
    ) -> (Screen, Output, RunOptions) {
        let Stage {
            stop,
            screen,
            arguments,
            output,
            record,
            ranks,
        } = stage;
        let environment = Environment::of(backend.to_string());
        let options = self.flags.run.options(
            self.name,
            output.dir.clone(),
            arguments,
            environment,
            stop,
            &screen,
        );
        let base = match self.flags.from_scratch {
            true => BaseModel::default(),
            false => self.flags.base(),
        };
        let options = match &output.lock {
            Some(lock) => options.with_lock(lock.clone()),
            None => options,
        };
        let options = options.with_base(base).with_ranks(ranks);
        let options = options.with_datasets(self.flags.datasets());
        let options = record.kept_by(options, backend.name, is_several);
        (screen, output, options)
    }

    /// The model to train, and the options with what was loaded into it.
    fn model<B, M>(
        &self,
        screen: &Screen,
        folder: &ModelFolder,
        options: RunOptions,
        device: &B::Device,
        is_first: bool,
    ) -> Result<(M, RunOptions), TrainingError>
    where
        B: BertAutodiffBackend,
        M: TrainableModel<B, H>,
    {
        screen.prepare("reading the weights");
        let (model, report): (M, _) = self.flags.load(folder, &options.arguments, device)?;
        let guess = casing_guess(folder);
        guess
            .iter()
            .filter(|_| is_first)
            .for_each(|line| screen.say(line));
        let load_report = results::say_report(screen, report, is_first);
        let load_report = [Vec::from_iter(guess), vec![load_report]]
            .concat()
            .join("\n");
        Ok((model, options.with_load_report(load_report)))
    }
}
