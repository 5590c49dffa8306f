//! What differs between encoders of BERT's kind, as one value for each kind.

use super::BertConfig;

/// An encoder of BERT's kind: what its files and its model have otherwise than those of another.
///
/// [`BERT`](Self::BERT) is the one that there is; a configuration says by its `model_type` which
/// it is of ([`BertConfig::architecture`]).
#[derive(Debug, PartialEq, Eq)]
pub struct Architecture {
    /// Its name in `config.json`.
    pub model_type: &'static str,
    /// What the names of the trunk's parameters begin with in a model with a head, the point
    /// included.
    pub prefix: &'static str,
    /// The row of the position embeddings that the first token takes; as many tokens fewer than
    /// `max_position_embeddings` fit into a sequence.
    pub position_offset: usize,
    /// Whether the second text of a pair is told from the first by an embedding of its own.
    pub has_segments: bool,
    /// Whether a dense layer on the first token is pretrained with it.
    pub has_pooler: bool,
}

impl Architecture {
    /// Devlin et al. 2018, <https://arxiv.org/abs/1810.04805>.
    pub const BERT: Self = Self {
        model_type: "bert",
        prefix: "bert.",
        position_offset: 0,
        has_segments: true,
        has_pooler: true,
    };

    /// All that there are.
    pub(super) const ALL: [&'static Self; 1] = [&Self::BERT];

    /// The one of this `model_type`.
    pub fn of(model_type: &str) -> Option<&'static Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|architecture| architecture.model_type == model_type)
    }

    /// The name of a parameter within the trunk, without the prefix; `None` for one of a head.
    pub fn within<'a>(&self, name: &'a str) -> Option<&'a str> {
        name.strip_prefix(self.prefix)
    }

    /// The name on disk of a part of the trunk, such as `pooler.`, in a model with a head.
    pub fn name_of(&self, part: &str) -> String {
        format!("{}{part}", self.prefix)
    }
}

impl BertConfig {
    /// What kind of encoder it is of. [`check`](Self::check) refuses a `model_type` that is none
    /// of them; until then that is BERT's.
    pub fn architecture(&self) -> &'static Architecture {
        Architecture::of(&self.model_type).unwrap_or(&Architecture::BERT)
    }

    /// How many tokens a sequence can have.
    pub fn max_sequence_length(&self) -> usize {
        let offset = self.architecture().position_offset;
        self.max_position_embeddings.saturating_sub(offset)
    }

    /// How many segments a token can be of.
    pub fn num_segments(&self) -> usize {
        match self.architecture().has_segments {
            true => self.type_vocab_size,
            false => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_says_which_it_is_of() {
        let config = BertConfig::default();
        assert_eq!(config.architecture(), &Architecture::BERT);
        assert_eq!(config.max_sequence_length(), 512);
        assert_eq!(config.num_segments(), 2);
        assert_eq!(Architecture::of("roberta"), None);
    }

    #[test]
    fn names_go_into_the_trunk_and_out_of_it() {
        let bert = &Architecture::BERT;
        assert_eq!(bert.name_of("pooler.dense.bias"), "bert.pooler.dense.bias");
        assert_eq!(
            bert.within("bert.pooler.dense.bias"),
            Some("pooler.dense.bias")
        );
        assert_eq!(bert.within("classifier.bias"), None);
    }
}
