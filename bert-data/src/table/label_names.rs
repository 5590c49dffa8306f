//! The names of classes.

use std::collections::{BTreeSet, HashMap};

use super::label_error::LabelError;
use super::label_kind::number;
use super::nearest::nearest;

/// Names of classes; a class is an index into them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabelNames {
    names: Vec<String>,
    classes: HashMap<String, usize>,
}

impl LabelNames {
    /// Names in the order of their classes, as a model's configuration has them.
    ///
    /// # Errors
    /// If one is there twice.
    pub fn new(names: Vec<String>) -> Result<Self, LabelError> {
        let mut classes = HashMap::new();
        for (class, name) in names.iter().enumerate() {
            if classes.insert(name.clone(), class).is_some() {
                return Err(LabelError::Duplicate { name: name.clone() });
            }
        }
        Ok(Self { names, classes })
    }

    /// The names that the rows of a training split have, sorted: by number if all are numbers, else
    /// as text.
    ///
    /// # Errors
    /// If two differ in white space only.
    pub fn collect<'a>(labels: impl IntoIterator<Item = &'a str>) -> Result<Self, LabelError> {
        let names: BTreeSet<&str> = labels.into_iter().collect();
        let mut names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        let numbers = names.iter().map(|name| number(name));
        if let Some(numbers) = numbers.collect::<Option<Vec<f64>>>() {
            let mut numbered: Vec<(f64, String)> = numbers.into_iter().zip(names).collect();
            // Stable: of "1" and "01" the order as text stays.
            numbered.sort_by(|one, other| one.0.total_cmp(&other.0));
            names = numbered.into_iter().map(|(_, name)| name).collect();
        }
        let mut trimmed = HashMap::new();
        for name in &names {
            if let Some(one) = trimmed.insert(name.trim(), name) {
                return Err(LabelError::WhiteSpace {
                    one: one.clone(),
                    other: name.clone(),
                });
            }
        }
        Self::new(names)
    }

    /// Number of classes.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The names, by class.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Name of a class.
    pub fn name(&self, class: usize) -> Option<&str> {
        self.names.get(class).map(String::as_str)
    }

    /// The class with a name.
    pub fn class(&self, name: &str) -> Option<usize> {
        self.classes.get(name).copied()
    }

    /// The class with a name.
    ///
    /// # Errors
    /// If no class has it: the names there are, and the nearest.
    pub fn find(&self, name: &str) -> Result<usize, LabelError> {
        self.class(name).ok_or_else(|| LabelError::Unknown {
            label: name.to_owned(),
            nearest: nearest(name, self.names.iter().map(String::as_str)),
            names: self.names.clone(),
        })
    }
}
