//! A SQuAD file as examples.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use super::SquadError;
use super::answer::locate;
use super::example::{Answer, SquadExample};
use super::file::{self, JsonPath, Root};
use super::json::{Element, Paragraph, Question, RawAnswer};
use super::report::{BadExamples, Issue, Problem, Remedy, SquadReport};

/// Reads a file of questions: the examples that are kept, in the file's order and with distinct
/// ids, and what was wrong with the others.
///
/// The file has the shape of SQuAD 1.1 or 2.0, or is what Hugging Face's `datasets` make of it:
/// questions with the context beside each and the answers as `{text: [...], answer_start: [...]}`,
/// in a list, one to a line, or as the rows of Parquet. A list of paragraphs is read, too. A
/// byte-order mark is tolerated, numbers are taken as ids, and other fields are skipped.
///
/// A file is Parquet if its name ends in `.parquet` or its first bytes say so; reading it takes the
/// feature `parquet`.
///
/// A question without `is_impossible` has no answer if its list of `answers` is empty, as
/// SQuAD 2.0's evaluation script has it. If there is no list, as in a file to be predicted on, the
/// answers are not known. `title` may be missing.
///
/// # Errors
/// If the file cannot be read, is empty, not UTF-8 or neither JSON nor Parquet, or a field is
/// missing or of the wrong type; if there is no question; with [`BadExamples::Error`], if anything is wrong with one.
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
        title: None,
        context: None,
    };
    for (root, element) in file::read(reader.file)? {
        reader.element(root, element)?;
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
    /// Title of the present article.
    title: Option<Arc<str>>,
    /// The present paragraph.
    context: Option<Arc<str>>,
}

impl Reader<'_> {
    fn element(&mut self, root: Root, element: Element) -> Result<(), SquadError> {
        let place = JsonPath {
            root,
            paragraph: None,
            question: None,
        };
        match element {
            Element::Article { title, paragraphs } => {
                self.begin_article(title);
                for (index, paragraph) in (0..).zip(paragraphs) {
                    let place = JsonPath {
                        paragraph: Some(index),
                        ..place
                    };
                    self.paragraph(paragraph, place)?;
                }
                // The next one is another article, even of the same title.
                self.title = None;
                Ok(())
            }
            Element::Paragraph { title, paragraph } => {
                self.continue_article(title);
                self.paragraph(paragraph, place)
            }
            Element::Question {
                title,
                context,
                question,
            } => {
                self.continue_article(title);
                if self.context.as_deref() != Some(&context) {
                    self.begin_paragraph(context);
                }
                self.question(question, place)
            }
        }
    }

    fn begin_article(&mut self, title: String) {
        self.report.articles += 1;
        self.title = Some(title.into());
        self.context = None;
    }

    fn continue_article(&mut self, title: String) {
        if self.title.as_deref() != Some(&title) {
            self.begin_article(title);
        }
    }

    fn begin_paragraph(&mut self, context: String) {
        self.report.paragraphs += 1;
        self.context = Some(context.into());
    }

    fn paragraph(&mut self, paragraph: Paragraph, place: JsonPath) -> Result<(), SquadError> {
        self.begin_paragraph(paragraph.context);
        for (index, question) in (0..).zip(paragraph.qas) {
            let place = JsonPath {
                question: Some(index),
                ..place
            };
            self.question(question, place)?;
        }
        // A question that follows on its own is on a paragraph of its own.
        self.context = None;
        Ok(())
    }

    fn question(&mut self, raw: Question, place: JsonPath) -> Result<(), SquadError> {
        let is_known_empty = raw.answers.as_ref().is_some_and(Vec::is_empty);
        let mut example = SquadExample {
            id: raw.id,
            title: self.title.clone().unwrap_or_default(),
            question: raw.question,
            context: self.context.clone().unwrap_or_default(),
            answers: Vec::new(),
            is_impossible: raw.is_impossible.unwrap_or(is_known_empty),
        };
        self.report.questions += 1;
        let answers = raw.answers.unwrap_or_default();
        let unusable = if self.ids.contains(&example.id) {
            Some(Problem::DuplicateId)
        } else if example.question.trim().is_empty() {
            Some(Problem::EmptyQuestion)
        } else if example.context.trim().is_empty() {
            Some(Problem::EmptyContext)
        } else {
            None
        };
        if let Some(problem) = unusable {
            return self.note(&example.id, place, problem, Remedy::QuestionDropped);
        }
        if example.is_impossible {
            if !answers.is_empty() {
                let remedy = match self.bad_examples {
                    BadExamples::Correct => Remedy::Corrected,
                    _ => Remedy::QuestionDropped,
                };
                self.note(&example.id, place, Problem::ImpossibleWithAnswers, remedy)?;
                if remedy == Remedy::QuestionDropped {
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

    /// The answers that are kept; what is wrong with the others is noted.
    fn locate_all(
        &mut self,
        example: &SquadExample,
        answers: Vec<RawAnswer>,
        place: JsonPath,
    ) -> Result<Vec<Answer>, SquadError> {
        let mut kept = Vec::with_capacity(answers.len());
        let mut problems = Vec::new();
        for RawAnswer { text, answer_start } in answers {
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
            let remedy = if corrected {
                Remedy::Corrected
            } else if kept.is_empty() {
                // To go on without an answer would teach that there is none.
                Remedy::QuestionDropped
            } else {
                Remedy::AnswerDropped
            };
            self.note(&example.id, place, problem, remedy)?;
        }
        Ok(kept)
    }

    fn note(
        &mut self,
        id: &str,
        place: JsonPath,
        problem: Problem,
        remedy: Remedy,
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
            remedy,
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests;
