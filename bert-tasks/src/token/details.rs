//! What displays are told of an evaluation besides its scores.

use std::ops::Range;

use bert_data::TagScheme;
use bert_data::tags::{Entity, TaggedSentence, entities};

use super::pieces::joined;
use super::{TokenEvaluation, TokenSplit};
use crate::events::{Details, Mark, MarkKind, ScoredExample, hardest};
use crate::metrics::entities::{EntityDiff, strict_entities};

/// Examples that are told.
const EXAMPLES: usize = 40;

/// The scores of each type of entity, and the sentences that the model finds hardest, with the right
/// entities and the model's marked.
pub(super) fn details(evaluation: &TokenEvaluation, split: &TokenSplit) -> Details {
    let pairs = evaluation.labels.iter().zip(&evaluation.predictions);
    let scored = pairs.map(|(labels, predictions)| labels == predictions);
    let scored = scored.zip(evaluation.certainty.iter().copied());
    let (labels, class_scores) = evaluation.types.iter().cloned().unzip();
    let places = hardest(scored).into_iter().take(EXAMPLES);
    Details {
        labels,
        class_scores,
        examples: places
            .map(|place| example(place, evaluation, split))
            .collect(),
        ..Details::default()
    }
}

fn example(index: usize, evaluation: &TokenEvaluation, split: &TokenSplit) -> ScoredExample {
    let (text, words) = text(&split.sentences()[index]);
    let scheme = split.names().scheme();
    let (right, given) = (&evaluation.labels[index], &evaluation.predictions[index]);
    let (right_tags, given_tags) = (split.tags(right), split.tags(given));
    let expected = parts(&right_tags, scheme);
    let predicted = parts(&given_tags, scheme);
    let mark = |kind| {
        let words = &words;
        move |entity: &Entity<'_>| Mark {
            bytes: words[entity.words.start].start..words[entity.words.end - 1].end,
            label: entity.kind.to_owned(),
            kind,
        }
    };
    let diff = EntityDiff::of(predicted.clone(), &expected);
    let found = diff.found.iter().map(mark(MarkKind::Right));
    let missed = diff.missed.iter().map(mark(MarkKind::Missed));
    let wrong = diff.wrong.iter().map(mark(MarkKind::Wrong));
    let mut marks: Vec<Mark> = found.chain(missed).chain(wrong).collect();
    if scheme == TagScheme::Plain {
        // Every word has a class: those that are right would hide the others.
        marks.retain(|mark| mark.kind != MarkKind::Right);
    }
    marks.sort_by_key(|mark| (mark.bytes.start, mark.bytes.end));
    ScoredExample {
        index,
        expected: list(&text, &words, &expected, scheme),
        predicted: list(&text, &words, &predicted, scheme),
        texts: vec![text],
        probability: evaluation.certainty[index],
        correct: right == given,
        marks,
    }
}

/// The sentence as it stands in its file, or its words with a space between them; and the bytes of
/// each.
fn text(sentence: &TaggedSentence) -> (String, Vec<Range<usize>>) {
    match &sentence.text {
        Some(source) => (source.text.clone(), source.words.clone()),
        None => joined(&sentence.words),
    }
}

/// The entities; of plain tags each word with its class.
fn parts<'a>(tags: &'a [&'a str], scheme: TagScheme) -> Vec<Entity<'a>> {
    match scheme {
        TagScheme::Plain => {
            let word = |(word, &kind): (usize, &&'a str)| Entity {
                kind,
                words: word..word + 1,
            };
            tags.iter().enumerate().map(word).collect()
        }
        // L and U are none of seqeval's by default.
        TagScheme::Bilou => strict_entities(tags, scheme).unwrap_or_default(),
        _ => entities(tags),
    }
}

/// The entities in a line, or the classes of all words.
fn list(text: &str, words: &[Range<usize>], parts: &[Entity<'_>], scheme: TagScheme) -> String {
    let one = |part: &Entity<'_>| {
        let bytes = words[part.words.start].start..words[part.words.end - 1].end;
        format!("{} {}", part.kind, &text[bytes])
    };
    match (parts, scheme) {
        (_, TagScheme::Plain) => {
            let kinds: Vec<&str> = parts.iter().map(|part| part.kind).collect();
            kinds.join(" ")
        }
        ([], _) => "nothing".to_owned(),
        (parts, _) => parts.iter().map(one).collect::<Vec<_>>().join(", "),
    }
}
