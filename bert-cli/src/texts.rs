//! What the programs that label sentences or pairs do, once they have read their examples.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bert_core::config::ProblemType;
use bert_core::files::write_atomically;
use bert_data::{EncodedDataset, Label, PairExample, Windows};
use bert_tasks::display::dashboard::Screen;
use bert_tasks::output::{write_json, write_predictions};
use bert_tasks::sequence::{
    Classifier, SequenceEvaluation, SequenceHead, SequenceModel, Threshold,
};
use bert_tasks::training::{
    Evaluation, StopReason, TrainableModel, TrainingArguments, TrainingData, TrainingError,
    evaluate,
};
use bert_tasks::{ModelFolder, TaskModel};

use crate::backend::{BackendInfo, TrainBackend};
use crate::flags::TaskFlags;
use crate::folds::Folds;
use crate::results::say_statistics;
use crate::runs::{Data, Runs};
use crate::start::Stage;

/// The examples of a program.
pub(crate) enum Splits {
    /// To score a model on.
    Scored { dev: Vec<PairExample> },
    /// To train one on.
    Trained {
        train: Vec<PairExample>,
        dev: Vec<PairExample>,
    },
    /// To train one for each fold.
    Folds(Folds),
}

/// Examples that the best model labels, and is scored on where all have labels.
pub(crate) struct Extra {
    /// What their results are called.
    name: String,
    examples: Vec<PairExample>,
    /// A file of the labels, in the form that somebody asks for.
    submission: Option<Submission>,
}

/// The name of a file, and its text from the labels.
pub(crate) type Submission = (
    String,
    Box<dyn Fn(&[Label]) -> Result<String, TrainingError>>,
);

impl Extra {
    pub(crate) fn scored(name: &str, examples: Vec<PairExample>) -> Self {
        Self {
            name: name.to_owned(),
            examples,
            submission: None,
        }
    }

    pub(crate) fn submitted(examples: Vec<PairExample>, submission: Submission) -> Self {
        Self {
            name: "test".to_owned(),
            examples,
            submission: Some(submission),
        }
    }
}

/// A program's examples, and what is to be done with them.
pub(crate) struct Texts<'a> {
    /// The task's name.
    pub(crate) name: &'static str,
    /// Its flags.
    pub(crate) flags: &'a TaskFlags,
    /// How longer texts are read, where they are not cut.
    pub(crate) windows: Option<Windows>,
    /// What the labels mean.
    pub(crate) problem: ProblemType,
    /// What they are called.
    pub(crate) labels: Vec<String>,
    /// What is trained on, and scored.
    pub(crate) splits: Splits,
    /// What the best model labels at the end.
    pub(crate) extras: Vec<Extra>,
    /// How it is scored.
    pub(crate) head: SequenceHead,
}

impl Texts<'_> {
    /// Trains a model of the type M, or scores one, as the flags say.
    pub(crate) fn run<B, M>(
        self,
        mut folder: ModelFolder,
        stage: Stage,
        device: &B::Device,
        backend: &BackendInfo,
    ) -> Result<Option<StopReason>, TrainingError>
    where
        B: TrainBackend,
        M: TrainableModel<B, SequenceHead>,
        M::InnerModule: SequenceModel<B::InnerBackend>,
    {
        if !matches!(self.splits, Splits::Scored { .. }) {
            folder.set_problem(self.problem, &self.labels);
        }
        let (length, windows) = (stage.arguments.max_seq_length, self.windows);
        // Its own to the end.
        let (dir, _lock) = (stage.output.dir.clone(), stage.output.lock.clone());
        let (arguments, stop) = (stage.arguments.clone(), stage.stop.clone());
        let is_root = stage.ranks.is_root();
        let runs = Runs {
            name: self.name,
            flags: self.flags,
            head: self.head.clone(),
        };
        let encode = |screen: &Screen, split: &str, examples: &[PairExample]| {
            let warn = self.flags.eval_only;
            encode(split, &folder, examples, (length, windows), screen, warn)
        };
        stage.screen.prepare("encoding the data");
        let stopped = match &self.splits {
            Splits::Scored { dev } => {
                let data = Data::Scored(encode(&stage.screen, "dev", dev)?);
                runs.run::<B, M>(stage, &folder, &data, device, backend)?
            }
            Splits::Trained { train, dev } => {
                let dev = encode(&stage.screen, "dev", dev)?;
                let train = encode(&stage.screen, "train", train)?;
                let data = Data::Trained(TrainingData::new(train, dev));
                runs.run::<B, M>(stage, &folder, &data, device, backend)?
            }
            Splits::Folds(folds) => {
                let data = |screen: &Screen, fold: usize| {
                    let (train, dev) = folds.split(fold);
                    screen.say(&format!("fold {} of {}", fold + 1, folds.count()));
                    let dev = encode(screen, "dev", &dev)?;
                    Ok(TrainingData::new(encode(screen, "train", &train)?, dev))
                };
                let write = |evaluations: &[SequenceEvaluation]| folds.write(evaluations, &dir);
                let folds = (folds.count(), data, write);
                runs.folds::<B, M>(stage, &folder, folds, device, backend)?
            }
        };
        let ends = is_root && stop.requested().is_none();
        for extra in self.extras.iter().filter(|_| ends) {
            for (dir, model) in self.models(&dir, arguments.seed) {
                self.label::<B, M>(extra, &dir, &model, &arguments, device)?;
            }
        }
        Ok(stopped)
    }

    /// The models that there are at the end, and before each where its results go.
    fn models(&self, dir: &Path, first_seed: u64) -> Vec<(PathBuf, PathBuf)> {
        let each = |names: &mut dyn Iterator<Item = String>| {
            let folders = names.map(|name| dir.join(name));
            let there = folders.filter(|folder| folder.join("config.json").exists());
            there.map(|folder| (folder.clone(), folder)).collect()
        };
        match (&self.splits, self.flags.seeds) {
            (Splits::Scored { .. }, _) => vec![(dir.to_owned(), self.flags.model_folder())],
            (Splits::Folds(folds), _) => {
                each(&mut (1..=folds.count()).map(|fold| format!("fold-{fold}")))
            }
            (Splits::Trained { .. }, 1) => vec![(dir.to_owned(), dir.to_owned())],
            (Splits::Trained { .. }, count) => {
                let seeds = (0..count).filter_map(|n| first_seed.checked_add(n));
                each(&mut seeds.map(|seed| format!("seed-{seed}")))
            }
        }
    }

    /// Leaves `NAME_predictions.tsv` or the submission in `dir` and, of labelled examples,
    /// `NAME_results.json`.
    fn label<B, M>(
        &self,
        extra: &Extra,
        dir: &Path,
        model: &Path,
        arguments: &TrainingArguments,
        device: &B::Device,
    ) -> Result<(), TrainingError>
    where
        B: TrainBackend,
        M: TrainableModel<B, SequenceHead>,
        M::InnerModule: SequenceModel<B::InnerBackend>,
    {
        let folder = ModelFolder::open(model)?;
        let examples = &extra.examples;
        let labels = if examples.iter().all(|example| example.label.is_some()) {
            let (trained, _): (M::InnerModule, _) = folder.load_trained(model, device)?;
            let trained = trained.with_precision(arguments.precision());
            let head = SequenceHead {
                threshold: Threshold::Fixed(folder.config.threshold()),
                ..self.head.clone()
            };
            let length = arguments.max_seq_length;
            let tokenizer = &folder.tokenizer;
            let encoded = EncodedDataset::encode_with(tokenizer, examples, length, self.windows)?;
            let evaluation = evaluate(&trained, &head, &Arc::new(encoded), arguments)?;
            let results = dir.join(format!("{}_results.json", extra.name));
            write_json(&results, &evaluation.scores())?;
            evaluation.predictions
        } else {
            let classifier =
                Classifier::<B::InnerBackend, M::InnerModule>::of(folder, model, device)?
                    .with_batch_size(arguments.eval_batch_size)
                    .with_max_seq_length(arguments.max_seq_length);
            let classifier = match self.windows {
                Some(windows) => classifier.with_windows(windows),
                None => classifier,
            };
            let texts: Vec<_> = examples.iter().map(PairExample::texts).collect();
            let found = classifier.predict(&texts)?.into_iter();
            found.map(|prediction| prediction.label).collect()
        };
        match &extra.submission {
            Some((name, text)) => {
                write_atomically(&dir.join(name), text(&labels)?.as_bytes())?;
            }
            None => {
                let name = format!("{}_predictions.tsv", extra.name);
                write_predictions(&dir.join(name), &labels)?;
            }
        }
        Ok(())
    }
}

/// What was unknown or cut is said at once: it is the first thing to know of a split.
fn encode(
    split: &str,
    folder: &ModelFolder,
    examples: &[PairExample],
    (length, windows): (usize, Option<Windows>),
    screen: &Screen,
    warn: bool,
) -> Result<Arc<EncodedDataset>, TrainingError> {
    let encoded = EncodedDataset::encode_with(&folder.tokenizer, examples, length, windows)?;
    say_statistics(screen, split, &encoded.statistics(), warn);
    Ok(Arc::new(encoded))
}
