//! A SQuAD file as examples.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use super::SquadError;
use super::answer::locate;
use super::example::{Answer, SquadExample};
use super::json::{self, Paragraph, Place, Question, RawAnswer, required};
use super::report::{BadExamples, Issue, Outcome, Problem, SquadReport};

/// Reads a file in the shape of SQuAD 1.1 or 2.0: the examples that are kept, in the file's order
/// and with distinct ids, and what was wrong with the others.
///
/// `is_impossible` may be missing (it then is false), and so may `title` and, as in a file to be
/// predicted on, `answers`. `plausible_answers` and other fields are skipped. A byte-order mark is
/// tolerated.
///
/// # Errors
/// If the file cannot be read, is empty, not UTF-8 or not JSON, or a field is missing or of the
/// wrong type; if there is no question; with [`BadExamples::Error`], if anything is wrong with one.
pub fn read_squad(
    path: impl AsRef<Path>,
    bad_examples: BadExamples,
) -> Result<(Vec<SquadExample>, SquadReport), SquadError> {
    let mut reader = Reader {
        file: path.as_ref(),
        bad_examples,
        examples: Vec::new(),
        ids: HashSet::new(),
        report: SquadReport::default(),
    };
    for (article, number) in json::read(reader.file)?.into_iter().zip(1..) {
        let place = Place {
            article: Some(number),
            ..Place::default()
        };
        let paragraphs = required(article.paragraphs, "paragraphs", reader.file, place)?;
        let title = article.title.unwrap_or_default().into();
        reader.report.articles += 1;
        for (paragraph, number) in paragraphs.into_iter().zip(1..) {
            let paragraph_place = Place {
                paragraph: Some(number),
                ..place
            };
            reader.paragraph(paragraph, &title, paragraph_place)?;
        }
    }
    if reader.report.questions == 0 {
        return Err(SquadError::NoQuestions {
            file: reader.file.to_owned(),
        });
    }
    Ok((reader.examples, reader.report))
}

struct Reader<'a> {
    file: &'a Path,
    bad_examples: BadExamples,
    examples: Vec<SquadExample>,
    /// Ids of the examples.
    ids: HashSet<String>,
    report: SquadReport,
}

impl Reader<'_> {
    fn paragraph(
        &mut self,
        paragraph: Paragraph,
        title: &Arc<str>,
        place: Place,
    ) -> Result<(), SquadError> {
        let context: Arc<str> = required(paragraph.context, "context", self.file, place)?.into();
        let questions = required(paragraph.qas, "qas", self.file, place)?;
        self.report.paragraphs += 1;
        for (question, number) in questions.into_iter().zip(1..) {
            let place = Place {
                question: Some(number),
                ..place
            };
            self.question(question, title, &context, place)?;
        }
        Ok(())
    }

    fn question(
        &mut self,
        raw: Question,
        title: &Arc<str>,
        context: &Arc<str>,
        place: Place,
    ) -> Result<(), SquadError> {
        let mut example = SquadExample {
            id: required(raw.id, "id", self.file, place)?,
            title: title.clone(),
            question: required(raw.question, "question", self.file, place)?,
            context: context.clone(),
            answers: Vec::new(),
            is_impossible: raw.is_impossible.unwrap_or(false),
        };
        self.report.questions += 1;
        let answers = self.answers(raw.answers.unwrap_or_default(), place)?;
        let unusable = if self.ids.contains(&example.id) {
            Some(Problem::DuplicateId)
        } else if example.question.trim().is_empty() {
            Some(Problem::EmptyQuestion)
        } else if context.trim().is_empty() {
            Some(Problem::EmptyContext)
        } else {
            None
        };
        if let Some(problem) = unusable {
            return self.note(&example.id, place, problem, Outcome::QuestionDropped);
        }
        if example.is_impossible {
            if !answers.is_empty() {
                let outcome = match self.bad_examples {
                    BadExamples::Correct => Outcome::Corrected,
                    _ => Outcome::QuestionDropped,
                };
                self.note(&example.id, place, Problem::ImpossibleWithAnswers, outcome)?;
                if outcome == Outcome::QuestionDropped {
                    return Ok(());
                }
            }
        } else {
            let given = answers.len();
            example.answers = self.locate_all(&example, answers, place)?;
            if given > 0 && example.answers.is_empty() {
                return Ok(());
            }
        }
        self.report.kept += 1;
        self.report.impossible += usize::from(example.is_impossible);
        self.report.unlabelled += usize::from(!example.is_impossible && example.answers.is_empty());
        self.ids.insert(example.id.clone());
        self.examples.push(example);
        Ok(())
    }

    /// Text and offset of each answer.
    fn answers(
        &self,
        answers: Vec<RawAnswer>,
        place: Place,
    ) -> Result<Vec<(String, i64)>, SquadError> {
        let fields = |(answer, number): (RawAnswer, u32)| {
            let place = Place {
                answer: Some(number),
                ..place
            };
            Ok((
                required(answer.text, "text", self.file, place)?,
                required(answer.answer_start, "answer_start", self.file, place)?,
            ))
        };
        answers.into_iter().zip(1..).map(fields).collect()
    }

    /// The answers that are kept; what is wrong with the others is noted.
    fn locate_all(
        &mut self,
        example: &SquadExample,
        answers: Vec<(String, i64)>,
        place: Place,
    ) -> Result<Vec<Answer>, SquadError> {
        let mut kept = Vec::with_capacity(answers.len());
        let mut problems = Vec::new();
        for (text, answer_start) in answers {
            let (mut answer, problem) = locate(&example.context, &text, answer_start);
            if let Some(problem) = problem {
                if self.bad_examples != BadExamples::Correct {
                    answer = None;
                }
                problems.push((problem, answer.is_some()));
            }
            kept.extend(answer);
        }
        for (problem, corrected) in problems {
            let outcome = if corrected {
                Outcome::Corrected
            } else if kept.is_empty() {
                // To go on without an answer would teach that there is none.
                Outcome::QuestionDropped
            } else {
                Outcome::AnswerDropped
            };
            self.note(&example.id, place, problem, outcome)?;
        }
        Ok(kept)
    }

    fn note(
        &mut self,
        id: &str,
        place: Place,
        problem: Problem,
        outcome: Outcome,
    ) -> Result<(), SquadError> {
        let id = id.to_owned();
        if self.bad_examples == BadExamples::Error {
            return Err(SquadError::BadExample {
                file: self.file.to_owned(),
                place,
                id,
                problem,
            });
        }
        self.report.issues.push(Issue {
            id,
            problem,
            outcome,
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests;
