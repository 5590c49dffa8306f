//! Which runs there are: every combination of the values that flags have.

use std::ffi::OsString;

/// The flags that may have several values, and what each is called in the name of a run.
pub const AXES: [(&str, &str); 6] = [
    ("learning-rate", "lr"),
    ("train-batch-size", "bs"),
    ("num-train-epochs", "ep"),
    ("warmup-ratio", "wr"),
    ("weight-decay", "wd"),
    ("max-seq-length", "len"),
];

/// `--grid bert`: what BERT's authors tried for each task (Devlin et al. 2018, appendix A.3).
const BERT: [(&str, &str); 3] = [
    ("learning-rate", "5e-5,3e-5,2e-5"),
    ("train-batch-size", "16,32"),
    ("num-train-epochs", "2,3,4"),
];

/// Values of which no runs can be made.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum GridError {
    /// Not a list of numbers.
    #[error("--{flag} has {value:?} among its values; it takes numbers with commas between them")]
    NotANumber {
        /// The flag.
        flag: &'static str,
        /// The first that is none.
        value: String,
    },
    /// One value twice.
    #[error("--{flag} has {value} twice")]
    Twice {
        /// The flag.
        flag: &'static str,
        /// The value.
        value: String,
    },
    /// A grid of another name.
    #[error("there is no grid {name:?}; there is bert")]
    UnknownGrid {
        /// What was asked for.
        name: String,
    },
    /// The grid has values of its own.
    #[error("--{flag} is of the grid already; leave one of the two out")]
    OfTheGrid {
        /// The flag.
        flag: &'static str,
    },
    /// Nothing has several values.
    #[error(
        "nothing has several values: give one of {} numbers with commas between them, or take \
         --grid bert",
        AXES.map(|(flag, _)| format!("--{flag}")).join(", ")
    )]
    OneRun,
}

/// The flags that make a run what it is, in the order of [`AXES`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// Its name, as in `lr2e-5-bs16`.
    pub name: String,
    /// Its flags, as in `--learning-rate=2e-5`.
    pub flags: Vec<OsString>,
}

/// Every combination of the values that `value` gives for each flag, and of the `grid` where one is
/// named. The last flag changes fastest.
///
/// # Errors
/// When a list is none, there is no such grid, or there is one combination only.
pub fn points(
    grid: Option<&str>,
    value: impl Fn(&str) -> Option<String>,
) -> Result<Vec<Point>, GridError> {
    let known = match grid {
        None => &[][..],
        Some("bert") => &BERT[..],
        Some(name) => {
            let name = name.to_owned();
            return Err(GridError::UnknownGrid { name });
        }
    };
    let mut points = vec![Point {
        name: String::new(),
        flags: Vec::new(),
    }];
    for (flag, short) in AXES {
        let of_grid = known.iter().find(|(known, _)| *known == flag);
        let list = match (value(flag), of_grid) {
            (Some(_), Some(_)) => return Err(GridError::OfTheGrid { flag }),
            (None, Some((_, list))) => (*list).to_owned(),
            (Some(list), None) => list,
            (None, None) => continue,
        };
        let values = numbers(flag, &list)?;
        let with = |point: &Point, value: &str| Point {
            name: match point.name.as_str() {
                "" => format!("{short}{value}"),
                before => format!("{before}-{short}{value}"),
            },
            flags: [
                &point.flags[..],
                &[OsString::from(format!("--{flag}={value}"))],
            ]
            .concat(),
        };
        let each = |point: &Point| values.iter().map(|v| with(point, v)).collect::<Vec<_>>();
        points = points.iter().flat_map(each).collect();
    }
    match points.len() {
        1 => Err(GridError::OneRun),
        _ => Ok(points),
    }
}

/// The values of a list, as they are written: they are part of a folder's name.
fn numbers<'a>(flag: &'static str, list: &'a str) -> Result<Vec<&'a str>, GridError> {
    let mut values: Vec<&str> = Vec::new();
    for value in list.split(',').map(str::trim) {
        let is_written = value
            .chars()
            .all(|c| c.is_ascii_digit() || "eE.-".contains(c));
        if !is_written || value.parse::<f64>().is_err() {
            let value = value.to_owned();
            return Err(GridError::NotANumber { flag, value });
        }
        if values.contains(&value) {
            let value = value.to_owned();
            return Err(GridError::Twice { flag, value });
        }
        values.push(value);
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(grid: Option<&str>, given: &[(&str, &str)]) -> Result<Vec<Point>, GridError> {
        points(grid, |flag| {
            let found = given.iter().find(|(name, _)| *name == flag);
            found.map(|(_, list)| (*list).to_owned())
        })
    }

    #[test]
    fn every_combination_is_a_run() {
        let given = [
            ("train-batch-size", "16, 32"),
            ("learning-rate", "2e-5,0.1"),
            ("max-seq-length", "64"),
        ];
        let points = of(None, &given).unwrap();
        let names: Vec<&str> = points.iter().map(|point| point.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "lr2e-5-bs16-len64",
                "lr2e-5-bs32-len64",
                "lr0.1-bs16-len64",
                "lr0.1-bs32-len64"
            ]
        );
        assert_eq!(
            points[1].flags,
            [
                "--learning-rate=2e-5",
                "--train-batch-size=32",
                "--max-seq-length=64"
            ]
        );
    }

    #[test]
    fn the_grid_of_the_paper_has_eighteen_runs() {
        let points = of(Some("bert"), &[]).unwrap();
        assert_eq!(points.len(), 18);
        assert_eq!(points[0].name, "lr5e-5-bs16-ep2");
        let decays = of(Some("bert"), &[("weight-decay", "0,0.01")]).unwrap();
        assert_eq!(decays.len(), 36);
    }

    #[test]
    fn what_is_no_grid_is_said() {
        let rate = |list| {
            of(None, &[("learning-rate", list)])
                .unwrap_err()
                .to_string()
        };
        for list in ["", "1e-5,", "x", "1;2", "inf,1", "1,../2", "nan", "1,+2"] {
            assert!(rate(list).contains("numbers with commas"), "{list}");
        }
        assert_eq!(rate("1,2,1"), "--learning-rate has 1 twice");
        assert!(rate("1e-5").contains("nothing has several values"));
        let unknown = of(Some("glue"), &[]).unwrap_err().to_string();
        assert!(unknown.contains("there is bert"), "{unknown}");
        let both = of(Some("bert"), &[("learning-rate", "1")]).unwrap_err();
        assert_eq!(
            both,
            GridError::OfTheGrid {
                flag: "learning-rate"
            }
        );
    }
}
