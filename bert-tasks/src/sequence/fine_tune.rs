//! From a model and two splits to the best model, by way of burn-train's learner.

use std::sync::{Arc, Mutex, PoisonError};

use bert_core::backend::BertAutodiffBackend;
use bert_core::config::BertConfig;
use bert_core::weights::{LoadPolicy, load_folder};
use bert_data::EncodedDataset;

use super::task::{Kept, SequenceTask};
use super::{BertForSequenceClassification, Evaluation, SequenceFolder, evaluate};
use crate::training::{EvaluationRecord, Job, RunOptions, StopReason, TrainingError, launch};

/// The splits of a fine-tuning.
#[derive(Clone, derive_new::new)]
pub struct FineTuneData {
    /// Trained on.
    pub train: Arc<EncodedDataset>,
    /// Evaluated on; decides which model is kept.
    pub dev: Arc<EncodedDataset>,
}

/// What a fine-tuning ended with. The best model is in the output folder.
#[derive(Clone, Debug)]
pub struct FineTuned {
    /// The best evaluation; absent where the training was stopped before the first.
    pub best: Option<BestEvaluation>,
    /// All evaluations.
    pub evaluations: Vec<EvaluationRecord>,
    /// Optimizer steps done.
    pub step: usize,
    /// Wall time of training and evaluation, in all processes of the run.
    pub seconds: f64,
    /// Training examples seen per second, evaluations included.
    pub examples_per_second: f64,
    /// Why it ended before its last step, where it did.
    pub stopped: Option<StopReason>,
    /// What somebody should know.
    pub warnings: Vec<String>,
}

/// The evaluation of the model that was kept.
#[derive(Clone, Debug)]
pub struct BestEvaluation {
    /// Epoch, from 1.
    pub epoch: usize,
    /// Optimizer steps of the run by then.
    pub step: usize,
    /// Scores and predictions.
    pub evaluation: Evaluation,
}

/// Fine-tunes `model` and keeps the best evaluation's model in the output folder, saved as soon as
/// it is reached. Goes on from a checkpoint where `options` say so; the weights of `model` are
/// replaced by the checkpoint's then.
///
/// # Errors
/// Before anything is written: arguments that make no run, splits that do not fit the model, an
/// output folder that has another run. Later: a loss that is not finite, a folder that cannot be
/// written. The best model and the last checkpoints are in the output folder all the same.
pub fn fine_tune<B: BertAutodiffBackend>(
    model: BertForSequenceClassification<B>,
    folder: Arc<SequenceFolder>,
    data: FineTuneData,
    options: &RunOptions,
) -> Result<FineTuned, TrainingError> {
    let RunOptions {
        arguments,
        output_dir,
        ..
    } = options;
    arguments.check()?;
    for (name, split) in [("train", &data.train), ("dev", &data.dev)] {
        check_labels(name, split)?;
        check_fit(&folder.config, split)?;
    }
    let kept = Arc::new(Mutex::new(Kept::default()));
    let task = SequenceTask::new(folder.clone(), data.dev.clone(), arguments, kept.clone())?;
    let device = model.classifier.weight.device();
    let ended = launch(
        Job {
            model: model
                .with_label_smoothing(arguments.label_smoothing)
                .with_precision(arguments.precision()),
            device: device.clone(),
            task: Box::new(task),
            config: &folder.config,
            train: data.train,
            dev: data.dev.clone(),
        },
        options,
    )?;
    let state = ended.state;
    let kept = kept.lock().unwrap_or_else(PoisonError::into_inner).take();
    let best = match (state.best(), kept) {
        (None, _) => None,
        (Some(record), Some(evaluation)) => Some((record, evaluation)),
        // It was reached by a process before this one, which has left the model.
        (Some(record), None) => {
            let saved = BertForSequenceClassification::<B::InnerBackend>::new(
                &folder.config,
                arguments.seed,
                &device,
            )?;
            let saved = saved.with_precision(arguments.precision());
            let (saved, _) = load_folder(saved, output_dir, &LoadPolicy::strict())?;
            Some((record, evaluate(&saved, &data.dev, arguments)?))
        }
    };
    Ok(FineTuned {
        best: best.map(|(record, evaluation)| BestEvaluation {
            epoch: record.epoch,
            step: record.step,
            evaluation,
        }),
        examples_per_second: state.examples as f64 / state.seconds,
        step: state.step,
        seconds: state.seconds,
        evaluations: state.evaluations,
        stopped: ended.stopped,
        warnings: ended.warnings,
    })
}

/// Every example of a split that is trained on or scored must have a label.
pub(super) fn check_labels(
    split: &'static str,
    data: &EncodedDataset,
) -> Result<(), TrainingError> {
    match data.labels().iter().position(Option::is_none) {
        Some(index) => Err(TrainingError::NoLabel { split, index }),
        None => Ok(()),
    }
}

/// No sequence of a split may be longer than the positions of the model.
pub(super) fn check_fit(config: &BertConfig, data: &EncodedDataset) -> Result<(), TrainingError> {
    if data.max_seq_length() > config.max_position_embeddings {
        return Err(TrainingError::TooLong {
            max_seq_length: data.max_seq_length(),
            positions: config.max_position_embeddings,
        });
    }
    Ok(())
}

/// What `--reinit-layers` leaves fresh of a model that is loaded: the top layers and the pooler, as
/// in Zhang et al. 2021, <https://arxiv.org/abs/2006.05987>.
pub fn reinit(policy: LoadPolicy, config: &BertConfig, layers: usize) -> LoadPolicy {
    if layers == 0 {
        return policy;
    }
    let all = config.num_hidden_layers;
    (all.saturating_sub(layers)..all).fold(policy.leave_fresh("bert.pooler."), |policy, layer| {
        policy.leave_fresh(format!("bert.encoder.layer.{layer}."))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::backend::Flex;
    use burn::tensor::Tensor;

    #[test]
    fn top_layers_and_the_pooler_start_fresh_on_request() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../bert-core/tests/fixtures/tiny-bert"
        );
        let folder = SequenceFolder::open(path.as_ref()).unwrap();
        let device = Default::default();
        let load = |layers| {
            let policy = reinit(LoadPolicy::strict(), &folder.config, layers);
            folder
                .load::<Flex>(path.as_ref(), &policy, 3, &device)
                .unwrap()
        };
        let fresh = BertForSequenceClassification::<Flex>::new(&folder.config, 3, &device).unwrap();
        let ((whole, all), (partly, report)) = (load(0), load(2));
        assert!(all.left_fresh.is_empty());
        // Two layers of 16 parameters, and the pooler's two.
        assert_eq!(report.left_fresh.len(), 34, "{report}");
        assert_eq!(report.loaded.len() + 34, all.loaded.len());

        let query = |model: &BertForSequenceClassification<Flex>, layer: usize| {
            let layer = &model.bert.encoder.layer[layer];
            layer.attention.self_attention.query.weight.val()
        };
        let pooler =
            |model: &BertForSequenceClassification<Flex>| model.bert.pooler.dense.weight.val();
        let same = |a: Tensor<Flex, 2>, b: Tensor<Flex, 2>| a.into_data() == b.into_data();
        assert!(same(query(&partly, 0), query(&whole, 0)));
        for layer in [1, 2] {
            assert!(same(query(&partly, layer), query(&fresh, layer)));
            assert!(!same(query(&partly, layer), query(&whole, layer)));
        }
        assert!(same(pooler(&partly), pooler(&fresh)));
    }
}
