//! The loop: what burn-train's learner does from the first step to the last.
//!
//! burn-train's own loop sums accumulated gradients, drops what is left of them at the end of an
//! epoch, clips per parameter, moves the schedule at every pass, and can go on from the end of an
//! epoch only. This one takes the mean, ends an epoch with a smaller step, clips by the global
//! norm, moves the schedule once per optimizer step, and goes on from any step as if it had never
//! stopped. What people see of it comes from its events, not from burn-train's metrics.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use bert_core::backend::BertAutodiffBackend;
use burn::tensor::Device;
use burn::train::{
    InferenceStep, Learner, LearningComponentsTypes, SupervisedLearningStrategy,
    SupervisedTrainingEventProcessor, TrainLoader, TrainStep, TrainingComponents, ValidLoader,
};

use super::checkpoint::Identity;
use super::session::Session;
use super::{
    BatchReport, Epoch, GroupedAdamW, PassInput, StopFlag, StopReason, Task, TrainingArguments,
    TrainingError, TrainingState,
};
use crate::events::EventLog;

/// What an evaluation pass says of a batch.
pub(super) type ValidOutput<LC> =
    <<LC as LearningComponentsTypes>::InferenceModel as InferenceStep>::Output;

/// The task of a training with these components.
pub type TaskOf<LC> =
    Box<dyn Task<<LC as LearningComponentsTypes>::InferenceModel, ValidOutput<LC>>>;

/// Everything that the loop works with besides model and data.
pub struct Setup<LC: LearningComponentsTypes>
where
    LC::Backend: BertAutodiffBackend,
{
    /// The numbers of the run.
    pub arguments: TrainingArguments,
    /// Where the model is.
    pub device: Device<LC::Backend>,
    /// Shared with the training loader, whose order depends on it.
    pub epoch: Epoch,
    /// Shares its state with the learner's.
    pub optimizer: GroupedAdamW<LC::Backend>,
    /// Scores, and keeps the best model.
    pub task: TaskOf<LC>,
    /// Where checkpoints go.
    pub output_dir: PathBuf,
    /// What makes a checkpoint one of this run.
    pub identity: Identity,
    /// Raised by whoever wants an end.
    pub stop: StopFlag,
    /// Since when `max_time` counts; the beginning of the loop where absent.
    pub clock: Option<Instant>,
    /// What is written down.
    pub events: EventLog,
    /// Where the training begins.
    pub state: TrainingState,
}

/// How a training ended that nothing went wrong with.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Where it was.
    pub state: TrainingState,
    /// Why it did not go on to its last step, where it did not.
    pub stopped: Option<StopReason>,
    /// What somebody should know.
    pub warnings: Vec<String>,
}

/// How a training ended.
pub type Outcome = Result<Ended, TrainingError>;

/// The loop as a strategy of burn-train's learner.
pub struct TrainingLoop<LC: LearningComponentsTypes>
where
    LC::Backend: BertAutodiffBackend,
{
    // Taken out when the learner starts, which it does once.
    setup: Mutex<Option<Setup<LC>>>,
    outcome: Arc<Mutex<Option<Outcome>>>,
}

impl<LC: LearningComponentsTypes> TrainingLoop<LC>
where
    LC::Backend: BertAutodiffBackend,
{
    /// The second value holds the outcome after the learner has returned.
    pub fn new(setup: Setup<LC>) -> (Self, Arc<Mutex<Option<Outcome>>>) {
        let outcome = Arc::new(Mutex::new(None));
        let this = Self {
            setup: Mutex::new(Some(setup)),
            outcome: outcome.clone(),
        };
        (this, outcome)
    }
}

impl<LC> SupervisedLearningStrategy<LC> for TrainingLoop<LC>
where
    LC: LearningComponentsTypes,
    LC::Backend: BertAutodiffBackend,
    <LC::TrainingModel as TrainStep>::Input: PassInput,
    <LC::TrainingModel as TrainStep>::Output: BatchReport,
{
    fn fit(
        &self,
        components: TrainingComponents<LC>,
        learner: Learner<LC>,
        train: TrainLoader<LC>,
        valid: ValidLoader<LC>,
        _starting_epoch: usize,
    ) -> (LC::TrainingModel, SupervisedTrainingEventProcessor<LC>) {
        let setup = self
            .setup
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
            .expect("a loop runs once");
        let mut session = Session::new(setup, learner, components);
        let outcome = session.run(&train, &valid);
        *self.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
        session.into_parts()
    }
}
