//! Which choice is right, as files say it.

use super::error::ChoiceProblem;
use crate::table::Cell;
use crate::table::nearest::nearest;

/// The number of the right choice, from 0: given so, as a letter from A, or as the text of the
/// choice. Nothing, and -1 as `datasets` have it, is no label.
pub(super) fn label(cell: &Cell, choices: &[String]) -> Result<Option<usize>, ChoiceProblem> {
    let count = choices.len();
    match cell {
        Cell::Missing => Ok(None),
        Cell::Number { text, value, .. } if value.fract() == 0.0 => number(text, *value, count),
        Cell::Text(text) if text.trim().is_empty() => Ok(None),
        Cell::Text(text) => named(text.trim(), choices),
        Cell::Number { .. } => Err(ChoiceProblem::LabelKind {
            found: "a number with a fraction",
        }),
        other => Err(ChoiceProblem::LabelKind {
            found: other.kind(),
        }),
    }
}

fn number(text: &str, value: f64, count: usize) -> Result<Option<usize>, ChoiceProblem> {
    match value {
        -1.0 => Ok(None),
        _ if (0.0..count as f64).contains(&value) => Ok(Some(value as usize)),
        _ => Err(outside(text, count)),
    }
}

/// A text that may be a number, a letter or a choice: if it may be several, they must be the same.
fn named(text: &str, choices: &[String]) -> Result<Option<usize>, ChoiceProblem> {
    let same = |(_, choice): &(usize, &String)| choice.trim() == text;
    let mut meant: Vec<usize> = choices
        .iter()
        .enumerate()
        .filter(same)
        .map(|(at, _)| at)
        .collect();
    let placed = match text.as_bytes() {
        [letter] if letter.is_ascii_alphabetic() => {
            let place = usize::from(letter.to_ascii_uppercase() - b'A');
            Some((place < choices.len()).then_some(place))
        }
        _ => match text.parse::<i64>() {
            Ok(-1) if meant.is_empty() => return Ok(None),
            Ok(number) => Some(
                usize::try_from(number)
                    .ok()
                    .filter(|&at| at < choices.len()),
            ),
            Err(_) => None,
        },
    };
    match placed {
        Some(Some(place)) if !meant.contains(&place) => meant.push(place),
        Some(None) if meant.is_empty() => return Err(outside(text, choices.len())),
        _ => {}
    }
    meant.sort_unstable();
    match meant[..] {
        [place] => Ok(Some(place)),
        [] => Err(ChoiceProblem::UnknownLabel {
            label: text.to_owned(),
            nearest: nearest(text, choices.iter().map(String::as_str)),
        }),
        _ => Err(ChoiceProblem::AmbiguousLabel {
            label: text.to_owned(),
            choices: meant,
        }),
    }
}

fn outside(label: &str, choices: usize) -> ChoiceProblem {
    ChoiceProblem::LabelOutside {
        label: label.to_owned(),
        choices,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(cell: impl Into<Cell>, choices: &[&str]) -> Result<Option<usize>, String> {
        let choices: Vec<String> = choices.iter().map(|&choice| choice.to_owned()).collect();
        label(&cell.into(), &choices).map_err(|problem| problem.to_string())
    }

    #[test]
    fn numbers_letters_and_texts_are_labels() {
        let words = ["red", "green", "a blue one"];
        for (cell, expected) in [
            (Cell::from(2_u64), Some(2)),
            (Cell::from(1.0), Some(1)),
            (Cell::from(" 1 "), Some(1)),
            (Cell::from("b"), Some(1)),
            (Cell::from("C"), Some(2)),
            (Cell::from("green "), Some(1)),
            (Cell::from("a blue one"), Some(2)),
            (Cell::from(-1_i64), None),
            (Cell::from("-1"), None),
            (Cell::from(" "), None),
            (Cell::Missing, None),
        ] {
            assert_eq!(of(cell.clone(), &words), Ok(expected), "{cell:?}");
        }
        // What is written without quotes is a number.
        assert_eq!(of(0_u64, &["1", "0"]), Ok(Some(0)));
        assert_eq!(of("B", &["A", "B"]), Ok(Some(1)));
        assert_eq!(of("1", &["0", "1"]), Ok(Some(1)));
        assert_eq!(of("7", &["6", "7"]), Ok(Some(1)));
        assert_eq!(of("-1", &["-1", "1"]), Ok(Some(0)));
    }

    #[test]
    fn what_is_no_label_is_said() {
        let fails = |cell: Cell, choices: &[&str], part: &str| {
            let message = of(cell.clone(), choices).unwrap_err();
            assert!(message.contains(part), "{cell:?}: {message}");
        };
        let words = ["red", "green", "blue"];
        let outside = "and there are 3 choices: numbers from 0 to 2, letters from A to C";
        fails(3_u64.into(), &words, outside);
        fails("D".into(), &words, "the label is D, and there are 3");
        fails("3".into(), &words, outside);
        fails((-2_i64).into(), &words, outside);
        fails(1e300.into(), &words, outside);
        fails(1.5.into(), &words, "a number with a fraction");
        fails(true.into(), &words, "a boolean");
        fails(vec![1_i64].into(), &words, "a list");
        fails("gren".into(), &words, "is \"green\" meant");
        fails("B".into(), &["B", "A"], "any of the choices 0 and 1");
        fails(
            "red".into(),
            &["red", "blue", "red"],
            "any of the choices 0 and 2",
        );
        fails("0".into(), &["1", "0"], "any of the choices 0 and 1");
    }
}
