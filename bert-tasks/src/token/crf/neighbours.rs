//! Which labels may follow each other.

use bert_data::TagScheme;

/// The steps from label to label that a tag scheme has.
///
/// The scheme is that of the names ([`TagScheme::of_names`]). IOB2, IOBES and BILOU say what may
/// follow what; in the others every step is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbours {
    start: Vec<bool>,
    end: Vec<bool>,
    /// `[labels, labels]`, row-major: whether a label (column) may come after another (row).
    follow: Vec<bool>,
}

/// Where in an entity a tag is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Outside,
    Begin,
    Inside,
    /// The last word of an entity of several.
    End,
    /// The only word.
    Single,
}

impl Neighbours {
    /// Every step is allowed.
    pub fn any(labels: usize) -> Self {
        Self {
            start: vec![true; labels],
            end: vec![true; labels],
            follow: vec![true; labels * labels],
        }
    }

    /// Those of labels with these names.
    pub fn of_names<S: AsRef<str>>(names: &[S]) -> Self {
        let owned: Vec<String> = names.iter().map(|name| name.as_ref().to_owned()).collect();
        let scheme = TagScheme::of_names(&owned);
        if !matches!(
            scheme,
            TagScheme::Iob2 | TagScheme::Iobes | TagScheme::Bilou
        ) {
            return Self::any(names.len());
        }
        let tags: Vec<(Part, &str)> = names.iter().map(|name| tag(name.as_ref())).collect();
        let says_end = tags
            .iter()
            .any(|(part, _)| matches!(part, Part::End | Part::Single));
        let is_open = |part| matches!(part, Part::Begin | Part::Inside);
        let goes_on = |part| matches!(part, Part::Inside | Part::End);
        let follows = |&(from, kind): &(Part, &str), &(to, other): &(Part, &str)| {
            if goes_on(to) {
                return is_open(from) && kind == other;
            }
            // Where ends are said, an entity that has begun has to come to its own.
            !(says_end && is_open(from))
        };
        Self {
            start: tags.iter().map(|&(part, _)| !goes_on(part)).collect(),
            end: tags
                .iter()
                .map(|&(part, _)| !(says_end && is_open(part)))
                .collect(),
            follow: tags
                .iter()
                .flat_map(|from| tags.iter().map(move |to| follows(from, to)))
                .collect(),
        }
    }

    /// Whether a sentence may begin with a label.
    pub fn may_start(&self, label: usize) -> bool {
        self.start[label]
    }

    /// Whether a sentence may end with a label.
    pub fn may_end(&self, label: usize) -> bool {
        self.end[label]
    }

    /// Whether the label `to` may come right after `from`.
    pub fn may_follow(&self, from: usize, to: usize) -> bool {
        self.follow[from * self.start.len() + to]
    }
}

fn tag(name: &str) -> (Part, &str) {
    let (prefix, kind) = name.split_once('-').unwrap_or((name, ""));
    match prefix {
        "B" => (Part::Begin, kind),
        "I" | "M" => (Part::Inside, kind),
        "E" | "L" => (Part::End, kind),
        "S" | "U" | "W" => (Part::Single, kind),
        _ => (Part::Outside, name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(names: &[&str], from: &str, to: &str) -> bool {
        let at = |name: &str| names.iter().position(|&n| n == name).unwrap();
        Neighbours::of_names(names).may_follow(at(from), at(to))
    }

    #[test]
    fn iob2_begins_what_it_goes_on_with() {
        let names = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"];
        for (from, to, expected) in [
            ("O", "I-PER", false),
            ("O", "B-PER", true),
            ("B-PER", "I-PER", true),
            ("I-PER", "I-PER", true),
            ("B-LOC", "I-PER", false),
            ("I-PER", "B-PER", true),
            ("I-PER", "O", true),
        ] {
            assert_eq!(allowed(&names, from, to), expected, "{from} {to}");
        }
        let neighbours = Neighbours::of_names(&names);
        assert!(neighbours.may_start(0) && neighbours.may_start(1) && !neighbours.may_start(2));
        assert!((0..5).all(|label| neighbours.may_end(label)));
    }

    #[test]
    fn iobes_and_bilou_end_what_they_begin() {
        for [end, single] in [["E", "S"], ["L", "U"]] {
            let of = |part: &str| format!("{part}-X");
            let names = ["O".to_owned(), of("B"), of("I"), of(end), of(single)];
            let neighbours = Neighbours::of_names(&names);
            let follows = |from: usize| -> Vec<usize> {
                let labels = 0..names.len();
                labels
                    .filter(|&to| neighbours.may_follow(from, to))
                    .collect()
            };
            for outside in [0, 3, 4] {
                assert_eq!(follows(outside), [0, 1, 4]);
                assert!(neighbours.may_end(outside));
            }
            for open in [1, 2] {
                assert_eq!(follows(open), [2, 3]);
                assert!(!neighbours.may_end(open));
            }
        }
    }

    #[test]
    fn tags_without_entities_stand_anywhere() {
        let names = ["NOUN", "VERB", "X-RAY", "O"];
        assert_eq!(Neighbours::of_names(&names), Neighbours::any(4));
        // In IOB1 an entity begins with I.
        let names = ["O", "I-PER", "I-LOC"];
        assert_eq!(Neighbours::of_names(&names), Neighbours::any(3));
    }

    #[test]
    fn prefixes_may_be_all_there_is() {
        assert!(allowed(&["B", "I", "O"], "B", "I"));
        assert!(!allowed(&["B", "I", "O"], "O", "I"));
    }
}
