//! The labels of words, as the training knows them.

use std::path::Path;

use bert_core::files::FileError;

use super::details::details;
use super::evaluation::{ENTITIES, PLAIN};
use super::predictions::write_predictions;
use super::{TokenEvaluation, TokenOutput, TokenSplit};
use crate::events::Details;
use crate::folder::ModelFolder;
use crate::model::ModelSettings;
use crate::sequence::weights_of;
use crate::training::check::check_plain_loss;
use crate::training::{Head, MetricInfo, TrainingArguments, TrainingError};

/// The label of every word of a sentence. Leaves `predictions.txt`: words, right tags and the
/// model's, in columns.
#[derive(Clone, Copy, Debug, Default)]
pub struct TokenHead;

impl Head for TokenHead {
    type Data = TokenSplit;
    type Output = TokenOutput;
    type Evaluation = TokenEvaluation;

    /// Of tags that make no entities the words are scored.
    fn metrics(&self, _model: &ModelSettings, data: &TokenSplit) -> &'static [MetricInfo] {
        match data.has_entities() {
            true => &ENTITIES,
            false => &PLAIN,
        }
    }

    /// Every sentence must be tagged, with the tags of the model.
    fn check(
        &self,
        model: &ModelSettings,
        split: &'static str,
        data: &TokenSplit,
    ) -> Result<(), TrainingError> {
        let task = data.names().len();
        if task != model.num_labels {
            return Err(TrainingError::OtherLabels {
                model: model.num_labels,
                task,
            });
        }
        let mut sentences = data.sentences().iter();
        match sentences.position(|sentence| sentence.tags.is_none()) {
            Some(index) => Err(TrainingError::NoLabel { split, index }),
            None => Ok(()),
        }
    }

    /// Class weights are balanced over words. A CRF has one loss.
    fn learning(
        &self,
        model: ModelSettings,
        arguments: &TrainingArguments,
        train: &TokenSplit,
    ) -> Result<ModelSettings, TrainingError> {
        if model.config.crf() {
            check_plain_loss(
                arguments,
                "a CRF, whose loss is that of all labels together",
            )?;
        }
        let weights = arguments.class_weights.as_ref();
        let class_weights = weights.map(|weights| {
            let mut counts = vec![0; model.num_labels];
            let classes = train.labels().flat_map(|labels| &labels.classes);
            classes
                .flatten()
                .flatten()
                .for_each(|&class| counts[class] += 1);
            weights_of(weights, &model, || (counts.iter().sum(), counts))
        });
        Ok(ModelSettings {
            label_smoothing: arguments.label_smoothing,
            focal_gamma: arguments.focal_gamma,
            class_weights: class_weights.transpose()?,
            ..model
        })
    }

    fn evaluation(&self, outputs: &[TokenOutput], data: &TokenSplit) -> TokenEvaluation {
        TokenEvaluation::of(outputs, data)
    }

    fn details(
        &self,
        evaluation: &TokenEvaluation,
        data: &TokenSplit,
        _folder: &ModelFolder,
    ) -> Details {
        details(evaluation, data)
    }

    fn write(
        &self,
        evaluation: &TokenEvaluation,
        data: &TokenSplit,
        folder: &Path,
    ) -> Result<(), FileError> {
        write_predictions(&folder.join("predictions.txt"), evaluation, data)
    }
}

#[cfg(test)]
mod tests {
    use bert_core::config::BertConfig;
    use bert_data::tags::{TagNames, TaggedSentence};

    use super::*;
    use crate::token::TokenConfig;
    use crate::training::ClassWeights;

    const NAMES: [&str; 3] = ["B-X", "I-X", "O"];

    fn split(tags: &[Option<&[&str]>]) -> TokenSplit {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let sentence = |tags: &Option<&[&str]>| TaggedSentence {
            tags: tags.map(owned),
            ..TaggedSentence::of_words(vec!["a".to_owned(); tags.map_or(2, <[_]>::len)])
        };
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../bert-core/tests/fixtures/tiny-bert"
        );
        let folder = ModelFolder::open(path.as_ref()).unwrap();
        let names = TagNames::new(owned(&NAMES)).unwrap();
        let sentences = tags.iter().map(sentence).collect();
        TokenSplit::encode(&folder.tokenizer, sentences, &names, TokenConfig::new(16)).unwrap()
    }

    fn settings(labels: &[&str], crf: bool) -> ModelSettings {
        let mut config = BertConfig::default();
        config.set_labels(labels);
        config.set_crf(crf);
        ModelSettings::new(&config)
    }

    #[test]
    fn a_split_that_does_not_fit_is_refused() {
        let three = settings(&NAMES, false);
        let check = |model: &ModelSettings, split: &TokenSplit| {
            let checked = TokenHead.check(model, "dev", split);
            checked.map_err(|error| error.to_string())
        };
        let good = split(&[Some(&["B-X", "O"]), Some(&[])]);
        assert_eq!(check(&three, &good), Ok(()));
        let untagged = split(&[Some(&["O"]), None]);
        let message = check(&three, &untagged).unwrap_err();
        assert!(message.contains("example 1 of the dev split"), "{message}");
        let message = check(&settings(&NAMES[1..], false), &good).unwrap_err();
        assert!(message.contains('2') && message.contains('3'), "{message}");
    }

    #[test]
    fn weights_are_balanced_over_words() {
        let train = split(&[Some(&["B-X", "O", "O"]), Some(&["O"])]);
        let learn = |crf, arguments: &TrainingArguments| {
            TokenHead.learning(settings(&NAMES, crf), arguments, &train)
        };
        let arguments = TrainingArguments {
            class_weights: Some(ClassWeights::Balanced),
            ..TrainingArguments::default()
        };
        let weights = learn(false, &arguments).unwrap().class_weights.unwrap();
        // Of four words one is B-X, three are O, and none is I-X.
        let expected = [4.0 / 3.0, 1.0, 4.0 / 9.0];
        assert!(
            weights
                .iter()
                .zip(expected)
                .all(|(a, b)| (a - b).abs() < 1e-6)
        );
        let message = learn(true, &arguments).unwrap_err().to_string();
        assert!(message.contains("`class_weights`"), "{message}");
        assert!(learn(true, &TrainingArguments::default()).is_ok());
    }
}
