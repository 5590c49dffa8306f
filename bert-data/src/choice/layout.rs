//! Which fields of a file hold what a question has.

use super::ChoiceExample;
use super::error::ChoiceProblem;
use super::label::label;
use crate::table::nearest::nearest;
use crate::table::{Cell, LabelUse, list_of_json};

/// The names that one kind of file has.
struct Names {
    context: &'static str,
    question: &'static str,
    /// Of the list, or of the first.
    choices: &'static str,
    label: &'static str,
    /// In words.
    about: &'static str,
}

/// The kinds there are. One is taken for that of which it has most names, the first of equals.
const KINDS: [Names; 4] = [
    Names {
        context: "context",
        question: "question",
        choices: "choices",
        label: "label",
        about: "a question has \"context\", \"question\", \"choices\" and \"label\", or the fields \
                of SWAG or RACE",
    },
    Names {
        context: "sent1",
        question: "sent2",
        choices: "ending0",
        label: "label",
        about: "a question of SWAG has \"sent1\", \"sent2\", \"ending0\", \"ending1\" and so on, \
                and \"label\"",
    },
    Names {
        context: "article",
        question: "question",
        choices: "options",
        label: "answer",
        about: "a question of RACE has \"article\", \"question\", \"options\" and \"answer\"",
    },
    Names {
        context: "article",
        question: "questions",
        choices: "options",
        label: "answers",
        about: "a passage of RACE has \"article\", \"questions\", \"options\" and \"answers\"",
    },
];

/// A name that is not there.
pub(super) struct Absent {
    pub field: String,
    pub nearest: Option<String>,
    /// What a question of the layout has.
    pub layout: &'static str,
}

/// The places of the fields.
pub(super) struct Layout {
    kind: &'static Names,
    context: usize,
    question: usize,
    /// One that is a list, or several that are texts.
    choices: Vec<usize>,
    label: Option<usize>,
}

impl Layout {
    /// Finds the fields. Those that need not be there are taken as the next ones after `names`, and
    /// are given too: a later row may have them.
    pub fn find(
        names: &[String],
        label_use: LabelUse,
    ) -> Result<(Self, Vec<&'static str>), Absent> {
        let place = |name: &str| names.iter().position(|other| other == name);
        let found = |kind: &&Names| {
            let names = [kind.context, kind.question, kind.choices, kind.label];
            names.into_iter().filter_map(place).count()
        };
        // The last of equals wins.
        let kind = KINDS.iter().rev().max_by_key(found).unwrap_or(&KINDS[0]);
        let absent = |field: &str| Absent {
            field: field.to_owned(),
            nearest: nearest(field, names.iter().map(String::as_str)),
            layout: kind.about,
        };
        let required = |field: &str| place(field).ok_or_else(|| absent(field));
        let mut more = Vec::new();
        let mut optional = |field| {
            place(field).unwrap_or_else(|| {
                more.push(field);
                names.len() + more.len() - 1
            })
        };
        let context = required(kind.context)?;
        let question = match kind.question {
            "question" if kind.context == "context" => {
                let is_slip = |name: &&String| strsim::damerau_levenshtein(name, "question") < 3;
                if place("question").is_none() && names.iter().any(|name| is_slip(&name)) {
                    return Err(absent("question"));
                }
                optional("question")
            }
            field => required(field)?,
        };
        let choices = match kind.choices {
            "ending0" => endings(names, &required)?,
            field => vec![required(field)?],
        };
        let label = match label_use {
            LabelUse::Required => Some(required(kind.label)?),
            LabelUse::Optional => Some(optional(kind.label)),
            LabelUse::Unused => None,
        };
        let layout = Self {
            kind,
            context,
            question,
            choices,
            label,
        };
        Ok((layout, more))
    }

    /// The questions of a row: one, or those on its passage. A problem comes with the number of its
    /// question, from 1, where a row may have several.
    pub fn questions(
        &self,
        cells: &[Cell],
        label_use: LabelUse,
    ) -> Result<Vec<ChoiceExample>, (Option<usize>, ChoiceProblem)> {
        let whole = |problem| (None, problem);
        let cell = |place: usize| cells.get(place).unwrap_or(&Cell::Missing);
        let right = self.label.map_or(&Cell::Missing, cell);
        let context = text(cell(self.context), self.kind.context).map_err(whole)?;
        if self.kind.question != "questions" {
            let list = match self.choices[..] {
                [one] => list(cell(one), self.kind.choices).map_err(whole)?,
                _ => self.choices.iter().map(|&at| cell(at).clone()).collect(),
            };
            let example = self.example(context, cell(self.question), &list, right);
            let example = example.and_then(|example| labelled(example, label_use));
            return Ok(vec![example.map_err(whole)?]);
        }
        let questions = list(cell(self.question), self.kind.question).map_err(whole)?;
        if questions.is_empty() {
            return Err(whole(ChoiceProblem::NoQuestions));
        }
        let of_each = |cell: &Cell, field: &str| {
            let values = list(cell, field)?;
            match values.len() == questions.len() {
                true => Ok(values),
                false => Err(ChoiceProblem::Counts {
                    field: field.to_owned(),
                    found: values.len(),
                    questions: questions.len(),
                }),
            }
        };
        let choices = of_each(cell(self.choices[0]), self.kind.choices).map_err(whole)?;
        let labels = match right {
            Cell::Missing => vec![Cell::Missing; questions.len()],
            labels => of_each(labels, self.kind.label).map_err(whole)?,
        };
        let rows = questions.iter().zip(&choices).zip(&labels).zip(1..);
        rows.map(|(((question, choices), label), number)| {
            let example = list(choices, self.kind.choices)
                .and_then(|choices| self.example(context.clone(), question, &choices, label));
            let example = example.and_then(|example| labelled(example, label_use));
            example.map_err(|problem| (Some(number), problem))
        })
        .collect()
    }

    fn example(
        &self,
        context: String,
        question: &Cell,
        choices: &[Cell],
        right: &Cell,
    ) -> Result<ChoiceExample, ChoiceProblem> {
        let question = match question {
            Cell::Missing => String::new(),
            question => text(question, self.kind.question)?,
        };
        let mut texts = Vec::with_capacity(choices.len());
        for (number, choice) in choices.iter().enumerate() {
            let choice = match choice {
                Cell::Missing => String::new(),
                choice => text(choice, self.kind.choices)?,
            };
            if choice.trim().is_empty() {
                return Err(ChoiceProblem::EmptyChoice { choice: number });
            }
            texts.push(choice);
        }
        match texts.as_slice() {
            [] => return Err(ChoiceProblem::NoChoices),
            [one] => {
                let choice = one.clone();
                return Err(ChoiceProblem::OneChoice { choice });
            }
            _ => {}
        }
        Ok(ChoiceExample {
            label: label(right, &texts)?,
            context,
            question,
            choices: texts,
        })
    }
}

fn labelled(example: ChoiceExample, label_use: LabelUse) -> Result<ChoiceExample, ChoiceProblem> {
    match (label_use, example.label) {
        (LabelUse::Required, None) => Err(ChoiceProblem::NoLabel),
        _ => Ok(example),
    }
}

/// The places of ending0, ending1 and so on.
fn endings(
    names: &[String],
    required: &impl Fn(&str) -> Result<usize, Absent>,
) -> Result<Vec<usize>, Absent> {
    let number = |name: &String| name.strip_prefix("ending")?.parse::<usize>().ok();
    let last = names.iter().filter_map(number).max().unwrap_or(0);
    // Two at least; a file has no more columns than it has names.
    let count = last.saturating_add(1).clamp(2, names.len().max(2));
    (0..count)
        .map(|number| required(&format!("ending{number}")))
        .collect()
}

/// A text, or a number as it is written.
fn text(cell: &Cell, field: &str) -> Result<String, ChoiceProblem> {
    match cell {
        Cell::Text(text) | Cell::Number { text, .. } => Ok(text.clone()),
        other => Err(ChoiceProblem::NoText {
            field: field.to_owned(),
            found: other.kind(),
        }),
    }
}

/// The values of a list. Lists of lists come as JSON.
fn list(cell: &Cell, field: &str) -> Result<Vec<Cell>, ChoiceProblem> {
    let problem = || ChoiceProblem::NoList {
        field: field.to_owned(),
        found: match cell {
            Cell::Nested(_) => "an object",
            other => other.kind(),
        },
    };
    match cell {
        Cell::List(values) => Ok(values.clone()),
        Cell::Missing => Err(ChoiceProblem::NoChoices),
        Cell::Nested(json) => list_of_json(json).ok_or_else(problem),
        _ => Err(problem()),
    }
}
