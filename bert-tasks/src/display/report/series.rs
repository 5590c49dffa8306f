//! Lines of any length made short enough to draw.

/// The most points of a line. More than that no screen shows.
pub(super) const LIMIT: usize = 600;

/// What is larger is a number only by name, and differences of such numbers are none.
const LARGEST: f64 = 1e100;

/// A step and a value.
pub(super) type Point = (f64, f64);

/// The values that are numbers.
pub(super) fn finite(points: impl IntoIterator<Item = (usize, f64)>) -> Vec<Point> {
    points
        .into_iter()
        .filter(|(_, value)| value.abs() <= LARGEST)
        .map(|(step, value)| (step as f64, value))
        .collect()
}

/// At most [`LIMIT`] points that look the same: the smallest and the largest of each stretch.
pub(super) fn decimate(points: &[Point]) -> Vec<Point> {
    if points.len() <= LIMIT {
        return points.to_vec();
    }
    let stretches = LIMIT / 2;
    let begin = |stretch: usize| stretch * points.len() / stretches;
    let extremes = |stretch: usize| {
        let stretch = &points[begin(stretch)..begin(stretch + 1)];
        let by_value = |a: &&Point, b: &&Point| a.1.total_cmp(&b.1);
        let (low, high) = (
            stretch.iter().min_by(by_value)?,
            stretch.iter().max_by(by_value)?,
        );
        Some(if low.0 <= high.0 {
            [*low, *high]
        } else {
            [*high, *low]
        })
    };
    (0..stretches).filter_map(extremes).flatten().collect()
}

/// Points over which a line of so many is smoothed: a twentieth of it.
pub(super) fn window(points: usize) -> usize {
    (points / 20).max(1)
}

/// The mean of each point's surroundings of [`window`] points, fewer at the ends. At most [`LIMIT`]
/// points, evenly spread, the first and the last among them.
pub(super) fn smooth(points: &[Point]) -> Vec<Point> {
    let Some(last) = points.len().checked_sub(1) else {
        return Vec::new();
    };
    let half = window(points.len()) / 2;
    let count = points.len().min(LIMIT);
    // Each mean is summed anew: a running sum would carry the rounding of one huge value on.
    let mean = |at: usize| {
        let around = &points[at.saturating_sub(half)..=(at + half).min(last)];
        let sum: f64 = around.iter().map(|point| point.1).sum();
        (points[at].0, sum / around.len() as f64)
    };
    (0..count)
        .map(|index| mean(index * last / (count - 1).max(1)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_is_left_out() {
        let values = [1.0, f64::NAN, f64::INFINITY, -f64::INFINITY, 1e300, -2.0];
        assert_eq!(finite((1..).zip(values)), [(1.0, 1.0), (6.0, -2.0)]);
    }

    #[test]
    fn decimation_keeps_extremes_and_order() {
        let mut points = finite((0..100_000).map(|step| (step, (step % 97) as f64)));
        points[54_321].1 = 1e6;
        points[54_322].1 = -1e6;
        let few = decimate(&points);
        assert!((LIMIT / 2..=LIMIT).contains(&few.len()), "{}", few.len());
        assert!(few.contains(&(54_321.0, 1e6)) && few.contains(&(54_322.0, -1e6)));
        assert!(few.is_sorted_by(|a, b| a.0 <= b.0));
        assert!(few.iter().all(|point| points.contains(point)));
    }

    #[test]
    fn short_lines_stay_as_they_are() {
        let points = finite((0..LIMIT).map(|step| (step, step as f64)));
        assert_eq!(decimate(&points), points);
        assert_eq!(decimate(&[]), []);
    }

    #[test]
    fn smoothing_takes_means_of_the_surroundings() {
        assert_eq!(smooth(&[]), []);
        assert_eq!(smooth(&[(1.0, 2.0)]), [(1.0, 2.0)]);
        // A window of 5: two on each side.
        let mut points = finite((0..100).map(|step| (step, 1.0)));
        points[50].1 = 6.0;
        let smoothed = smooth(&points);
        assert_eq!(smoothed.len(), 100);
        assert_eq!(smoothed[47].1, 1.0);
        assert_eq!(smoothed[48].1, 2.0);
        assert_eq!(smoothed[52].1, 2.0);
        assert_eq!(smoothed[53].1, 1.0);
    }

    #[test]
    fn a_huge_value_disturbs_its_surroundings_only() {
        let mut points = finite((0..10_000).map(|step| (step, 0.5)));
        points[10].1 = 1e90;
        let smoothed = smooth(&points);
        assert_eq!(smoothed.len(), LIMIT);
        assert_eq!(*smoothed.last().unwrap(), (9999.0, 0.5));
    }
}
