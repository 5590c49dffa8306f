//! Names as the model has them, of files that were saved from something around it.

use std::collections::BTreeMap;
use std::path::Path;

use super::names::ARCHITECTURE;
use super::{TensorInfo, TensorSource, WeightsError};

/// What PyTorch puts into the names of what it wraps: `DataParallel` and
/// `DistributedDataParallel`, `torch.compile`, sharded and checkpointed modules. No parameter of a
/// BERT has such a part in its name, wherever it stands.
const WRAPPERS: [&str; 4] = [
    "module",
    "_orig_mod",
    "_fsdp_wrapped_module",
    "_checkpoint_wrapped_module",
];

/// The field of a class around the model, as in Lightning's checkpoints; stands before all names.
const FIELD: &str = "model.";

/// The first table of every BERT. What all names begin with is what stands before this one's.
const FIRST: &str = "embeddings.word_embeddings.weight";

/// A source without the parts of its names that are of what was around the model.
pub(super) struct Unwrapped {
    source: Box<dyn TensorSource>,
    tensors: BTreeMap<String, TensorInfo>,
    /// The names in the source, by those in `tensors`.
    stored: BTreeMap<String, String>,
    left_out: Vec<String>,
}

/// `source`, with its names as they are within the model. As it is, where they are already, or
/// where two tensors would get one name.
pub(super) fn unwrap(source: Box<dyn TensorSource>) -> Box<dyn TensorSource> {
    let Some((stored, left_out)) = names(source.tensors().keys()) else {
        return source;
    };
    let infos = stored.iter();
    let tensors = infos.map(|(name, stored)| (name.clone(), source.tensors()[stored].clone()));
    Box::new(Unwrapped {
        tensors: tensors.collect(),
        source,
        stored,
        left_out,
    })
}

/// New names to stored ones, and what is left out of those; `None` where nothing is.
fn names<'a>(
    stored: impl Iterator<Item = &'a String>,
) -> Option<(BTreeMap<String, String>, Vec<String>)> {
    let stored: Vec<&String> = stored.collect();
    let mut left_out: Vec<String> = Vec::new();
    let mut found = |part: String| {
        if !left_out.contains(&part) {
            left_out.push(part);
        }
    };
    let mut names: Vec<String> = Vec::with_capacity(stored.len());
    for name in &stored {
        let (of_wrappers, kept): (Vec<&str>, Vec<&str>) =
            name.split('.').partition(|part| WRAPPERS.contains(part));
        of_wrappers
            .iter()
            .for_each(|part| found(format!("{part}.")));
        names.push(kept.join("."));
    }
    while let Some(prefix) = prefix_of_all(&names) {
        names
            .iter_mut()
            .for_each(|name| drop(name.drain(..prefix.len())));
        found(prefix);
    }
    let number = names.len();
    let by_name: BTreeMap<String, String> =
        names.into_iter().zip(stored.into_iter().cloned()).collect();
    (!left_out.is_empty() && by_name.len() == number).then_some((by_name, left_out))
}

/// What stands before every name and is not of the model.
fn prefix_of_all(names: &[String]) -> Option<String> {
    let all_begin = |prefix: &str| {
        // Something must be left of each.
        let rest = |name: &String| {
            name.strip_prefix(prefix)
                .is_some_and(|rest| !rest.is_empty())
        };
        !prefix.is_empty() && !names.is_empty() && names.iter().all(rest)
    };
    let before = names.iter().find_map(|name| {
        let before = name.strip_suffix(FIRST)?;
        Some(before.strip_suffix(ARCHITECTURE.prefix).unwrap_or(before))
    });
    let mut candidates = [Some(FIELD), before].into_iter().flatten();
    candidates
        .find(|prefix| all_begin(prefix))
        .map(str::to_owned)
}

impl TensorSource for Unwrapped {
    fn tensors(&self) -> &BTreeMap<String, TensorInfo> {
        &self.tensors
    }

    fn read(&self, name: &str) -> Result<Vec<f32>, WeightsError> {
        match self.stored.get(name) {
            Some(stored) => self.source.read(stored),
            None => Err(WeightsError::NoTensor {
                path: self.path().to_path_buf(),
                name: name.to_owned(),
            }),
        }
    }

    fn path(&self) -> &Path {
        self.source.path()
    }

    fn left_out_of_names(&self) -> &[String] {
        &self.left_out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The new names, in the order of the stored ones, and what was left out.
    fn unwrapped(stored: &[&str]) -> Option<(Vec<String>, Vec<String>)> {
        let stored: Vec<String> = stored.iter().map(|&name| name.to_owned()).collect();
        let (by_name, left_out) = names(stored.iter())?;
        let new = stored.iter().map(|stored| {
            let mut new = by_name.iter().filter(|(_, of)| *of == stored);
            new.next().unwrap().0.clone()
        });
        Some((new.collect(), left_out))
    }

    #[test]
    fn what_is_around_the_model_is_left_out_of_its_names() {
        let model = ["bert.embeddings.word_embeddings.weight", "classifier.bias"];
        for around in [
            "module.",
            "_orig_mod.",
            "model.",
            "_orig_mod.module.",
            "module._orig_mod.",
            "model._orig_mod.",
            "_orig_mod.module.model.",
            "model.model.",
            "net.bert_model.",
        ] {
            let stored = model.map(|name| format!("{around}{name}"));
            let (names, left_out) = unwrapped(&stored.each_ref().map(String::as_str)).unwrap();
            assert_eq!(names, model, "{around}");
            assert!(
                left_out.iter().all(|part| around.contains(part)),
                "{left_out:?}"
            );
        }
        // A wrapper within the model, and a head alone.
        let inside = ["bert.module.encoder.layer.0.x", "classifier.weight"];
        let (names, left_out) = unwrapped(&inside).unwrap();
        assert_eq!(names, ["bert.encoder.layer.0.x", "classifier.weight"]);
        assert_eq!(left_out, ["module."]);
        assert_eq!(
            unwrapped(&["module.classifier.weight"]).unwrap().0,
            ["classifier.weight"]
        );
    }

    #[test]
    fn names_of_the_model_stay_as_they_are() {
        for names in [
            &["bert.embeddings.word_embeddings.weight", "classifier.bias"][..],
            &["embeddings.word_embeddings.weight", "pooler.dense.bias"],
            // Two models in one file: which is meant?
            &[
                "query.embeddings.word_embeddings.weight",
                "passage.embeddings.x",
            ],
            &["model.embeddings.word_embeddings.weight", "classifier.bias"],
            // Both would be the same.
            &["module.a", "a"],
            &[],
        ] {
            assert_eq!(unwrapped(names), None, "{names:?}");
        }
    }
}
