//! Rows for validation, taken from a training split.
//!
//! Every class gives its share, so that a rare one is in both parts. Labels that are no single
//! class are split by chance alone.

use crate::batch::shuffle::SplitMix64;
use crate::label::Label;

use super::label_names::LabelNames;

/// A split that cannot be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SplitError {
    /// A class with one row cannot be in two parts.
    #[error(
        "the class {class:?} has a single row, which cannot be both learned and validated; add \
         rows of it or take it out"
    )]
    SingleRow {
        /// Name of the class.
        class: String,
    },
    /// A share that leaves a part empty.
    #[error(
        "`validation_split` {share} of {rows} rows; it must be between 0 and 1, and leave a row to each part"
    )]
    Share {
        /// The share asked for.
        share: f64,
        /// Number of rows.
        rows: usize,
    },
    /// As many folds as there cannot be.
    #[error("`folds` is {folds}, of {rows} rows; there must be at least 2, and a row for each")]
    Folds {
        /// The number asked for.
        folds: usize,
        /// Number of rows.
        rows: usize,
    },
}

/// Indices of the rows to train on and of those to validate on, both ascending. The second are
/// `share` of all, rounded, and of each class as near to it as whole rows allow; a row of each is
/// left to train on. `names` are those of the classes.
///
/// # Errors
/// If the share is not between 0 and 1 or leaves a part empty, or a class has a single row.
pub fn stratified_split(
    labels: &[Label],
    names: &LabelNames,
    share: f64,
    seed: u64,
) -> Result<(Vec<usize>, Vec<usize>), SplitError> {
    let rows = labels.len();
    let wanted = (rows as f64 * share).round() as usize;
    let is_share = share > 0.0 && share < 1.0;
    if !is_share || wanted == 0 || wanted >= rows {
        return Err(SplitError::Share { share, rows });
    }
    let groups = shuffled_groups(labels, names, seed)?;
    let mut taken: Vec<usize> = Vec::with_capacity(groups.len());
    // By what is left after whole rows, descending; of equal ones chance decides.
    let mut by_remainder: Vec<(f64, usize)> = Vec::with_capacity(groups.len());
    for (index, group) in groups.iter().enumerate() {
        let quota = group.len() as f64 * share;
        taken.push((quota as usize).min(group.len() - 1));
        by_remainder.push((quota.fract(), index));
    }
    // A seed of its own: the groups have those of their numbers.
    SplitMix64::of_epoch(seed, u64::MAX).shuffle(&mut by_remainder);
    by_remainder.sort_by(|one, other| other.0.total_cmp(&one.0));
    let mut missing = wanted.saturating_sub(taken.iter().sum());
    for (_, index) in by_remainder {
        if missing > 0 && taken[index] + 1 < groups[index].len() {
            taken[index] += 1;
            missing -= 1;
        }
    }
    let (mut train, mut validation) = (Vec::new(), Vec::new());
    for (group, taken) in groups.iter().zip(taken) {
        validation.extend(&group[..taken]);
        train.extend(&group[taken..]);
    }
    train.sort_unstable();
    validation.sort_unstable();
    Ok((train, validation))
}

/// The rows of `folds` parts, each ascending. Each row is in one; sizes differ by one at most, and
/// so do the rows that two parts have of one class.
///
/// # Errors
/// If there are fewer than two folds or fewer rows than folds, or a class has a single row.
pub fn stratified_folds(
    labels: &[Label],
    names: &LabelNames,
    folds: usize,
    seed: u64,
) -> Result<Vec<Vec<usize>>, SplitError> {
    let rows = labels.len();
    if folds < 2 || folds > rows {
        return Err(SplitError::Folds { folds, rows });
    }
    let mut parts = vec![Vec::new(); folds];
    let groups = shuffled_groups(labels, names, seed)?;
    for (place, row) in groups.into_iter().flatten().enumerate() {
        parts[place % folds].push(row);
    }
    parts.iter_mut().for_each(|part| part.sort_unstable());
    Ok(parts)
}

/// The rows of each class in random order; all rows in one group if labels are no single classes.
fn shuffled_groups(
    labels: &[Label],
    names: &LabelNames,
    seed: u64,
) -> Result<Vec<Vec<usize>>, SplitError> {
    let classes: Option<Vec<usize>> = labels.iter().map(Label::class).collect();
    let mut groups = match classes {
        Some(classes) => {
            let count = classes.iter().max().map_or(0, |last| last + 1);
            let mut groups = vec![Vec::new(); count];
            for (row, class) in classes.into_iter().enumerate() {
                groups[class].push(row);
            }
            if let Some(class) = groups.iter().position(|group| group.len() == 1) {
                let name = names.name(class).map(str::to_owned);
                return Err(SplitError::SingleRow {
                    class: name.unwrap_or_else(|| class.to_string()),
                });
            }
            groups.retain(|group| !group.is_empty());
            groups
        }
        None => vec![(0..labels.len()).collect()],
    };
    for (group, epoch) in groups.iter_mut().zip(0..) {
        SplitMix64::of_epoch(seed, epoch).shuffle(group);
    }
    Ok(groups)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(count: usize) -> LabelNames {
        LabelNames::new((0..count).map(|class| format!("c{class}")).collect()).unwrap()
    }

    fn classes(classes: &[usize]) -> Vec<Label> {
        classes.iter().copied().map(Label::Class).collect()
    }

    fn count(labels: &[Label], rows: &[usize], class: usize) -> usize {
        let rows = rows.iter();
        rows.filter(|&&row| labels[row] == Label::Class(class))
            .count()
    }

    #[test]
    fn a_split_is_what_it_was() {
        let labels = classes(&[0, 1, 0, 1, 0, 1, 0, 0, 0, 2, 2, 0]);
        let (train, validation) = stratified_split(&labels, &names(3), 0.25, 42).unwrap();
        assert_eq!((train.len(), validation.len()), (9, 3));
        let again = stratified_split(&labels, &names(3), 0.25, 42).unwrap();
        assert_eq!(again, (train, validation.clone()));
        let other = stratified_split(&labels, &names(3), 0.25, 43).unwrap();
        assert_ne!(other.1, validation);
    }

    #[test]
    fn what_cannot_be_split_is_told() {
        let labels = classes(&[0, 0, 1, 0]);
        let error = stratified_split(&labels, &names(2), 0.5, 1).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("the class \"c1\" has a single row")
        );
        assert_eq!(
            stratified_folds(&labels, &names(2), 2, 1).unwrap_err(),
            error
        );
        let labels = classes(&[0, 0, 1, 1]);
        for share in [0.0, 1.0, -1.0, f64::NAN, 0.01, 0.99] {
            let error = stratified_split(&labels, &names(2), share, 1).unwrap_err();
            assert!(matches!(error, SplitError::Share { rows: 4, .. }));
        }
        for folds in [0, 1, 5] {
            let error = stratified_folds(&labels, &names(2), folds, 1).unwrap_err();
            assert_eq!(error, SplitError::Folds { folds, rows: 4 });
        }
    }

    #[test]
    fn labels_that_are_no_single_class_are_split_by_chance() {
        let labels: Vec<Label> = (0..10).map(|row| Label::Number(row as f32)).collect();
        let (train, validation) = stratified_split(&labels, &names(0), 0.3, 1).unwrap();
        assert_eq!((train.len(), validation.len()), (7, 3));
        let folds = stratified_folds(&labels, &names(0), 3, 1).unwrap();
        assert_eq!(folds.iter().map(Vec::len).collect::<Vec<_>>(), [4, 3, 3]);
    }

    proptest! {
        #[test]
        fn each_class_gives_its_share(
            sizes in prop::collection::vec(2_usize..30, 1..8),
            share in 0.05_f64..0.95,
            folds in 2_usize..6,
            seed: u64,
        ) {
            let rows: Vec<usize> = sizes.iter().enumerate()
                .flat_map(|(class, &size)| vec![class; size])
                .collect();
            let (labels, names) = (classes(&rows), names(sizes.len()));
            if let Ok((train, validation)) = stratified_split(&labels, &names, share, seed) {
                let mut all = [train.clone(), validation.clone()].concat();
                all.sort_unstable();
                prop_assert_eq!(all, (0..rows.len()).collect::<Vec<_>>());
                for (class, &size) in sizes.iter().enumerate() {
                    let quota = size as f64 * share;
                    let taken = count(&labels, &validation, class);
                    prop_assert!((taken as f64 - quota).abs() <= 1.0);
                    prop_assert!(taken < size);
                }
            }
            if let Ok(parts) = stratified_folds(&labels, &names, folds, seed) {
                let mut all = parts.concat();
                all.sort_unstable();
                prop_assert_eq!(all, (0..rows.len()).collect::<Vec<_>>());
                for class in 0..sizes.len() {
                    let counts = parts.iter().map(|part| count(&labels, part, class));
                    let counts: Vec<usize> = counts.collect();
                    let spread = counts.iter().max().unwrap() - counts.iter().min().unwrap();
                    prop_assert!(spread <= 1);
                }
            }
        }
    }
}
