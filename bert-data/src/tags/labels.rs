//! What is known of a sentence's tokens.

/// Which tokens stand for the words of a sentence, and what is learned of them. A sentence has a
/// row of tokens, or several if it is longer than the model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenLabels {
    /// The words of each row, ascending. A word is in one row only, the one in which it has most
    /// context on both sides, though windows share words; a word without pieces is in none.
    pub places: Vec<Vec<WordPlace>>,
    /// For each row the class of each of its tokens, special tokens included; `None` is not
    /// counted. All are of a sentence without tags.
    pub classes: Vec<Vec<Option<usize>>>,
    /// The class of each word; `None` where nobody has tagged the sentence.
    pub tags: Option<Vec<usize>>,
    /// Number of words, with those that have no pieces.
    pub words: usize,
}

/// Where a word is in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WordPlace {
    /// The word's place in its sentence.
    pub word: usize,
    /// The row's token that stands for it: its first piece. `[CLS]` is token 0.
    pub token: usize,
    /// How many tokens are its pieces, from `token` on; 1 at least.
    pub pieces: usize,
}

impl TokenLabels {
    /// How many tokens are counted in the loss.
    pub fn counted(&self) -> usize {
        self.classes.iter().flatten().flatten().count()
    }

    /// The words that no token stands for, ascending.
    pub fn words_without_pieces(&self) -> Vec<usize> {
        let mut has_pieces = vec![false; self.words];
        for place in self.places.iter().flatten() {
            has_pieces[place.word] = true;
        }
        (0..self.words).filter(|&word| !has_pieces[word]).collect()
    }
}

/// Words of a split that a model does not see, or not whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LostWords {
    /// Words without pieces, as one of nothing but accents: they get O, and cannot be learned.
    pub without_pieces: usize,
    /// Words longer than a window, of which the first pieces are read.
    pub cut: usize,
}
