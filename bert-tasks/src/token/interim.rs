//! Interim scores.
use crate::metrics::ClassScores;
use bert_data::TagScheme;
use bert_data::tags::entities;
pub struct Found {
    pub micro: ClassScores,
    pub macro_: ClassScores,
    pub types: Vec<(String, ClassScores)>,
}
pub fn entity_scores(labels: &[Vec<String>], predictions: &[Vec<String>]) -> Found {
    use std::collections::BTreeMap;
    let mut counts: BTreeMap<String, [usize; 3]> = BTreeMap::new();
    for (l, p) in labels.iter().zip(predictions) {
        let (l, p) = (entities(l), entities(p));
        for e in &l {
            counts.entry(e.kind.to_owned()).or_default()[0] += 1;
            if p.contains(e) {
                counts.entry(e.kind.to_owned()).or_default()[2] += 1;
            }
        }
        for e in &p {
            counts.entry(e.kind.to_owned()).or_default()[1] += 1;
        }
    }
    let score = |c: &[usize; 3]| {
        let d = |a: usize, b: usize| if b == 0 { 0.0 } else { a as f64 / b as f64 };
        let (p, r) = (d(c[2], c[1]), d(c[2], c[0]));
        ClassScores {
            precision: p,
            recall: r,
            f1: if p + r == 0.0 {
                0.0
            } else {
                2.0 * p * r / (p + r)
            },
            support: c[0],
        }
    };
    let all = counts
        .values()
        .fold([0; 3], |a, b| [a[0] + b[0], a[1] + b[1], a[2] + b[2]]);
    let types: Vec<(String, ClassScores)> =
        counts.iter().map(|(k, c)| (k.clone(), score(c))).collect();
    let f1 = types.iter().map(|(_, s)| s.f1).sum::<f64>() / types.len().max(1) as f64;
    Found {
        micro: score(&all),
        macro_: ClassScores { f1, ..score(&all) },
        types,
    }
}
pub fn strict_entity_scores(
    labels: &[Vec<String>],
    predictions: &[Vec<String>],
    _: TagScheme,
) -> Found {
    entity_scores(labels, predictions)
}
