//! What comes out: a vector for each text.

/// The vectors of some texts, in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Embeddings {
    dimension: usize,
    values: Vec<f32>,
    num_truncated_tokens: Vec<usize>,
}

impl Embeddings {
    /// # Shapes
    /// - values `[texts, dimension]`
    pub(super) fn new(
        dimension: usize,
        values: Vec<f32>,
        num_truncated_tokens: Vec<usize>,
    ) -> Self {
        debug_assert_eq!(values.len(), dimension * num_truncated_tokens.len());
        Self {
            dimension,
            values,
            num_truncated_tokens,
        }
    }

    /// Numbers of a vector.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.num_truncated_tokens.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.num_truncated_tokens.is_empty()
    }

    /// The vector of each text.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.values.chunks_exact(self.dimension)
    }

    /// The vector of the text at this place, from 0; nothing behind the last.
    pub fn get(&self, text: usize) -> Option<&[f32]> {
        self.rows().nth(text)
    }

    /// All of them, row by row, `[texts, dimension]`.
    pub fn as_slice(&self) -> &[f32] {
        &self.values
    }

    /// Tokens at the end of each text that the model has not seen, because it takes no more.
    pub fn num_truncated_tokens(&self) -> &[usize] {
        &self.num_truncated_tokens
    }
}
