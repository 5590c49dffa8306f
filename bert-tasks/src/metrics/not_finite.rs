//! Numbers that are none.

use std::fmt;

/// A number of an evaluation that is infinite or not a number: such an evaluation says nothing of
/// its model, however plausible its other numbers are.
#[derive(Clone, Debug, PartialEq)]
pub struct NotFinite {
    /// What it is of, such as `the loss` or `a logit of example 3`.
    pub what: String,
    /// The number.
    pub value: f64,
}

impl NotFinite {
    /// The first of these scores that is not finite.
    #[cfg(feature = "train")]
    pub(crate) fn among<'a>(scores: impl IntoIterator<Item = (&'a str, f64)>) -> Option<Self> {
        let mut scores = scores.into_iter();
        let (name, value) = scores.find(|(_, value)| !value.is_finite())?;
        let what = format!("the {name}");
        Some(Self { what, value })
    }
}

impl fmt::Display for NotFinite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}", self.what, self.value)
    }
}

/// The first of some scores that is not finite.
pub(crate) fn not_finite(scores: &[f32]) -> Option<f64> {
    let found = scores.iter().find(|score| !score.is_finite());
    found.map(|&score| f64::from(score))
}
