//! From texts to vectors, with a model folder.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use bert_core::backend::BertBackend;
use bert_core::files::replace_files;
use bert_core::model::PreparedTrunk;
use bert_data::batch::{PaddedBatch, token_batches};
use bert_data::{BertTokenizer, Encoding};
use burn::tensor::Tensor;

use super::config::EmbeddingModule;
use super::dense::Dense;
use super::files::{write_modules, write_root};
use super::model::pooled;
use super::{
    BertForEmbedding, EmbeddingConfig, EmbeddingError, Embeddings, ModulesError, PoolingMode,
};
use crate::folder::ModelFolder;
use crate::metrics::not_finite;
use crate::prediction::Prepared;
use crate::pretrained::Pretrained;
use crate::tensors::numbers;

/// Gives each text a vector, equal to that of sentence-transformers on the same folder.
///
/// ```no_run
/// use bert_tasks::embedding::Embedder;
/// use burn::backend::Flex;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let name = "sentence-transformers/all-MiniLM-L6-v2";
/// let embedder = Embedder::<Flex>::from_pretrained(name, &Default::default())?;
/// let found = embedder.embed(&["A cat sat.", "There was a kitten.", "Rates rose again."])?;
/// let near = |a: usize, b: usize| {
///     let vectors = found.get(a).zip(found.get(b));
///     vectors.map(|(a, b)| embedder.config().similarity.of(a, b))
/// };
/// assert!(near(0, 1) > near(0, 2));
/// # Ok(()) }
/// ```
pub struct Embedder<B: BertBackend> {
    model: Prepared<B, PreparedTrunk<B>>,
    folder: ModelFolder,
    /// Where the weights are: what is prepared cannot be saved.
    weights: PathBuf,
    /// As texts are cut, where letters are lowered before.
    tokenizer: BertTokenizer,
    config: EmbeddingConfig,
    /// The layers among the modules, in their order.
    dense: Vec<Dense<B>>,
    batch_tokens: NonZeroUsize,
    max_seq_length: usize,
    prompt: Prompt,
}

/// What stands before each text, and how many tokens it has with `[CLS]`.
#[derive(Clone, Default)]
struct Prompt {
    text: String,
    tokens: usize,
}

/// 32 texts of 128 tokens.
const BATCH_TOKENS: NonZeroUsize = NonZeroUsize::new(4096).expect("written here, above zero");

/// Below such a length a vector is not made longer, as in PyTorch.
const SHORTEST: f64 = 1e-12;

impl<B: BertBackend> Embedder<B> {
    /// Opens a model that sentence-transformers or `transformers` has saved, by its folder or its
    /// name on the hub ([`Pretrained`]).
    ///
    /// # Errors
    /// When a file is missing or wrong, or asks for what is not computed here.
    pub fn from_pretrained(
        name: impl AsRef<Path>,
        device: &B::Device,
    ) -> Result<Self, EmbeddingError> {
        let found = Pretrained::find_embedder(name.as_ref())?;
        let config = EmbeddingConfig::from_folder(&found.folder)?;
        let opened = found.within(&config.transformer).open(None)?;
        Self::of(opened, &found.folder, device)
    }

    /// [`from_pretrained`](Self::from_pretrained) of a folder whose encoder was opened.
    ///
    /// # Errors
    /// When the weights are missing or wrong, or modules do not fit one another.
    pub fn of(
        opened: ModelFolder,
        folder: &Path,
        device: &B::Device,
    ) -> Result<Self, EmbeddingError> {
        let config = EmbeddingConfig::from_folder(folder)?;
        let encoder = folder.join(&config.transformer);
        let model = BertForEmbedding::load(&opened, &encoder, device)?;
        let mut dense = Vec::new();
        let mut width = config.pooling.modes.len() * opened.config.hidden_size;
        for module in &config.modules {
            if let EmbeddingModule::Dense(settings, path) = module {
                let path = folder.join(path);
                if settings.in_features != width {
                    let reason = format!(
                        "in_features is {}, and vectors have {width} numbers",
                        settings.in_features
                    );
                    return Err(ModulesError::unsupported(&path, reason).into());
                }
                if settings.out_features == 0 {
                    let reason = "out_features is 0; a vector has numbers";
                    return Err(ModulesError::unsupported(&path, reason).into());
                }
                dense.push(Dense::load(settings, &path, device)?);
                width = settings.out_features;
            }
        }
        let tokenizer = match config.do_lower_case {
            true => opened.tokenizer.clone().lowercased()?,
            false => opened.tokenizer.clone(),
        };
        let positions = opened.config.max_sequence_length();
        let longest = config.max_seq_length;
        let longest = longest.unwrap_or(opened.tokenizer.model_max_length());
        let prompt = config.default_prompt_name.clone();
        let embedder = Self {
            model: Prepared::new(model, |model: BertForEmbedding<B>| {
                Box::new(model.prepare())
            }),
            weights: encoder,
            tokenizer,
            dense,
            batch_tokens: BATCH_TOKENS,
            max_seq_length: longest.min(positions),
            prompt: Prompt::default(),
            folder: opened,
            config,
        };
        match prompt {
            Some(name) => embedder.with_prompt_name(&name),
            None => Ok(embedder),
        }
    }

    /// With at most so many tokens at once, padding included: 4096 where this is not called.
    #[must_use]
    pub fn with_batch_tokens(mut self, batch_tokens: NonZeroUsize) -> Self {
        self.batch_tokens = batch_tokens;
        self
    }

    /// With texts cut to so many tokens, instead of what the folder says; never more than the model
    /// has positions.
    #[must_use]
    pub fn with_max_seq_length(mut self, max_seq_length: usize) -> Self {
        let positions = self.folder.config.max_sequence_length();
        self.max_seq_length = max_seq_length.min(positions);
        self
    }

    /// With another pooling than the folder's: these parts, one behind the other.
    ///
    /// # Errors
    /// When there are none, or vectors of another width do not fit the folder's modules.
    pub fn with_pooling(mut self, modes: &[PoolingMode]) -> Result<Self, EmbeddingError> {
        if modes.is_empty() {
            return Err(EmbeddingError::NoPooling);
        }
        let expected = self.config.pooling.modes.len();
        if !self.dense.is_empty() && modes.len() != expected {
            let modes = modes.len();
            return Err(EmbeddingError::PoolingWidth { modes, expected });
        }
        self.config.pooling.modes = modes.to_vec();
        Ok(self)
    }

    /// With vectors made ones of length 1 in the end, or not, whatever the folder says.
    #[must_use]
    pub fn with_normalize(mut self, normalize: bool) -> Self {
        let modules = &mut self.config.modules;
        while modules.last() == Some(&EmbeddingModule::Normalize) {
            modules.pop();
        }
        if normalize {
            modules.push(EmbeddingModule::Normalize);
        }
        self
    }

    /// With this before each text, instead of the folder's default prompt.
    ///
    /// # Errors
    /// When the tokenizer does not take it.
    pub fn with_prompt(mut self, prompt: &str) -> Result<Self, EmbeddingError> {
        let pieces = self.tokenizer.word_pieces(prompt)?.len();
        self.prompt = Prompt {
            text: prompt.to_owned(),
            tokens: match prompt.is_empty() {
                true => 0,
                false => pieces + 1,
            },
        };
        Ok(self)
    }

    /// With the folder's prompt of this name before each text.
    ///
    /// # Errors
    /// When it has none of this name.
    pub fn with_prompt_name(self, name: &str) -> Result<Self, EmbeddingError> {
        let prompt = self.config.prompt(name)?.to_owned();
        self.with_prompt(&prompt)
    }

    /// What the folder says, and what was said since.
    pub fn config(&self) -> &EmbeddingConfig {
        &self.config
    }

    /// Numbers of a vector.
    pub fn dimension(&self) -> usize {
        self.config.dimension(self.folder.config.hidden_size)
    }

    /// The longest text in tokens; more are cut off.
    pub fn max_seq_length(&self) -> usize {
        self.max_seq_length
    }

    /// The tokenizer of the folder.
    pub fn tokenizer(&self) -> &BertTokenizer {
        &self.folder.tokenizer
    }

    /// The vector of each text, in their order. Texts of similar length go through the model
    /// together, so many at once that they have at most as many tokens as a batch may have. An
    /// empty text has a vector, too: that of `[CLS]` and `[SEP]`.
    ///
    /// # Errors
    /// When a number of a vector is not finite, or prompt and text have no room.
    pub fn embed<S: AsRef<str>>(&self, texts: &[S]) -> Result<Embeddings, EmbeddingError> {
        let prompt = match self.config.pooling.include_prompt {
            true => 0,
            false => self.prompt.tokens,
        };
        if prompt >= self.max_seq_length && prompt > 0 {
            return Err(EmbeddingError::PromptTooLong {
                tokens: prompt,
                max_seq_length: self.max_seq_length,
            });
        }
        let encodings = self.encode(texts)?;
        let lengths: Vec<usize> = encodings.iter().map(Encoding::len).collect();
        let dimension = self.dimension();
        let mut values = vec![0.0; texts.len() * dimension];
        let mut fault: Option<(usize, f64)> = None;
        for places in token_batches(&lengths, self.batch_tokens) {
            let rows = places.iter().map(|&place| &encodings[place]);
            let batch = PaddedBatch::new(rows, 0, self.tokenizer.pad_id());
            let input = self.model.input(&batch)?;
            let trunk = self.model.forward.as_ref();
            let pooled = pooled(trunk, &input, &self.config.pooling, prompt);
            let vectors = numbers(self.finish(pooled));
            for (&place, vector) in places.iter().zip(vectors.chunks_exact(dimension)) {
                if let Some(value) = not_finite(vector)
                    && fault.is_none_or(|(first, _)| place < first)
                {
                    fault = Some((place, value));
                }
                values[place * dimension..][..dimension].copy_from_slice(vector);
            }
        }
        if let Some((index, value)) = fault {
            return Err(EmbeddingError::NotFinite { index, value });
        }
        let truncated = encodings.iter().map(|one| one.num_truncated_tokens);
        Ok(Embeddings::new(dimension, values, truncated.collect()))
    }

    /// Saves the model so that sentence-transformers and `transformers` open it, with what was said
    /// since it was opened. Files of the same names are replaced, each as a whole. The weights are
    /// read again from where they are.
    ///
    /// # Errors
    /// When something cannot be read or written, or texts have no room for a token.
    pub fn save(&self, folder: &Path) -> Result<(), EmbeddingError> {
        self.tokenizer.encode_pair("", None, self.max_seq_length)?;
        let model = BertForEmbedding::<B>::load(&self.folder, &self.weights, self.model.device())?;
        let hidden_size = self.folder.config.hidden_size;
        let list = write_modules(folder, &self.config, &self.dense, hidden_size)?;
        // The list last: whoever opens the folder begins with it.
        replace_files(folder, |staging| {
            self.folder.write(&model, staging)?;
            write_root(staging, &self.config, self.max_seq_length, &list)
        })
    }

    fn encode<S: AsRef<str>>(&self, texts: &[S]) -> Result<Vec<Encoding>, EmbeddingError> {
        let prompted: Vec<String>;
        let texts: Vec<&str> = match self.prompt.text.as_str() {
            "" => texts.iter().map(AsRef::as_ref).collect(),
            prompt => {
                let texts = texts
                    .iter()
                    .map(|text| format!("{prompt}{}", text.as_ref()));
                prompted = texts.collect();
                prompted.iter().map(String::as_str).collect()
            }
        };
        let single: Vec<(&str, Option<&str>)> = texts.iter().map(|&text| (text, None)).collect();
        Ok(self.tokenizer.encode_pairs(&single, self.max_seq_length)?)
    }

    /// What comes behind the pooling.
    fn finish(&self, pooled: Tensor<B, 2>) -> Tensor<B, 2> {
        let mut dense = self.dense.iter();
        let modules = self.config.modules.iter();
        modules.fold(pooled, |vectors, module| match module {
            EmbeddingModule::Normalize => normalize(vectors),
            EmbeddingModule::Dense(..) => match dense.next() {
                Some(layer) => layer.forward(vectors),
                None => vectors,
            },
        })
    }
}

/// Each row over its length.
fn normalize<B: BertBackend>(vectors: Tensor<B, 2>) -> Tensor<B, 2> {
    let squares = vectors.clone().powi_scalar(2).sum_dim(1);
    vectors / squares.sqrt().clamp_min(SHORTEST)
}

#[cfg(test)]
mod tests;
