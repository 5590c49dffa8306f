//! AdamW over a whole model, with a learning rate per group, and its state on disk.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bert_core::backend::BertAutodiffBackend;
use bert_core::weights::{
    NamedTensor, TensorSource, WeightsError, open, parameter_names, write_tensors,
};
use burn::module::{AutodiffModule, Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::optim::record::AdaptorRecord;
use burn::optim::{GradientsParams, MultiGradientsParams, Optimizer, SimpleOptimizer};
use burn::tensor::{Tensor, TensorData, backend::AutodiffBackend};

use super::together::tensor_of_root;
use super::{AdamW, AdamWState, ParameterGroups, TrainingArguments};
use crate::ranks::{Ranks, of_root};

/// [`AdamW`] on every parameter that learns, each at its group's rate.
///
/// Clones share their state: burn-train's learner owns one and steps it, the training loop keeps
/// another and saves it.
#[derive(Clone)]
pub struct GroupedAdamW<B: BertAutodiffBackend> {
    adamw: AdamW,
    groups: Arc<ParameterGroups>,
    states: Arc<Mutex<States<B>>>,
}

type States<B> = hashbrown::HashMap<ParamId, AdaptorRecord<AdamW, B>>;

impl<B: BertAutodiffBackend> GroupedAdamW<B> {
    /// Before its first step.
    pub fn new(arguments: &TrainingArguments, groups: ParameterGroups) -> Self {
        Self {
            adamw: AdamW::new(arguments),
            groups: Arc::new(groups),
            states: Arc::default(),
        }
    }

    fn states(&self) -> MutexGuard<'_, States<B>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes both moments of every parameter of `model` that has been stepped, under its name on
    /// disk and PyTorch's `exp_avg` and `exp_avg_sq`, and gives the number of steps of each.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write<M: Module<B>>(
        &self,
        model: &M,
        path: &Path,
    ) -> Result<HashMap<String, usize>, WeightsError> {
        let names = parameter_names(model);
        let mut collect = Collect {
            names: &names,
            states: &self.states(),
            tensors: Vec::new(),
            steps: HashMap::new(),
        };
        model.visit(&mut collect);
        write_tensors(&collect.tensors, path)?;
        Ok(collect.steps)
    }

    /// Goes on from what [`write`](Self::write) wrote for the same model.
    ///
    /// # Errors
    /// When the file cannot be read, or lacks a parameter that `steps` has.
    pub fn read<M: Module<B>>(
        &self,
        model: &M,
        path: &Path,
        steps: &HashMap<String, usize>,
    ) -> Result<(), WeightsError> {
        let names = parameter_names(model);
        let mut restore = Restore::<B> {
            names: &names,
            steps,
            source: open(path)?,
            states: States::new(),
            failure: None,
        };
        model.visit(&mut restore);
        if let Some(failure) = restore.failure {
            return Err(failure);
        }
        *self.states() = restore.states;
        Ok(())
    }

    /// Makes the moments those of rank 0, for the same model.
    pub(super) fn moments_of_root<M: Module<B>>(&self, ranks: &dyn Ranks, model: &M) {
        if ranks.is_alone() {
            return;
        }
        let mut of_root = OfRoot {
            ranks,
            states: self.states(),
        };
        model.visit(&mut of_root);
    }
}

impl<B: BertAutodiffBackend, M: AutodiffModule<B>> Optimizer<M, B> for GroupedAdamW<B> {
    type Record = States<B>;

    fn step(&mut self, lr: f64, module: M, grads: GradientsParams) -> M {
        module.map(&mut Step {
            adamw: &self.adamw,
            groups: &self.groups,
            states: &mut self.states(),
            grads,
            lr,
        })
    }

    fn step_multi(&mut self, lr: f64, module: M, mut grads: MultiGradientsParams) -> M {
        let mut one = GradientsParams::new();
        module.visit(&mut Gather {
            from: &mut grads,
            to: &mut one,
        });
        self.step(lr, module, one)
    }

    fn to_record(&self) -> Self::Record {
        self.states().clone()
    }

    fn load_record(self, record: Self::Record) -> Self {
        *self.states() = record;
        self
    }
}

struct Step<'a, B: BertAutodiffBackend> {
    adamw: &'a AdamW,
    groups: &'a ParameterGroups,
    states: &'a mut States<B>,
    grads: GradientsParams,
    lr: f64,
}

impl<B: BertAutodiffBackend> ModuleMapper<B> for Step<'_, B> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        let grad = self.grads.remove::<B::InnerBackend, D>(param.id);
        let (Some(factor), Some(grad)) = (self.groups.factor(param.id), grad) else {
            return param;
        };
        let (id, tensor, mapper) = param.consume();
        let learns = tensor.is_require_grad();
        let state = self.states.remove(&id).map(AdaptorRecord::into_state);
        let (tensor, state) = self
            .adamw
            .step(self.lr * factor, tensor.inner(), grad, state);
        if let Some(state) = state {
            self.states.insert(id, AdaptorRecord::from_state(state));
        }
        let tensor = Tensor::from_inner(tensor).set_require_grad(learns);
        Param::from_mapped_value(id, tensor, mapper)
    }
}

/// Adds the gradients of several devices up.
struct Gather<'a> {
    from: &'a mut MultiGradientsParams,
    to: &'a mut GradientsParams,
}

impl<B: AutodiffBackend> ModuleVisitor<B> for Gather<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        if let Some((grad, _)) = self.from.remove::<B::InnerBackend, D>(param.id) {
            self.to.register(param.id, grad);
        }
    }
}

/// The names of the moments of a parameter on disk.
fn moment_names(parameter: &str) -> [String; 2] {
    ["exp_avg", "exp_avg_sq"].map(|moment| format!("{parameter}.{moment}"))
}

struct Collect<'a, B: BertAutodiffBackend> {
    names: &'a HashMap<ParamId, String>,
    states: &'a States<B>,
    tensors: Vec<NamedTensor>,
    steps: HashMap<String, usize>,
}

impl<B: BertAutodiffBackend> ModuleVisitor<B> for Collect<'_, B> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        let Some(record) = self.states.get(&param.id) else {
            return;
        };
        let state: AdamWState<B::InnerBackend, D> = record.clone().into_state();
        let name = &self.names[&param.id];
        for (name, moment) in moment_names(name)
            .into_iter()
            .zip([state.moment_1, state.moment_2])
        {
            let shape = moment.dims().to_vec();
            let values = moment.into_data().convert::<f32>();
            let values = values.as_slice::<f32>().expect("converted in this line");
            self.tensors.push(NamedTensor::new(name, shape, values));
        }
        self.steps.insert(name.clone(), state.step);
    }
}

struct OfRoot<'a, B: BertAutodiffBackend> {
    ranks: &'a dyn Ranks,
    states: MutexGuard<'a, States<B>>,
}

impl<B: BertAutodiffBackend> ModuleVisitor<B> for OfRoot<'_, B> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        let own: Option<AdamWState<B::InnerBackend, D>> =
            self.states.remove(&param.id).map(AdaptorRecord::into_state);
        let step = of_root(self.ranks, own.as_ref().map(|state| state.step));
        let Some(step) = step else {
            return;
        };
        let (shape, device) = (param.lazy_shape(), param.lazy_device());
        let (moment_1, moment_2) = match own {
            Some(own) => (own.moment_1, own.moment_2),
            None => {
                let empty = Tensor::zeros(shape, &device);
                (empty.clone(), empty)
            }
        };
        let state = AdamWState {
            step,
            moment_1: tensor_of_root(self.ranks, moment_1),
            moment_2: tensor_of_root(self.ranks, moment_2),
        };
        let record = AdaptorRecord::from_state::<D>(state);
        self.states.insert(param.id, record);
    }
}

struct Restore<'a, B: BertAutodiffBackend> {
    names: &'a HashMap<ParamId, String>,
    steps: &'a HashMap<String, usize>,
    source: Box<dyn TensorSource>,
    states: States<B>,
    failure: Option<WeightsError>,
}

impl<B: BertAutodiffBackend> ModuleVisitor<B> for Restore<'_, B> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        let name = &self.names[&param.id];
        let Some(&step) = self.steps.get(name) else {
            return;
        };
        let (shape, device) = (param.lazy_shape(), param.lazy_device());
        let moment = |name: String| -> Result<Tensor<B::InnerBackend, D>, WeightsError> {
            let values = self.source.read(&name)?;
            if values.len() != shape.num_elements() {
                return Err(WeightsError::Damaged {
                    path: self.source.path().to_path_buf(),
                    reason: format!("{name} has {} elements", values.len()),
                });
            }
            let data = TensorData::new(values, shape.clone());
            Ok(Tensor::from_data(data, &device))
        };
        let [first, second] = moment_names(name);
        match (moment(first), moment(second)) {
            (Ok(moment_1), Ok(moment_2)) => {
                let state = AdamWState {
                    step,
                    moment_1,
                    moment_2,
                };
                self.states
                    .insert(param.id, AdaptorRecord::from_state::<D>(state));
            }
            (Err(failure), _) | (_, Err(failure)) => self.failure = Some(failure),
        }
    }
}
