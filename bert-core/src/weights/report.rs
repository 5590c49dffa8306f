//! What a load did, in a form that people read.

use std::fmt;

/// A tensor whose shape on disk is not the parameter's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongShape {
    /// The name on disk.
    pub name: String,
    /// The shape on disk.
    pub found: Vec<usize>,
    /// The shape that would fit, as it would be on disk.
    pub expected: Vec<usize>,
}

/// What became of every parameter of the model and of every tensor of the file. Names are those
/// on disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadReport {
    /// Parameters that got their values from the file.
    pub loaded: Vec<String>,
    /// How many numbers that were.
    pub loaded_elements: usize,
    /// Parameters that the file does not have; they keep their fresh values.
    pub missing: Vec<String>,
    /// Tensors of the file that the model has no place for.
    pub unused: Vec<String>,
    /// Tensors that do not fit; the parameters keep their fresh values.
    pub wrong_shape: Vec<WrongShape>,
    /// Parameters that were asked to stay fresh, whether the file has them or not.
    pub left_fresh: Vec<String>,
    /// What the names have in the file and not here; see [`TensorSource::left_out_of_names`].
    ///
    /// [`TensorSource::left_out_of_names`]: super::TensorSource::left_out_of_names
    pub left_out_of_names: Vec<String>,
}

impl LoadReport {
    /// Nothing missing, nothing unused, nothing of the wrong shape.
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty() && self.unused.is_empty() && self.wrong_shape.is_empty()
    }

    /// The same in words where nothing was loaded after all, so nothing initialised either.
    pub(super) fn refused(&self) -> Refused<'_> {
        Refused(self)
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, what_happened: &str) -> fmt::Result {
        if !self.left_out_of_names.is_empty() {
            write!(f, "\n  names without {}", self.left_out_of_names.join(", "))?;
        }
        list(f, &format!("missing{what_happened}"), &self.missing)?;
        list(f, "unused (in the file, not in the model)", &self.unused)?;
        let shapes: Vec<String> = self
            .wrong_shape
            .iter()
            .map(|w| format!("{} is {:?}, expected {:?}", w.name, w.found, w.expected))
            .collect();
        list(f, &format!("wrong shape{what_happened}"), &shapes)
    }
}

impl fmt::Display for LoadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "loaded {} tensors, {:.1} M parameters",
            self.loaded.len(),
            self.loaded_elements as f64 / 1e6
        )?;
        self.write(f, " (freshly initialised)")?;
        list(f, "freshly initialised on request", &self.left_fresh)
    }
}

/// A report of a load that was refused.
pub(super) struct Refused<'a>(&'a LoadReport);

impl fmt::Display for Refused<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} tensors fit", self.0.loaded.len())?;
        self.0.write(f, "")
    }
}

/// The first names, one a line.
fn list(f: &mut fmt::Formatter<'_>, title: &str, names: &[String]) -> fmt::Result {
    if names.is_empty() {
        return Ok(());
    }
    write!(f, "\n  {title}: {}", names.len())?;
    const SHOWN: usize = 8;
    for name in names.iter().take(SHOWN) {
        write!(f, "\n    {name}")?;
    }
    if names.len() > SHOWN {
        write!(f, "\n    ... and {} more", names.len() - SHOWN)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_reads_well() {
        let report = LoadReport {
            loaded: vec!["a".into(), "b".into()],
            loaded_elements: 22_700_000,
            missing: vec!["classifier.bias".into(), "classifier.weight".into()],
            unused: (0..10).map(|i| format!("cls.{i}")).collect(),
            wrong_shape: vec![WrongShape {
                name: "x".into(),
                found: vec![2, 3],
                expected: vec![3, 3],
            }],
            left_fresh: vec!["y".into()],
            left_out_of_names: vec!["module.".into(), "model.".into()],
        };
        let expected = "\
loaded 2 tensors, 22.7 M parameters
  names without module., model.
  missing (freshly initialised): 2
    classifier.bias
    classifier.weight
  unused (in the file, not in the model): 10
    cls.0
    cls.1
    cls.2
    cls.3
    cls.4
    cls.5
    cls.6
    cls.7
    ... and 2 more
  wrong shape (freshly initialised): 1
    x is [2, 3], expected [3, 3]
  freshly initialised on request: 1
    y";
        assert_eq!(report.to_string(), expected);

        let refused = report.refused().to_string();
        assert!(refused.starts_with("2 tensors fit\n"), "{refused}");
        assert!(
            refused.contains("  missing: 2\n    classifier.bias"),
            "{refused}"
        );
        assert!(refused.contains("  wrong shape: 1\n    x is"), "{refused}");
        assert!(!refused.contains("initialised"), "{refused}");
    }
}
