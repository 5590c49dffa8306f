//! Every parameter gets its tensor, or the report says why not.

use std::collections::BTreeSet;
use std::marker::PhantomData;
use std::path::Path;

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Tensor, TensorData, backend::Backend};

use super::names::{ARCHITECTURE, NOT_PARAMETERS, aliases, disk_name};
use super::{
    Layout, LoadReport, TensorInfo, TensorSource, WeightsError, WrongShape, find_weights, open,
    parameter_layout,
};

/// What a load may leave undone without being an error.
///
/// The default is strict on the trunk and silent on nothing: the report always tells all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadPolicy {
    /// Parameters that may be missing: name prefixes such as `classifier.`; a fresh head.
    pub may_be_missing: Vec<String>,
    /// Tensors that may be left over: name prefixes such as `cls.`; another task's head.
    pub may_be_unused: Vec<String>,
    /// Whether a tensor of another shape leaves the parameter fresh instead of failing
    /// (`ignore_mismatched_sizes` in `transformers`).
    pub ignore_mismatched_sizes: bool,
    /// Whether everything that is not the trunk's may be left over: another task's head of any
    /// name.
    pub other_heads_may_be_unused: bool,
    /// Parameters that keep their fresh values although the file has them: name prefixes such as
    /// that of the pooler.
    pub leave_fresh: Vec<String>,
}

/// Prefixes of what a file may have besides the trunk that every model has: the heads for masked
/// language model and next sentence, classification and question answering, and the pooler as a
/// file without the trunk's prefix names it.
const HEADS: [&str; 5] = [
    "cls.",
    "classifier.",
    "qa_outputs.",
    "pooler.",
    // The word embeddings once more, as older files have them.
    "cls.predictions.decoder.",
];

impl LoadPolicy {
    /// Every parameter must be in the file and every tensor in the model.
    pub fn strict() -> Self {
        Self::default()
    }

    /// For fine-tuning: the parameters under `head` may be missing, and what belongs to other
    /// heads may be left over, whatever they are called.
    pub fn fresh_head(head: &str) -> Self {
        Self {
            may_be_missing: vec![head.to_owned()],
            may_be_unused: HEADS
                .iter()
                .map(|&h| h.to_owned())
                .chain([ARCHITECTURE.name_of("pooler.")])
                .filter(|h| h != head)
                .collect(),
            other_heads_may_be_unused: true,
            ..Self::default()
        }
    }

    /// For prediction: every parameter must be in the file, and what belongs to other heads may be
    /// left over if it has a name that `transformers` give: what else is between the trunk and a
    /// head would change what the head says.
    pub fn trained_head(head: &str) -> Self {
        Self {
            may_be_missing: Vec::new(),
            other_heads_may_be_unused: false,
            ..Self::fresh_head(head)
        }
    }

    /// Anything may be missing: for files that hold a part of a model.
    pub fn allow_missing(mut self) -> Self {
        self.may_be_missing.push(String::new());
        self
    }

    /// The parameters under `prefix` keep their fresh values.
    pub fn leave_fresh(mut self, prefix: impl Into<String>) -> Self {
        self.leave_fresh.push(prefix.into());
        self
    }

    /// Tensors of another shape are left out.
    pub fn ignore_mismatched_sizes(mut self) -> Self {
        self.ignore_mismatched_sizes = true;
        self
    }

    fn allows(&self, report: &LoadReport) -> bool {
        let covered = |name: &String, prefixes: &[String]| {
            prefixes
                .iter()
                .any(|prefix| name.starts_with(prefix.as_str()))
        };
        report
            .missing
            .iter()
            .all(|name| covered(name, &self.may_be_missing))
            && report.unused.iter().all(|name| {
                covered(name, &self.may_be_unused)
                    || (self.other_heads_may_be_unused && !is_of_trunk(name))
            })
            && (self.ignore_mismatched_sizes || report.wrong_shape.is_empty())
    }
}

/// Loads the weights of a model folder into `model`.
///
/// # Errors
/// When there are none, they cannot be read or have a value that is infinite or not a number, or
/// the report shows what `policy` does not allow.
pub fn load_folder<B: Backend, M: Module<B>>(
    model: M,
    folder: &Path,
    policy: &LoadPolicy,
) -> Result<(M, LoadReport), WeightsError> {
    let source = open(&find_weights(folder)?)?;
    load(model, source.as_ref(), policy)
}

/// Loads tensors into every parameter of `model` that has one of the same name. Parameters become
/// f32 whatever the file has.
///
/// # Errors
/// When a tensor cannot be read or has a value that is infinite or not a number, or the report shows what `policy` does not allow.
pub fn load<B: Backend, M: Module<B>>(
    model: M,
    source: &dyn TensorSource,
    policy: &LoadPolicy,
) -> Result<(M, LoadReport), WeightsError> {
    let mut loader = Loader::<B> {
        source,
        leave_fresh: &policy.leave_fresh,
        path: Vec::new(),
        used: BTreeSet::new(),
        report: LoadReport::default(),
        failure: None,
        backend: PhantomData,
    };
    let model = model.map(&mut loader);
    if let Some(failure) = loader.failure {
        return Err(failure);
    }
    let mut report = loader.report;
    report.left_out_of_names = source.left_out_of_names().to_vec();
    report.unused = source
        .tensors()
        .keys()
        .filter(|name| !loader.used.contains(*name) && !is_buffer(name))
        .cloned()
        .collect();
    if policy.allows(&report) {
        tracing::info!(path = %source.path().display(), "{report}");
        Ok((model, report))
    } else {
        let path = source.path().to_path_buf();
        Err(WeightsError::Mismatch {
            path,
            report: Box::new(report),
        })
    }
}

fn is_of_trunk(name: &str) -> bool {
    let parts = ["embeddings.", "encoder.", "pooler."];
    ARCHITECTURE.within(name).is_some() || parts.iter().any(|part| name.starts_with(part))
}

fn is_buffer(name: &str) -> bool {
    NOT_PARAMETERS.contains(&ARCHITECTURE.within(name).unwrap_or(name))
}

/// Walks over the parameters; knows where it is by the modules that it enters and leaves.
struct Loader<'a, B> {
    source: &'a dyn TensorSource,
    leave_fresh: &'a [String],
    /// (field, type of the module that the field is in)
    path: Vec<(String, String)>,
    used: BTreeSet<String>,
    report: LoadReport,
    failure: Option<WeightsError>,
    backend: PhantomData<B>,
}

impl<B> Loader<'_, B> {
    /// The name on disk and layout of the parameter that the walk stands at.
    fn here(&self) -> (String, Layout) {
        let fields: Vec<&str> = self.path.iter().map(|(field, _)| field.as_str()).collect();
        let (field, module) = self.path.last().expect("a parameter is in a module");
        (disk_name(&fields), parameter_layout(module, field))
    }

    /// The tensor that the file has for `name`, under any of its names.
    fn find(&self, name: &str) -> Option<(String, TensorInfo)> {
        aliases(name)
            .into_iter()
            .find_map(|alias| self.source.tensors().get_key_value(&alias))
            .map(|(alias, info)| (alias.clone(), info.clone()))
    }
}

impl<B: Backend> ModuleMapper<B> for Loader<'_, B> {
    fn enter_module(&mut self, name: &str, container_type: &str) {
        self.path.push((name.to_owned(), container_type.to_owned()));
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        if self.failure.is_some() {
            return param;
        }
        let (name, layout) = self.here();
        let found = self.find(&name);
        if self
            .leave_fresh
            .iter()
            .any(|prefix| name.starts_with(prefix))
        {
            self.used.extend(found.map(|(stored, _)| stored));
            self.report.left_fresh.push(name);
            return param;
        }
        let Some((stored, info)) = found else {
            self.report.missing.push(name);
            return param;
        };
        self.used.insert(stored.clone());

        let shape: Vec<usize> = param.lazy_shape().to_vec();
        let mut expected = shape.clone();
        if layout == Layout::Transposed {
            expected.reverse();
        }
        if info.shape != expected {
            self.report.wrong_shape.push(WrongShape {
                name: stored,
                found: info.shape,
                expected,
            });
            return param;
        }
        let values = match self.source.read(&stored) {
            Ok(values) => values,
            Err(failure) => {
                self.failure = Some(failure);
                return param;
            }
        };
        if let Some(place) = not_finite(&values) {
            self.failure = Some(WeightsError::NotFinite {
                path: self.source.path().to_path_buf(),
                value: values[place],
                name: stored,
                place,
            });
            return param;
        }
        self.report.loaded.push(stored);
        self.report.loaded_elements += values.len();
        let values = match layout {
            Layout::Same => values,
            Layout::Transposed => transpose(&values, expected[0], expected[1]),
        };
        let device = param.lazy_device();
        let tensor = Tensor::from_data(TensorData::new(values, shape), &device);
        let id = param.id;
        param.transform_for_load(tensor, id)
    }
}

/// The place of the first value that is infinite or not a number.
fn not_finite(values: &[f32]) -> Option<usize> {
    // Without a branch for each value, so that the compiler can look at many at once.
    const BLOCK: usize = 4096;
    let is_odd = |block: &[f32]| {
        block
            .iter()
            .fold(false, |odd, value| odd | !value.is_finite())
    };
    let block = values.chunks(BLOCK).position(is_odd)?;
    let first = block * BLOCK;
    let place = values[first..]
        .iter()
        .position(|value| !value.is_finite())?;
    Some(first + place)
}

/// `[rows, columns]` to `[columns, rows]`, in tiles that stay in the cache.
pub(super) fn transpose(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    const TILE: usize = 32;
    let mut out = vec![0.0; values.len()];
    for row_tile in (0..rows).step_by(TILE) {
        for column_tile in (0..columns).step_by(TILE) {
            for row in row_tile..rows.min(row_tile + TILE) {
                for column in column_tile..columns.min(column_tile + TILE) {
                    out[column * rows + row] = values[row * columns + column];
                }
            }
        }
    }
    out
}
