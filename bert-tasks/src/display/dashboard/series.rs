//! The curves of a run: what they are, their points, smoothed and thinned for the screen.

use crate::display::telling::rank;
use crate::events::RunHistory;

/// What a curve is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Quantity {
    TrainLoss,
    /// Of the evaluations.
    Score(String),
    LearningRate,
    GradNorm,
    ExamplesPerSecond,
    TokensPerSecond,
    Memory,
    GpuUse,
}

impl Quantity {
    /// What some runs have curves of, the most telling first.
    pub(crate) fn of<'a>(runs: impl Iterator<Item = &'a RunHistory>) -> Vec<Self> {
        let (mut scores, mut memory, mut gpu) = (Vec::<(u8, String)>::new(), false, false);
        for run in runs {
            let best = run.start.as_ref();
            let best = best.map(|start| start.metric_for_best_model.as_str());
            for name in run.evaluations.iter().flat_map(|one| one.scores.keys()) {
                if !scores.iter().any(|(_, known)| known == name) {
                    scores.push((rank(name, best), name.clone()));
                }
            }
            memory |= !run.resources.is_empty();
            gpu |= run.resources.iter().any(|(_, used)| !used.gpus.is_empty());
        }
        // The one that decides first, then those that tell most.
        scores.sort();
        let mut all = vec![Self::TrainLoss];
        all.extend(scores.into_iter().map(|(_, name)| Self::Score(name)));
        all.extend([
            Self::LearningRate,
            Self::GradNorm,
            Self::ExamplesPerSecond,
            Self::TokensPerSecond,
        ]);
        all.extend(memory.then_some(Self::Memory));
        all.extend(gpu.then_some(Self::GpuUse));
        all
    }

    /// With its unit.
    pub(crate) fn title(&self) -> String {
        match self {
            Self::TrainLoss => "train loss".to_owned(),
            Self::Score(name) => format!("dev {name}"),
            Self::LearningRate => "learning rate".to_owned(),
            Self::GradNorm => "gradient norm".to_owned(),
            Self::ExamplesPerSecond => "examples/s".to_owned(),
            Self::TokensPerSecond => "tokens/s".to_owned(),
            Self::Memory => "memory (GB)".to_owned(),
            Self::GpuUse => "GPU use (%)".to_owned(),
        }
    }

    /// Whether its points jump about from step to step.
    pub(crate) fn is_noisy(&self) -> bool {
        matches!(
            self,
            Self::TrainLoss | Self::GradNorm | Self::ExamplesPerSecond | Self::TokensPerSecond
        )
    }

    /// `(step, value)`, by step, finite ones only.
    pub(crate) fn points(&self, run: &RunHistory) -> Vec<(f64, f64)> {
        let of_steps = |value: fn(&crate::events::Step) -> f64| -> Vec<(f64, f64)> {
            let points = run.steps.iter();
            points.map(|step| (step.step as f64, value(step))).collect()
        };
        let mut points = match self {
            Self::TrainLoss => of_steps(|step| step.loss),
            Self::LearningRate => of_steps(|step| step.learning_rate),
            Self::GradNorm => of_steps(|step| step.grad_norm),
            Self::ExamplesPerSecond => of_steps(|step| step.examples_per_second()),
            Self::TokensPerSecond => of_steps(|step| step.tokens_per_second()),
            Self::Score(name) => {
                let scored = run.evaluations.iter().filter_map(|one| {
                    let value = one.scores.get(name)?;
                    Some((one.step as f64, *value))
                });
                scored.collect()
            }
            Self::Memory => {
                let used = run.resources.iter();
                used.map(|(step, used)| (*step as f64, used.memory as f64 / 1e9))
                    .collect()
            }
            Self::GpuUse => {
                let used = run.resources.iter().filter_map(|(step, used)| {
                    let most = used.gpus.iter().map(|gpu| gpu.utilization).max()?;
                    Some((*step as f64, f64::from(most)))
                });
                used.collect()
            }
        };
        points.retain(|(_, value)| value.is_finite());
        points
    }
}

/// The exponential moving average that keeps `weight` of the past, without the pull to zero of its
/// first values, as TensorBoard has it.
pub(crate) fn smooth(points: &[(f64, f64)], weight: f64) -> Vec<(f64, f64)> {
    let (mut sum, mut total) = (0.0, 0.0);
    let average = |&(x, y): &(f64, f64)| {
        sum = weight * sum + (1.0 - weight) * y;
        total = weight * total + (1.0 - weight);
        (x, sum / total)
    };
    points.iter().map(average).collect()
}

/// At most `4 * buckets` of the points: the first, lowest, highest and last of each bucket, so that
/// no peak is lost.
pub(crate) fn thin(points: &[(f64, f64)], buckets: usize) -> Vec<(f64, f64)> {
    if points.len() <= 4 * buckets.max(1) {
        return points.to_vec();
    }
    let size = points.len().div_ceil(buckets.max(1));
    let mut kept = Vec::with_capacity(4 * buckets);
    for bucket in points.chunks(size) {
        let (mut low, mut high) = (0, 0);
        for (place, point) in bucket.iter().enumerate() {
            if point.1 < bucket[low].1 {
                low = place;
            }
            if point.1 > bucket[high].1 {
                high = place;
            }
        }
        let mut places = [0, low, high, bucket.len() - 1];
        places.sort_unstable();
        let mut last = None;
        for place in places {
            if last != Some(place) {
                kept.push(bucket[place]);
                last = Some(place);
            }
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::{Evaluated, Start, Step};

    #[test]
    fn the_metric_that_decides_comes_first() {
        let run = RunHistory {
            start: Some(Start {
                metric_for_best_model: "f1".to_owned(),
                ..Start::default()
            }),
            evaluations: vec![Evaluated {
                step: 3,
                scores: [("accuracy", 0.5), ("f1", 0.7), ("loss", f64::NAN)]
                    .map(|(name, value)| (name.to_owned(), value))
                    .into(),
                ..Evaluated::default()
            }],
            ..RunHistory::default()
        };
        let all = Quantity::of([&run].into_iter());
        let titles: Vec<String> = all.iter().map(Quantity::title).collect();
        assert_eq!(
            titles[..4],
            ["train loss", "dev f1", "dev accuracy", "dev loss"]
        );
        assert_eq!(all[1].points(&run), [(3.0, 0.7)]);
        assert!(all[3].points(&run).is_empty());
    }

    #[test]
    fn points_are_by_step() {
        let run = RunHistory {
            steps: vec![Step {
                step: 7,
                examples: 8,
                tokens: 80,
                seconds: 2.0,
                loss: 0.5,
                grad_norm: f64::INFINITY,
                ..Step::default()
            }],
            ..RunHistory::default()
        };
        assert_eq!(Quantity::TrainLoss.points(&run), [(7.0, 0.5)]);
        assert_eq!(Quantity::ExamplesPerSecond.points(&run), [(7.0, 4.0)]);
        assert_eq!(Quantity::TokensPerSecond.points(&run), [(7.0, 40.0)]);
        assert!(Quantity::GradNorm.points(&run).is_empty());
    }

    #[test]
    fn smoothing_keeps_a_constant_and_weighs_the_past() {
        let flat: Vec<_> = (0..5).map(|x| (f64::from(x), 3.0)).collect();
        for (smoothed, point) in smooth(&flat, 0.9).iter().zip(&flat) {
            assert!((smoothed.1 - point.1).abs() < 1e-12);
        }
        let smoothed = smooth(&[(0.0, 0.0), (1.0, 1.0)], 0.5);
        assert!((smoothed[1].1 - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(smooth(&[(0.0, 0.0), (1.0, 1.0)], 0.0)[1].1, 1.0);
    }

    #[test]
    fn thinning_keeps_peaks_and_ends() {
        let mut points: Vec<_> = (0..10_000).map(|x| (f64::from(x), 0.0)).collect();
        points[4321].1 = 9.0;
        points[4322].1 = -9.0;
        let thinned = thin(&points, 50);
        assert!(thinned.len() <= 200, "{}", thinned.len());
        assert!(thinned.contains(&(4321.0, 9.0)) && thinned.contains(&(4322.0, -9.0)));
        assert_eq!(
            (thinned[0], *thinned.last().unwrap()),
            (points[0], points[9999])
        );
        assert!(thinned.is_sorted_by_key(|point| point.0));
        assert_eq!(thin(&points[..100], 50), points[..100]);
    }
}
