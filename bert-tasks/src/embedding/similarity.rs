//! How near two vectors are.

use std::fmt;
use std::str::FromStr;

use bert_data::UnknownName;
use serde::{Deserialize, Serialize};

/// A number for two vectors that is larger the nearer they are.
///
/// Source: `SimilarityFunction` of sentence-transformers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Similarity {
    /// The cosine of the angle between them; 0 where one is nothing but zeros.
    #[default]
    Cosine,
    /// Their product.
    Dot,
    /// Their distance, below zero.
    Euclidean,
    /// The sum of the distances of their dimensions, below zero.
    Manhattan,
}

impl Similarity {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Cosine, Self::Dot, Self::Euclidean, Self::Manhattan];

    /// As `similarity_fn_name` has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cosine => "cosine",
            Self::Dot => "dot",
            Self::Euclidean => "euclidean",
            Self::Manhattan => "manhattan",
        }
    }

    /// Of two vectors of one length; of longer ones only the dimensions that both have count.
    pub fn of(self, a: &[f32], b: &[f32]) -> f32 {
        let product = |a: &[f32], b: &[f32]| -> f64 {
            let pairs = a.iter().zip(b);
            pairs.map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
        };
        let apart = || a.iter().zip(b).map(|(&a, &b)| f64::from(a) - f64::from(b));
        let similarity = match self {
            Self::Dot => product(a, b),
            Self::Cosine => {
                let lengths = (product(a, a) * product(b, b)).sqrt();
                if lengths > 0.0 {
                    product(a, b) / lengths
                } else {
                    0.0
                }
            }
            Self::Euclidean => -apart().map(|d| d * d).sum::<f64>().sqrt(),
            Self::Manhattan => -apart().map(f64::abs).sum::<f64>(),
        };
        similarity as f32
    }
}

impl fmt::Display for Similarity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Similarity {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let mut all = Self::ALL.into_iter();
        all.find(|one| one.name() == name)
            .ok_or_else(|| UnknownName {
                what: "similarity",
                value: name.to_owned(),
                allowed: "cosine, dot, euclidean, manhattan",
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearer_the_larger() {
        let (a, b) = ([3.0, 4.0], [4.0, 3.0]);
        assert!((Similarity::Cosine.of(&a, &b) - 0.96).abs() < 1e-6);
        assert_eq!(Similarity::Dot.of(&a, &b), 24.0);
        assert!((Similarity::Euclidean.of(&a, &b) + 2f32.sqrt()).abs() < 1e-6);
        assert_eq!(Similarity::Manhattan.of(&a, &b), -2.0);
        for similarity in Similarity::ALL {
            assert!(similarity.of(&a, &a) > similarity.of(&a, &b));
            assert_eq!(similarity.to_string().parse(), Ok(similarity));
        }
        assert_eq!(Similarity::Cosine.of(&a, &[0.0, 0.0]), 0.0);
        assert!("angle".parse::<Similarity>().is_err());
    }
}
