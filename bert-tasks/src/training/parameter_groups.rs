//! Which parameters learn how fast, and which do not at all.

use std::collections::HashMap;

use bert_core::backend::BertAutodiffBackend;
use bert_core::config::Architecture;
use bert_core::weights::parameter_names;
use burn::module::{AutodiffModule, ModuleMapper, Param, ParamId};
use burn::tensor::{Tensor, backend::AutodiffBackend};

use super::TrainingArguments;

/// Where a parameter is in the model, from its name on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelPart {
    /// The tables and their LayerNorm.
    Embeddings,
    /// An encoder layer, from 0 at the embeddings.
    Layer(usize),
    /// The dense layer on `[CLS]`.
    Pooler,
    /// Everything that is not the trunk's.
    Head,
}

impl ModelPart {
    /// Of the parameter with this name on disk.
    pub fn of(name: &str) -> Self {
        let Some(name) = Architecture::BERT.within(name) else {
            return Self::Head;
        };
        if let Some(rest) = name.strip_prefix("encoder.layer.") {
            let number = rest.split('.').next().and_then(|n| n.parse().ok());
            return Self::Layer(number.expect("an encoder layer has a number"));
        }
        match name.starts_with("pooler.") {
            true => Self::Pooler,
            false => Self::Embeddings,
        }
    }

    /// How many steps below the head it is: what layer-wise decay counts. Follows `_get_layer_lrs`
    /// in google-research/electra's `model/optimization.py`.
    fn depth_below_head(self, layers: usize) -> i32 {
        let depth = match self {
            Self::Head | Self::Pooler => 0,
            Self::Layer(layer) => layers - layer,
            Self::Embeddings => layers + 1,
        };
        depth as i32
    }
}

/// The factor on the learning rate of every parameter that learns.
#[derive(Clone, Debug, Default)]
pub struct ParameterGroups {
    factors: HashMap<ParamId, f64>,
}

impl ParameterGroups {
    /// Of a model, as the arguments say.
    pub fn new<B: BertAutodiffBackend, M: AutodiffModule<B>>(
        model: &M,
        arguments: &TrainingArguments,
    ) -> Self {
        let names = parameter_names(model);
        let places: HashMap<ParamId, ModelPart> = names
            .into_iter()
            .map(|(id, name)| (id, ModelPart::of(&name)))
            .collect();
        let layer = |place: &ModelPart| match place {
            ModelPart::Layer(layer) => layer + 1,
            _ => 0,
        };
        let layers = places.values().map(layer).max().unwrap_or(0);
        let factor = |place: ModelPart| {
            let head = match (place, arguments.head_learning_rate) {
                (ModelPart::Head, Some(rate)) => rate / arguments.learning_rate,
                _ => 1.0,
            };
            let depth = place.depth_below_head(layers);
            head * arguments.layer_wise_lr_decay.powi(depth)
        };
        let factors = places
            .into_iter()
            .filter(|&(_, place)| !is_frozen(place, arguments))
            .map(|(id, place)| (id, factor(place)))
            .collect();
        Self { factors }
    }

    /// What the learning rate of a parameter is multiplied with; absent where it does not learn.
    pub fn factor(&self, id: ParamId) -> Option<f64> {
        self.factors.get(&id).copied()
    }

    /// The model without gradients for what does not learn: they are not even computed.
    pub fn freeze<B: BertAutodiffBackend, M: AutodiffModule<B>>(&self, model: M) -> M {
        model.map(&mut Freeze { groups: self })
    }
}

fn is_frozen(place: ModelPart, arguments: &TrainingArguments) -> bool {
    match place {
        ModelPart::Embeddings => arguments.freeze_embeddings || arguments.freeze_layers > 0,
        ModelPart::Layer(layer) => layer < arguments.freeze_layers,
        ModelPart::Pooler | ModelPart::Head => false,
    }
}

struct Freeze<'a> {
    groups: &'a ParameterGroups,
}

impl<B: AutodiffBackend> ModuleMapper<B> for Freeze<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        match self.groups.factor(param.id) {
            Some(_) => param,
            None => param.set_require_grad(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TaskModel;
    use crate::sequence::BertForSequenceClassification;
    use bert_core::config::BertConfig;
    use burn::backend::{Autodiff, Flex};

    type B = Autodiff<Flex>;

    fn factors(arguments: &TrainingArguments) -> HashMap<String, Option<f64>> {
        let config = BertConfig {
            vocab_size: 20,
            hidden_size: 8,
            num_hidden_layers: 3,
            num_attention_heads: 2,
            intermediate_size: 16,
            max_position_embeddings: 8,
            ..BertConfig::default()
        };
        let model =
            BertForSequenceClassification::<B>::new(&config, 1, &Default::default()).unwrap();
        let groups = ParameterGroups::new(&model, arguments);
        let names = parameter_names(&model).into_iter();
        names.map(|(id, name)| (name, groups.factor(id))).collect()
    }

    #[test]
    fn the_rate_falls_from_the_head_down() {
        let factors = factors(&TrainingArguments {
            learning_rate: 1e-4,
            head_learning_rate: Some(5e-4),
            layer_wise_lr_decay: 0.5,
            ..Default::default()
        });
        let of = |name: &str| factors[name].unwrap();
        assert!((of("classifier.weight") - 5.0).abs() < 1e-12);
        assert_eq!(of("bert.pooler.dense.bias"), 1.0);
        assert_eq!(of("bert.encoder.layer.2.output.LayerNorm.weight"), 0.5);
        assert_eq!(of("bert.encoder.layer.0.attention.self.key.weight"), 0.125);
        assert_eq!(of("bert.embeddings.word_embeddings.weight"), 0.0625);
    }

    #[test]
    fn frozen_layers_take_the_embeddings_with_them() {
        let frozen = |arguments: &TrainingArguments| {
            let factors = factors(arguments);
            let learns = |part: &str| {
                let mut of_part = factors.iter().filter(|(name, _)| name.contains(part));
                of_part.all(|(_, factor)| factor.is_some())
            };
            [
                "embeddings.",
                "layer.0.",
                "layer.1.",
                "layer.2.",
                "classifier.",
            ]
            .map(learns)
        };
        let layers = TrainingArguments {
            freeze_layers: 2,
            ..Default::default()
        };
        assert_eq!(frozen(&layers), [false, false, false, true, true]);
        let embeddings = TrainingArguments {
            freeze_embeddings: true,
            ..Default::default()
        };
        assert_eq!(frozen(&embeddings), [false, true, true, true, true]);
        assert_eq!(frozen(&TrainingArguments::default()), [true; 5]);
    }
}
