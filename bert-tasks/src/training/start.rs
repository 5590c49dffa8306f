//! The beginning of a training: its folder, where it goes on, and what is written down of it.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Instant;

use bert_core::backend::BertAutodiffBackend;
use bert_core::weights::{LoadPolicy, load_folder};
use burn::tensor::Device;
use burn::train::Learner;

use super::checkpoint::Identity;
use super::session::Session;
use super::together::parameters_of_root;
use super::{
    Begin, Dataset, GroupedAdamW, Head, MetricInfo, ParameterGroups, RunOptions, RunningSchedule,
    Schedule, TrainableModel, TrainingData, TrainingError, TrainingState, begin,
};
use crate::events::{Event, EventLog, Spent, SplitStatistics, Start};
use crate::folder::ModelFolder;
use crate::ranks::of_root;

impl<'a, B, M, H> Session<'a, B, M, H>
where
    B: BertAutodiffBackend,
    H: Head,
    M: TrainableModel<B, H>,
{
    /// A training of `model` from its first step, or from where a checkpoint is. Everything has
    /// been checked, and the output folder is locked by `options`.
    pub(super) fn begin(
        model: M,
        device: &'a Device<B>,
        head: &'a H,
        metric: MetricInfo,
        folder: &'a ModelFolder,
        data: &'a TrainingData<H::Data>,
        options: &'a RunOptions,
    ) -> Result<Self, TrainingError> {
        let arguments = &options.arguments;
        let config = model.config().clone();
        let identity = Identity::new(arguments, &config)
            .with_split("train", data.train.as_ref())
            .with_split("dev", data.scored().as_ref());
        let ranks = options.ranks.as_ref();
        let Begin {
            checkpoint,
            mut warnings,
        } = match ranks.is_root() {
            true => begin(options, &identity)?,
            false => Begin::default(),
        };

        let examples = data.train.num_examples();
        let groups = ParameterGroups::new(&model, arguments);
        let mut model = groups.freeze(model);
        let optimizer = GroupedAdamW::new(arguments, groups);
        let mut state = TrainingState {
            total_steps: arguments.total_steps(examples),
            ..TrainingState::default()
        };
        if let Some(checkpoint) = &checkpoint {
            (model, _) = load_folder(model, &checkpoint.folder, &LoadPolicy::strict())?;
            let (file, steps) = (checkpoint.optimizer_file(), &checkpoint.optimizer_steps);
            optimizer.read(&model, &file, steps)?;
            state = checkpoint.state.clone();
        }
        // Only rank 0 has a checkpoint, and what anybody else has loaded is the same at best.
        let mut state = of_root(ranks, state);
        state.ranks = ranks.size();
        let model = parameters_of_root(ranks, model);
        optimizer.moments_of_root(ranks, &model);

        let events = match ranks.is_root() {
            true => EventLog::open(
                &options.output_dir,
                checkpoint.is_some(),
                options.observers.clone(),
            )?,
            false => EventLog::nowhere(),
        };
        let of_split = |split: &str, data: &Arc<H::Data>| SplitStatistics {
            split: split.to_owned(),
            statistics: data.statistics(),
        };
        let statistics = vec![
            of_split("train", &data.train),
            of_split("dev", data.scored()),
        ];
        for SplitStatistics { split, statistics } in &statistics {
            let of_split = statistics.warnings().into_iter();
            warnings.extend(of_split.map(|warning| format!("{split}: {warning}")));
        }
        let mut of_each = arguments.clone();
        let passes = arguments.gradient_accumulation_steps.get() / ranks.size();
        of_each.gradient_accumulation_steps =
            NonZeroUsize::new(passes).unwrap_or(NonZeroUsize::MIN);
        events.send(Event::Start(Box::new(Start {
            task: options.task.clone(),
            arguments: serde_json::to_value(of_each).expect("plain numbers and names"),
            model: serde_json::from_str(&config.to_json()).expect("JSON that was just made"),
            environment: options.environment.clone(),
            load_report: options.load_report.clone(),
            parameters: model.num_params(),
            train_examples: examples,
            eval_examples: data.scored().num_examples(),
            data: statistics,
            total_steps: state.total_steps,
            total_epochs: arguments.total_epochs(examples),
            metric_for_best_model: metric.name.to_owned(),
            higher_is_better: metric.higher_is_better,
            resumed_step: state.step,
            ranks: ranks.size(),
        })));
        for message in warnings.clone() {
            events.send(Event::Warning { message });
        }

        let schedule = RunningSchedule::new(Schedule::new(arguments, examples), state.step);
        let started = Instant::now();
        Ok(Self {
            learner: Learner::new(model, optimizer.clone(), schedule),
            optimizer,
            device,
            head,
            metric,
            folder,
            data,
            options,
            identity,
            events,
            before: state.seconds,
            state,
            best: None,
            phase: None,
            started,
            clock: options.clock.unwrap_or(started),
            spent: Spent::default(),
            warnings,
        })
    }
}
