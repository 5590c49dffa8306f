//! Question answering against the programs that its scores are compared with.

mod decoding;
mod scores;
