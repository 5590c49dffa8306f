//! What the ranks of a training do together: gradients folded into one, parameters and moments
//! given by rank 0, and whether they are still the same everywhere.

use std::marker::PhantomData;

use bert_core::backend::BertAutodiffBackend;
use burn::module::{AutodiffModule, Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use crc32fast::Hasher;
use serde::{Deserialize, Serialize};

use super::TrainingError;
use super::passes::Accumulated;
use crate::ranks::{Ranks, gather};
use crate::tensors::numbers;

/// Numbers that are added up over ranks at once. An engine may add in another order for another
/// number of them, and so come to other bits: it is the same in every run.
const BUCKET: usize = 1 << 20;

/// What a rank says of its part of a step before the gradients.
#[derive(Serialize, Deserialize)]
struct Part {
    loss: f64,
    weight: f64,
    tokens: usize,
    examples: Vec<usize>,
    /// Of which parameters it has a gradient, in the order in which the model has them.
    learns: Vec<bool>,
}

/// What all ranks have added up in a step, out of what this one has: the mean over all, each by its
/// weight. A rank without a batch has weight 0.
pub(super) fn fold<B, M>(ranks: &dyn Ranks, model: &M, own: Accumulated) -> Accumulated
where
    B: BertAutodiffBackend,
    M: AutodiffModule<B>,
{
    if ranks.is_alone() {
        return own;
    }
    let mut learns = Learns {
        grads: &own.grads,
        found: Vec::new(),
    };
    model.visit(&mut learns);
    let part = Part {
        loss: own.loss,
        weight: own.weight,
        tokens: own.tokens,
        examples: own.examples,
        learns: learns.found,
    };
    let parts = gather(ranks, part);
    let weight: f64 = parts.iter().map(|part| part.weight).sum();
    // What learns on no rank, such as what is frozen, has no gradient at all afterwards.
    let learns = |place: usize| parts.iter().any(|part| part.learns[place]);
    let mut pack = Pack::<B> {
        grads: own.grads,
        learns: (0..parts[0].learns.len()).map(learns).collect(),
        share: (own.weight / weight) as f32,
        values: Vec::new(),
        place: 0,
        backend: PhantomData,
    };
    model.visit(&mut pack);
    let Pack {
        learns, mut values, ..
    } = pack;
    for bucket in values.chunks_mut(BUCKET) {
        ranks.all_reduce_sum(bucket);
    }
    let mut unpack = Unpack::<B> {
        learns,
        values: &values,
        grads: GradientsParams::new(),
        place: 0,
        backend: PhantomData,
    };
    model.visit(&mut unpack);
    Accumulated {
        grads: unpack.grads,
        loss: parts.iter().map(|part| part.loss).sum(),
        weight,
        tokens: parts.iter().map(|part| part.tokens).sum(),
        examples: parts.into_iter().flat_map(|part| part.examples).collect(),
    }
}

/// The same parameters on every rank: those of rank 0.
pub(super) fn parameters_of_root<B: Backend, M: Module<B>>(ranks: &dyn Ranks, model: M) -> M {
    match ranks.is_alone() {
        true => model,
        false => model.map(&mut OfRoot { ranks }),
    }
}

/// Replaces `tensor` by that of rank 0, which has the same shape.
pub(super) fn tensor_of_root<B: Backend, const D: usize>(
    ranks: &dyn Ranks,
    tensor: Tensor<B, D>,
) -> Tensor<B, D> {
    let (shape, device) = (tensor.shape(), tensor.device());
    let mut bytes = match ranks.is_root() {
        true => bytes(&tensor),
        false => Vec::new(),
    };
    ranks.broadcast(&mut bytes);
    if ranks.is_root() {
        return tensor;
    }
    let values = bytes
        .as_chunks::<4>()
        .0
        .iter()
        .copied()
        .map(f32::from_le_bytes);
    Tensor::from_data(
        TensorData::new(values.collect::<Vec<f32>>(), shape),
        &device,
    )
}

/// Compares the parameters of all ranks, which learn from the same gradients.
///
/// # Errors
/// [`TrainingError::RanksDiffer`] on every rank, which names those whose parameters are others than
/// most have.
pub(super) fn check_alike<B: Backend, M: Module<B>>(
    ranks: &dyn Ranks,
    model: &M,
    step: usize,
) -> Result<(), TrainingError> {
    if ranks.is_alone() {
        return Ok(());
    }
    let mut checksum = Checksum(Hasher::new());
    model.visit(&mut checksum);
    let differ = odd_ones(&gather(ranks, checksum.0.finalize()));
    match differ.is_empty() {
        true => Ok(()),
        false => Err(TrainingError::RanksDiffer {
            ranks: differ,
            step,
        }),
    }
}

/// The places of those that are not what most are; of two halves, what the first one is counts.
fn odd_ones(checksums: &[u32]) -> Vec<usize> {
    let number = |of: u32| checksums.iter().filter(|&&one| one == of).count();
    // Of several that are as many, `max_by_key` gives the last.
    let most = checksums.iter().rev().max_by_key(|&&one| number(one));
    let is_odd = |place: &usize| Some(&checksums[*place]) != most;
    (0..checksums.len()).filter(is_odd).collect()
}

fn bytes<B: Backend, const D: usize>(tensor: &Tensor<B, D>) -> Vec<u8> {
    let values = numbers(tensor.clone());
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

/// Which parameters have a gradient.
struct Learns<'a> {
    grads: &'a GradientsParams,
    found: Vec<bool>,
}

impl<B: BertAutodiffBackend> ModuleVisitor<B> for Learns<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        let grad = self.grads.get::<B::InnerBackend, D>(param.id);
        self.found.push(grad.is_some());
    }
}

/// All gradients one after another, in the order in which the model has them: the ids of its
/// parameters are others in each process.
struct Pack<B> {
    grads: GradientsParams,
    learns: Vec<bool>,
    share: f32,
    values: Vec<f32>,
    place: usize,
    backend: PhantomData<B>,
}

impl<B: BertAutodiffBackend> ModuleVisitor<B> for Pack<B> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        self.place += 1;
        if !self.learns[self.place - 1] {
            return;
        }
        match self.grads.remove::<B::InnerBackend, D>(param.id) {
            Some(grad) => {
                let share = self.share;
                let values = numbers(grad).into_iter();
                self.values.extend(values.map(|value| value * share));
            }
            None => {
                let end = self.values.len() + param.lazy_shape().num_elements();
                self.values.resize(end, 0.0);
            }
        }
    }
}

struct Unpack<'a, B> {
    learns: Vec<bool>,
    values: &'a [f32],
    grads: GradientsParams,
    place: usize,
    backend: PhantomData<B>,
}

impl<B: BertAutodiffBackend> ModuleVisitor<B> for Unpack<'_, B> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        self.place += 1;
        if !self.learns[self.place - 1] {
            return;
        }
        let (shape, device) = (param.lazy_shape(), param.lazy_device());
        let (own, rest) = self.values.split_at(shape.num_elements());
        self.values = rest;
        let grad =
            Tensor::<B::InnerBackend, D>::from_data(TensorData::new(own.to_vec(), shape), &device);
        self.grads.register(param.id, grad);
    }
}

struct OfRoot<'a> {
    ranks: &'a dyn Ranks,
}

impl<B: Backend> ModuleMapper<B> for OfRoot<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        let ranks = self.ranks;
        param.map(|tensor| {
            let learns = tensor.is_require_grad();
            tensor_of_root(ranks, tensor.detach()).set_require_grad(learns)
        })
    }
}

struct Checksum(Hasher);

impl<B: Backend> ModuleVisitor<B> for Checksum {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        self.0.update(&bytes(&param.val()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_that_differ_are_those_that_few_are() {
        assert_eq!(odd_ones(&[7, 7, 7]), Vec::<usize>::new());
        assert_eq!(odd_ones(&[7, 8, 7]), [1]);
        assert_eq!(odd_ones(&[9, 8, 8, 9, 8]), [0, 3]);
        assert_eq!(odd_ones(&[7, 8]), [1]);
        assert_eq!(odd_ones(&[1, 2, 3]), [1, 2]);
    }
}
