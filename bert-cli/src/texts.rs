//! What the programs that label sentences or pairs do, once they have read their examples.

use std::path::Path;
use std::sync::Arc;

use bert_core::config::ProblemType;
use bert_data::{EncodedDataset, PairExample};
use bert_tasks::ModelFolder;
use bert_tasks::output::{write_json, write_predictions};
use bert_tasks::sequence::{Classifier, SequenceHead, SequenceModel, Threshold};
use bert_tasks::training::{
    Evaluation, StopReason, TrainableModel, TrainingArguments, TrainingData, TrainingError,
    evaluate,
};

use crate::backend::{BackendInfo, TrainBackend};
use crate::flags::TaskFlags;
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
}

/// A program's examples, and what is to be done with them.
pub(crate) struct Texts<'a> {
    /// The task's name.
    pub(crate) name: &'static str,
    /// Its flags.
    pub(crate) flags: &'a TaskFlags,
    /// What the labels mean.
    pub(crate) problem: ProblemType,
    /// What they are called.
    pub(crate) labels: Vec<String>,
    /// What is trained on, and scored.
    pub(crate) splits: Splits,
    /// What the best model labels at the end, and is scored on where all of it has labels.
    pub(crate) test: Option<Vec<PairExample>>,
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
        stage.screen.prepare("encoding the data");
        let data = match &self.splits {
            Splits::Scored { dev } => Data::Scored(encode("dev", &folder, dev, &stage, true)?),
            Splits::Trained { train, dev } => {
                folder.set_problem(self.problem, &self.labels);
                let dev = encode("dev", &folder, dev, &stage, false)?;
                let train = encode("train", &folder, train, &stage, false)?;
                Data::Trained(TrainingData::new(train, dev))
            }
        };
        // Its own to the end.
        let (dir, _lock) = (stage.output.dir.clone(), stage.output.lock.clone());
        let (arguments, stop) = (stage.arguments.clone(), stage.stop.clone());
        let runs = Runs {
            name: self.name,
            flags: self.flags,
            head: self.head.clone(),
        };
        let stopped = runs.run::<B, M>(stage, &folder, &data, device, backend)?;
        if let Some(test) = &self.test
            && stop.requested().is_none()
        {
            let score = |dir: &Path, model: &Path| {
                self.score_test::<B, M>(test, dir, model, &arguments, device)
            };
            match (self.flags.eval_only, self.flags.seeds) {
                (true, _) => score(&dir, &self.flags.model_folder())?,
                (false, 1) => score(&dir, &dir)?,
                (false, count) => {
                    for seed in (0..count).filter_map(|n| arguments.seed.checked_add(n)) {
                        let dir = dir.join(format!("seed-{seed}"));
                        score(&dir, &dir)?;
                    }
                }
            }
        }
        Ok(stopped)
    }

    /// Leaves `test_predictions.tsv` in `dir` and, of labelled examples, `test_results.json`.
    fn score_test<B, M>(
        &self,
        test: &[PairExample],
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
        let predictions = dir.join("test_predictions.tsv");
        if test.iter().all(|example| example.label.is_some()) {
            let (trained, _): (M::InnerModule, _) = folder.load_trained(model, device)?;
            let head = SequenceHead {
                threshold: Threshold::Fixed(folder.config.threshold()),
                ..self.head.clone()
            };
            let encoded =
                EncodedDataset::encode(&folder.tokenizer, test, arguments.max_seq_length)?;
            let evaluation = evaluate(&trained, &head, &Arc::new(encoded), arguments)?;
            write_json(&dir.join("test_results.json"), &evaluation.scores())?;
            write_predictions(&predictions, &evaluation.predictions)?;
        } else {
            let classifier =
                Classifier::<B::InnerBackend, M::InnerModule>::of(folder, model, device)?
                    .with_batch_size(arguments.eval_batch_size)
                    .with_max_seq_length(arguments.max_seq_length);
            let texts: Vec<(&str, Option<&str>)> = test
                .iter()
                .map(|example| (example.text_a.as_str(), example.text_b.as_deref()))
                .collect();
            let found = classifier.predict(&texts)?.into_iter();
            let labels: Vec<_> = found.map(|prediction| prediction.label).collect();
            write_predictions(&predictions, &labels)?;
        }
        Ok(())
    }
}

/// What was unknown or cut is said at once: it is the first thing to know of a split.
fn encode(
    split: &str,
    folder: &ModelFolder,
    examples: &[PairExample],
    stage: &Stage,
    warn: bool,
) -> Result<Arc<EncodedDataset>, TrainingError> {
    let length = stage.arguments.max_seq_length;
    let encoded = EncodedDataset::encode(&folder.tokenizer, examples, length)?;
    say_statistics(&stage.screen, split, &encoded.statistics(), warn);
    Ok(Arc::new(encoded))
}
