//! A checkpoint as the loader sees it: parameters by Hugging Face's names, in its layout.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::load::transpose;
use super::super::{TensorInfo, TensorSource, WeightsError};
use super::TensorflowCheckpoint;
use super::names::{self, Form, Meaning};
use super::object_graph::ObjectGraph;

/// A TensorFlow checkpoint whose variables are known by what they are in BERT.
///
/// Dense kernels are `[in, out]` in TensorFlow; here they are `[out, in]`, as in Hugging Face's
/// files. Variables that are no parameter of a BERT keep their names and shapes, so that a load
/// reports them. What a training run saves beside the weights is in [`Self::skipped`] only.
#[derive(Debug)]
pub struct TensorflowSource {
    checkpoint: TensorflowCheckpoint,
    tensors: BTreeMap<String, TensorInfo>,
    /// The same names as `tensors`.
    origins: BTreeMap<String, Origin>,
    skipped: Vec<String>,
}

#[derive(Debug)]
struct Origin {
    variable: String,
    form: Form,
}

impl TensorflowSource {
    /// Opens a checkpoint by the path of its index, which ends in `.index`.
    ///
    /// # Errors
    /// As [`TensorflowCheckpoint::open`], and when two variables are the same parameter.
    pub fn open(index: &Path) -> Result<Self, WeightsError> {
        let checkpoint = TensorflowCheckpoint::open(index)?;
        let graph = ObjectGraph::new(checkpoint.tensors().keys());
        let mut tensors = BTreeMap::new();
        let mut origins: BTreeMap<String, Origin> = BTreeMap::new();
        let mut skipped = Vec::new();
        for (variable, info) in checkpoint.tensors() {
            let meaning = match graph.meaning(variable) {
                Meaning::Unknown => names::meaning(variable),
                known => known,
            };
            let (name, form) = match meaning {
                Meaning::Parameter(name, form) => (name, form),
                Meaning::Unknown => (variable.clone(), Form::Same),
                Meaning::Skipped => {
                    skipped.push(variable.clone());
                    continue;
                }
            };
            let info = TensorInfo {
                shape: form.shape(&info.shape),
                dtype: info.dtype,
            };
            let origin = Origin {
                variable: variable.clone(),
                form,
            };
            tensors.insert(name.clone(), info);
            if let Some(other) = origins.insert(name.clone(), origin) {
                return Err(WeightsError::Damaged {
                    path: index.to_path_buf(),
                    reason: format!(
                        "its variables `{}` and `{variable}` would both be `{name}`",
                        other.variable
                    ),
                });
            }
        }
        Ok(Self {
            checkpoint,
            tensors,
            origins,
            skipped,
        })
    }

    /// The variables that belong to the training run and not to the model, by their own names:
    /// the optimizer's, counters, descriptions of the model.
    pub fn skipped(&self) -> &[String] {
        &self.skipped
    }
}

impl TensorSource for TensorflowSource {
    fn tensors(&self) -> &BTreeMap<String, TensorInfo> {
        &self.tensors
    }

    fn read(&self, name: &str) -> Result<Vec<f32>, WeightsError> {
        let origin = self.origins.get(name);
        let origin = origin.ok_or_else(|| WeightsError::NoTensor {
            path: self.path().to_path_buf(),
            name: name.to_owned(),
        })?;
        let values = self.checkpoint.read(&origin.variable)?;
        let stored = &self.checkpoint.tensors()[&origin.variable].shape;
        Ok(match origin.form.matrix(stored) {
            Some((inputs, outputs)) => transpose(&values, inputs, outputs),
            None => values,
        })
    }

    fn path(&self) -> &Path {
        self.checkpoint.path()
    }
}
