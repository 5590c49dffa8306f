//! The shapes that a file of questions comes in.
//!
//! SQuAD's own is a tree of articles, paragraphs and questions. Hugging Face's `datasets` write
//! each question flat, with its context beside it, in a list or one to a line; and there are lists
//! of paragraphs. All of them hold the same: an [`Element`] is what a list or a line has of it.
//!
//! Whatever must be there is asked for while the JSON is read, so that the parser tells the line
//! and the key of what lacks it. Fields that nothing reads (`version`, `plausible_answers`) are
//! skipped.

use std::fmt;

use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};

pub(super) const SHAPE: &str = "SQuAD's shape is data[].paragraphs[].{context, qas[].{id, question, \
                     answers[].{text, answer_start}}}";

/// A file whose top level is an object.
#[derive(Debug, Deserialize)]
#[serde(expecting = "an object or a list")]
pub(super) struct SquadFile {
    pub data: Vec<Element>,
}

/// What a list of questions has: one, or several that belong together.
#[derive(Debug, Deserialize)]
#[serde(try_from = "RawElement")]
pub(super) enum Element {
    Article {
        title: String,
        paragraphs: Vec<Paragraph>,
    },
    Paragraph {
        title: String,
        paragraph: Paragraph,
    },
    Question {
        title: String,
        context: String,
        question: Question,
    },
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "RawParagraph")]
pub(super) struct Paragraph {
    pub context: String,
    pub qas: Vec<Question>,
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "RawQuestion")]
pub(super) struct Question {
    pub id: String,
    pub question: String,
    /// `None` where the file does not give any, as to be predicted on.
    pub answers: Option<Vec<RawAnswer>>,
    pub is_impossible: Option<bool>,
}

/// Text of an answer, and where it begins in characters. Some files write -1 for "nowhere".
#[derive(Debug, Deserialize)]
#[serde(try_from = "AnswerFields")]
pub(super) struct RawAnswer {
    pub text: String,
    pub answer_start: i64,
}

#[derive(Deserialize)]
struct RawElement {
    title: Option<Label>,
    paragraphs: Option<Vec<Paragraph>>,
    context: Option<String>,
    qas: Option<Vec<Question>>,
    id: Option<Label>,
    question: Option<String>,
    answers: Option<Answers>,
    is_impossible: Option<bool>,
}

#[derive(Deserialize)]
struct RawParagraph {
    context: Option<String>,
    qas: Option<Vec<Question>>,
}

#[derive(Deserialize)]
struct RawQuestion {
    id: Option<Label>,
    question: Option<String>,
    answers: Option<Answers>,
    is_impossible: Option<bool>,
}

#[derive(Deserialize)]
struct AnswerFields {
    text: Option<String>,
    answer_start: Option<Start>,
}

/// The value of a field that must be there.
fn required<T>(value: Option<T>, field: &str) -> Result<T, String> {
    value.ok_or_else(|| format!("no \"{field}\"; {SHAPE}"))
}

impl TryFrom<RawElement> for Element {
    type Error = String;

    fn try_from(raw: RawElement) -> Result<Self, String> {
        let title = raw.title.map(|label| label.0).unwrap_or_default();
        if let Some(paragraphs) = raw.paragraphs {
            return Ok(Self::Article { title, paragraphs });
        }
        let Some(context) = raw.context else {
            let field = match raw.qas.is_some() || raw.question.is_some() {
                true => "context",
                false => "paragraphs",
            };
            return required(None, field);
        };
        if let Some(qas) = raw.qas {
            let paragraph = Paragraph { context, qas };
            return Ok(Self::Paragraph { title, paragraph });
        }
        if raw.id.is_none() && raw.question.is_none() {
            return required(None, "qas");
        }
        let question = RawQuestion {
            id: raw.id,
            question: raw.question,
            answers: raw.answers,
            is_impossible: raw.is_impossible,
        };
        Ok(Self::Question {
            title,
            context,
            question: question.try_into()?,
        })
    }
}

impl TryFrom<RawParagraph> for Paragraph {
    type Error = String;

    fn try_from(raw: RawParagraph) -> Result<Self, String> {
        Ok(Self {
            context: required(raw.context, "context")?,
            qas: required(raw.qas, "qas")?,
        })
    }
}

impl TryFrom<RawQuestion> for Question {
    type Error = String;

    fn try_from(raw: RawQuestion) -> Result<Self, String> {
        Ok(Self {
            id: required(raw.id, "id")?.0,
            question: required(raw.question, "question")?,
            answers: raw.answers.map(|answers| answers.0),
            is_impossible: raw.is_impossible,
        })
    }
}

impl TryFrom<AnswerFields> for RawAnswer {
    type Error = String;

    fn try_from(raw: AnswerFields) -> Result<Self, String> {
        Ok(Self {
            text: required(raw.text, "text")?,
            answer_start: required(raw.answer_start, "answer_start")?.0,
        })
    }
}

/// A string, or a number as the same digits.
pub(super) struct Label(pub String);

impl<'de> Deserialize<'de> for Label {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct LabelVisitor;

        impl Visitor<'_> for LabelVisitor {
            type Value = Label;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or a number")
            }

            fn visit_str<E>(self, value: &str) -> Result<Label, E> {
                Ok(Label(value.to_owned()))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Label, E> {
                Ok(Label(value.to_string()))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Label, E> {
                Ok(Label(value.to_string()))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Label, E> {
                // With a point, as Python writes it.
                Ok(Label(format!("{value:?}")))
            }
        }

        deserializer.deserialize_any(LabelVisitor)
    }
}

/// A whole number, also as a float or a string, which tables make of it.
struct Start(i64);

impl<'de> Deserialize<'de> for Start {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct StartVisitor;

        impl Visitor<'_> for StartVisitor {
            type Value = Start;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number")
            }

            fn visit_i64<E>(self, value: i64) -> Result<Start, E> {
                Ok(Start(value))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Start, E> {
                // Further than any text reaches is as good as any other such place.
                Ok(Start(i64::try_from(value).unwrap_or(i64::MAX)))
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Start, E> {
                match value.fract() == 0.0 && value.abs() < 1e15 {
                    true => Ok(Start(value as i64)),
                    false => Err(E::invalid_value(de::Unexpected::Float(value), &self)),
                }
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<Start, E> {
                let number = value.trim().parse().map(Start);
                number.map_err(|_| E::invalid_value(de::Unexpected::Str(value), &self))
            }
        }

        deserializer.deserialize_any(StartVisitor)
    }
}

/// A list of answers, or Hugging Face's way to write them: a list of texts and one of places.
struct Answers(Vec<RawAnswer>);

impl<'de> Deserialize<'de> for Answers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnswersVisitor;

        impl<'de> Visitor<'de> for AnswersVisitor {
            type Value = Answers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of answers, or {text: [...], answer_start: [...]}")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Answers, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(seq)).map(Answers)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Answers, A::Error> {
                let columns = AnswerColumns::deserialize(MapAccessDeserializer::new(map))?;
                columns.rows().map(Answers).map_err(de::Error::custom)
            }
        }

        deserializer.deserialize_any(AnswersVisitor)
    }
}

#[derive(Deserialize)]
struct AnswerColumns {
    text: Option<Column<String>>,
    answer_start: Option<Column<Start>>,
}

impl AnswerColumns {
    fn rows(self) -> Result<Vec<RawAnswer>, String> {
        let texts = required(self.text, "text")?.0;
        let starts = required(self.answer_start, "answer_start")?.0;
        if texts.len() != starts.len() {
            return Err(format!(
                "\"text\" has {} answers and \"answer_start\" {}",
                texts.len(),
                starts.len()
            ));
        }
        let rows = texts.into_iter().zip(starts);
        let answers = rows.map(|(text, start)| RawAnswer {
            text,
            answer_start: start.0,
        });
        Ok(answers.collect())
    }
}

/// A list, or its one value without the brackets.
struct Column<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Column<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ColumnVisitor<T>(std::marker::PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for ColumnVisitor<T> {
            type Value = Column<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Column<T>, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(seq)).map(Column)
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<Column<T>, E> {
                one(de::value::StrDeserializer::new(value))
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Column<T>, E> {
                one(de::value::I64Deserializer::new(value))
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Column<T>, E> {
                one(de::value::U64Deserializer::new(value))
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Column<T>, E> {
                one(de::value::F64Deserializer::new(value))
            }
        }

        fn one<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
            value: D,
        ) -> Result<Column<T>, D::Error> {
            T::deserialize(value).map(|value| Column(vec![value]))
        }

        deserializer.deserialize_any(ColumnVisitor(std::marker::PhantomData))
    }
}
