//! A model folder: configuration, tokenizer and weights.

use std::path::Path;

use bert_core::config::{BertConfig, ConfigError, ProblemType};
use bert_core::files::{FileError, replace_files};
use bert_core::weights::{LoadPolicy, LoadReport, WeightsError, load_folder, write_safetensors};
use bert_data::{BertTokenizer, Casing, Encoding, TokenizerError};
use burn::tensor::backend::Backend;

use crate::model::TaskModel;

/// Why a model folder cannot be opened, loaded or written.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The tokenizer makes ids that the model has no embedding for.
    #[error(
        "the vocabulary has {vocabulary} entries and the model has embeddings for {embeddings}; \
         vocab.txt and config.json do not belong together"
    )]
    Vocabulary {
        /// Entries of the tokenizer.
        vocabulary: usize,
        /// `vocab_size` of the model.
        embeddings: usize,
    },
    /// Weights that do not fit the model, and what can be done about it.
    #[error("{error}\n{way_on}")]
    Unfit {
        /// What does not fit.
        error: Box<WeightsError>,
        /// What to do.
        way_on: String,
    },
    /// A name that could be one on the hub, in a build that knows no hub.
    #[error(
        "there is no folder {name}; a model of the hub is opened by its name where this is built \
         with cargo's feature hub"
    )]
    NoHub {
        /// What was given.
        name: String,
    },
    /// Neither a folder, nor to be had from the hub.
    #[cfg(feature = "hub")]
    #[error("there is no folder {name}, and {error}")]
    Hub {
        /// What was given.
        name: String,
        /// What the hub is about.
        error: Box<bert_hub::HubError>,
    },
    /// See [`ConfigError`].
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// See [`WeightsError`].
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// See [`TokenizerError`].
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// See [`FileError`].
    #[error(transparent)]
    File(#[from] FileError),
}

/// A model folder as it is on disk, its configuration and tokenizer read and checked against each
/// other; the weights come with [`load`](Self::load), into any model with a head.
pub struct ModelFolder {
    /// `config.json` or `bert_config.json`.
    pub config: BertConfig,
    /// From `tokenizer.json` or `vocab.txt`.
    pub tokenizer: BertTokenizer,
}

impl ModelFolder {
    /// Reads configuration and tokenizer.
    ///
    /// # Errors
    /// When one is missing or wrong, or the vocabulary is larger than the embeddings.
    pub fn open(folder: &Path) -> Result<Self, FolderError> {
        Self::open_as(folder, None)
    }

    /// [`open`](Self::open), with a casing that decides against the folder's files.
    ///
    /// # Errors
    /// As `open`; and where the tokenizer treats letters in a way of its own.
    pub fn open_as(folder: &Path, casing: Option<Casing>) -> Result<Self, FolderError> {
        let config = BertConfig::from_folder(folder)?;
        let tokenizer = BertTokenizer::from_folder_as(folder, casing)?;
        Self::new(config, tokenizer)
    }

    /// Of parts that come from elsewhere.
    ///
    /// # Errors
    /// When the vocabulary is larger than the embeddings.
    pub fn new(config: BertConfig, tokenizer: BertTokenizer) -> Result<Self, FolderError> {
        if tokenizer.vocab_size() > config.vocab_size {
            return Err(FolderError::Vocabulary {
                vocabulary: tokenizer.vocab_size(),
                embeddings: config.vocab_size,
            });
        }
        let tokenizer = tokenizer.for_positions(config.max_sequence_length());
        Ok(Self { config, tokenizer })
    }

    /// Names the labels, one of which a text has: that decides how many scores a classification
    /// head gives.
    pub fn set_labels<S: AsRef<str>>(&mut self, names: &[S]) {
        self.set_problem(ProblemType::SingleLabelClassification, names);
    }

    /// Names the labels, and says what their scores mean.
    pub fn set_problem<S: AsRef<str>>(&mut self, problem: ProblemType, names: &[S]) {
        self.config.set_labels(names);
        self.config.problem_type = Some(problem);
    }

    /// What a label is called; see [`BertConfig::label_name`].
    pub fn label_name(&self, label: usize) -> String {
        self.config.label_name(label)
    }

    /// The one text of an encoding, or the two, as the model reads them: without what was cut off,
    /// and in lower case if it has one case only.
    pub fn texts(&self, encoding: &Encoding) -> Vec<String> {
        let second = encoding.token_type_ids.partition_point(|&kind| kind == 0);
        let (first, second) = encoding.input_ids.split_at(second);
        [first, second]
            .into_iter()
            .filter(|ids| !ids.is_empty())
            .map(|ids| self.tokenizer.decode(ids))
            .collect()
    }

    /// A model with the weights of `folder`; what `policy` allows to be missing is fresh, drawn
    /// from `seed`.
    ///
    /// # Errors
    /// See [`load_folder`].
    pub fn load<B: Backend, M: TaskModel<B>>(
        &self,
        folder: &Path,
        policy: &LoadPolicy,
        seed: u64,
        device: &B::Device,
    ) -> Result<(M, LoadReport), FolderError> {
        let model = M::new(&self.config, seed, device)?;
        Ok(load_folder(model, folder, policy)?)
    }

    /// A model whose head, too, has its weights from `folder`: to predict with, or to score.
    ///
    /// # Errors
    /// See [`load_folder`]; and where the weights have no such head, or its scores mean something
    /// else.
    pub fn load_trained<B: Backend, M: TaskModel<B>>(
        &self,
        folder: &Path,
        device: &B::Device,
    ) -> Result<(M, LoadReport), FolderError> {
        M::check_trained(&self.config)?;
        let loaded = self.load(folder, &LoadPolicy::trained_head(M::HEAD), 0, device);
        loaded.map_err(|error| match error {
            FolderError::Weights(WeightsError::Mismatch { path, report })
                if report.missing.iter().any(|name| name.starts_with(M::HEAD)) =>
            {
                FolderError::Unfit {
                    error: Box::new(WeightsError::Mismatch { path, report }),
                    way_on: format!(
                        "it has no trained head of {}; fine-tune it first",
                        M::ARCHITECTURE
                    ),
                }
            }
            other => other,
        })
    }

    /// Saves `model` so that `transformers` opens it: `config.json`, `model.safetensors`,
    /// `tokenizer.json`, `vocab.txt`. Files of the same names are replaced, each as a whole.
    ///
    /// # Errors
    /// When something cannot be written; what was there before is then still there.
    pub fn save<B: Backend, M: TaskModel<B>>(
        &self,
        model: &M,
        folder: &Path,
    ) -> Result<(), FolderError> {
        replace_files(folder, |staging| self.write(model, staging))
    }

    /// Writes the same files into a folder that nobody reads yet.
    ///
    /// # Errors
    /// When something cannot be written.
    pub fn write<B: Backend, M: TaskModel<B>>(
        &self,
        model: &M,
        folder: &Path,
    ) -> Result<(), FolderError> {
        self.write_with(&self.config, model, folder)
    }

    /// The same with another configuration, of the same shape.
    pub(crate) fn write_with<B: Backend, M: TaskModel<B>>(
        &self,
        config: &BertConfig,
        model: &M,
        folder: &Path,
    ) -> Result<(), FolderError> {
        let mut config = config.clone();
        config.architectures = vec![M::ARCHITECTURE.to_owned()];
        // Saved as f32, whatever the weights that training began with were stored as.
        for key in ["dtype", "torch_dtype"] {
            config.extra.remove(key);
        }
        let path = folder.join("config.json");
        std::fs::write(&path, config.to_json()).map_err(FileError::at("write", &path))?;
        write_safetensors(model, &folder.join("model.safetensors"))?;
        self.tokenizer.save(folder)?;
        Ok(())
    }
}

/// What `--reinit-layers` leaves fresh of a model that is loaded: the top layers and the pooler, as
/// in Zhang et al. 2021, <https://arxiv.org/abs/2006.05987>.
pub fn reinit(policy: LoadPolicy, config: &BertConfig, layers: usize) -> LoadPolicy {
    if layers == 0 {
        return policy;
    }
    let (all, encoder) = (config.num_hidden_layers, config.architecture());
    let policy = match encoder.has_pooler {
        true => policy.leave_fresh(encoder.name_of("pooler.")),
        false => policy,
    };
    (all.saturating_sub(layers)..all).fold(policy, |policy, layer| {
        policy.leave_fresh(encoder.name_of(&format!("encoder.layer.{layer}.")))
    })
}

#[cfg(test)]
mod tests {
    use burn::backend::Flex;
    use burn::tensor::Tensor;

    use super::*;
    use crate::sequence::BertForSequenceClassification;
    use crate::span::BertForQuestionAnswering;

    #[test]
    fn top_layers_and_the_pooler_start_fresh_on_request() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../bert-core/tests/fixtures/tiny-bert"
        );
        let folder = ModelFolder::open(path.as_ref()).unwrap();
        let device = Default::default();
        let load = |layers| {
            let policy = reinit(LoadPolicy::strict(), &folder.config, layers);
            folder
                .load::<Flex, BertForSequenceClassification<Flex>>(
                    path.as_ref(),
                    &policy,
                    3,
                    &device,
                )
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

    #[test]
    fn a_saved_tokenizer_knows_how_much_the_model_takes() {
        type Model = BertForQuestionAnswering<Flex>;
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../bert-core/tests/fixtures/tiny-bert"
        );
        let folder = ModelFolder::open(path.as_ref()).unwrap();
        let positions = folder.config.max_position_embeddings;
        assert!(positions < 512);
        let model = Model::new(&folder.config, 3, &Default::default()).unwrap();
        let saved = tempfile::tempdir().unwrap();
        folder.save(&model, saved.path()).unwrap();
        let tokenizer = BertTokenizer::from_folder(saved.path()).unwrap();
        assert_eq!(tokenizer.model_max_length(), positions);
    }

    #[test]
    fn another_head_starts_fresh_on_the_trunk_of_a_classifier() {
        type Model = BertForQuestionAnswering<Flex>;
        let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../bert-core/tests/fixtures");
        let fixtures = Path::new(fixtures);
        let folder = ModelFolder::open(&fixtures.join("tiny-bert")).unwrap();
        let policy = LoadPolicy::fresh_head(<Model as TaskModel<Flex>>::HEAD);
        for (weights, pooler) in [
            ("tiny-bert/model.safetensors", "bert.pooler.dense.bias"),
            (
                "tiny-bert-variants/no-prefix/model.safetensors",
                "pooler.dense.bias",
            ),
        ] {
            let source = bert_core::weights::open(&fixtures.join(weights)).unwrap();
            let model = Model::new(&folder.config, 3, &Default::default()).unwrap();
            let (_, report) = bert_core::weights::load(model, source.as_ref(), &policy).unwrap();
            assert_eq!(report.missing, ["qa_outputs.weight", "qa_outputs.bias"]);
            assert!(report.unused.iter().any(|name| name == pooler), "{report}");
        }
    }

    #[test]
    fn texts_are_what_the_model_reads() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../bert-core/tests/fixtures/tiny-bert"
        );
        let folder = ModelFolder::open(path.as_ref()).unwrap();
        let encode = |a, b| folder.tokenizer.encode_pair(a, b, 32).unwrap();
        assert_eq!(folder.texts(&encode("A b", Some("c D"))), ["a b", "c d"]);
        assert_eq!(folder.texts(&encode("A b", None)), ["a b"]);
    }
}
