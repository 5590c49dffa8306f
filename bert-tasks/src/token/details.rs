//! What displays are told of an evaluation besides its scores.

use std::ops::Range;

use bert_data::tags::{Entity, TaggedSentence, entities_of};

use super::pieces::joined;
use super::{TokenEvaluation, TokenSplit};
use crate::events::{Details, Mark, MarkKind, ScoredExample, hardest};
use crate::metrics::entities::EntityDiff;

/// The scores of each type of entity, and the sentences that the model finds hardest, with the right
/// entities and the model's marked.
pub(super) fn details(evaluation: &TokenEvaluation, split: &TokenSplit) -> Details {
    let pairs = evaluation.labels.iter().zip(&evaluation.predictions);
    let scored = pairs.map(|(labels, predictions)| labels == predictions);
    let scored = scored.zip(evaluation.certainty.iter().copied());
    let (labels, class_scores) = evaluation.types.iter().cloned().unzip();
    let places = hardest(scored).into_iter();
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
    let (right, given) = (&evaluation.labels[index], &evaluation.predictions[index]);
    let (expected, predicted) = (parts(right, split), parts(given, split));
    let mark = |kind| {
        let words = &words;
        move |entity: &Entity<'_>| Mark {
            bytes: place(words, entity),
            label: entity.kind.to_owned(),
            kind,
        }
    };
    let diff = EntityDiff::of(predicted.clone(), &expected);
    let found = diff.found.iter().map(mark(MarkKind::Right));
    let missed = diff.missed.iter().map(mark(MarkKind::Missed));
    let wrong = diff.wrong.iter().map(mark(MarkKind::Wrong));
    let mut marks: Vec<Mark> = found.chain(missed).chain(wrong).collect();
    if !split.has_entities() {
        // Every word has a class: those that are right would hide the others.
        marks.retain(|mark| mark.kind != MarkKind::Right);
    }
    marks.sort_by_key(|mark| (mark.bytes.start, mark.bytes.end));
    let list = |parts: &[Entity<'_>]| match split.has_entities() {
        true => entities_in_a_line(&text, &words, parts),
        false => parts
            .iter()
            .map(|part| part.kind)
            .collect::<Vec<_>>()
            .join(" "),
    };
    ScoredExample {
        index,
        expected: list(&expected),
        predicted: list(&predicted),
        probability: evaluation.certainty[index],
        correct: right == given,
        marks,
        texts: vec![text],
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

/// The entities; of tags that make none, each word with its class.
fn parts<'a>(classes: &[usize], split: &'a TokenSplit) -> Vec<Entity<'a>> {
    if !split.has_entities() {
        let words = split.tags(classes).into_iter().enumerate();
        let word = |(word, kind)| Entity {
            kind,
            words: word..word + 1,
        };
        return words.map(word).collect();
    }
    entities_of(split.entity_tags(classes))
}

/// The bytes of an entity.
fn place(words: &[Range<usize>], entity: &Entity<'_>) -> Range<usize> {
    words[entity.words.start].start..words[entity.words.end - 1].end
}

fn entities_in_a_line(text: &str, words: &[Range<usize>], entities: &[Entity<'_>]) -> String {
    let one = |entity: &Entity<'_>| format!("{} {}", entity.kind, &text[place(words, entity)]);
    match entities {
        [] => "nothing".to_owned(),
        entities => entities.iter().map(one).collect::<Vec<_>>().join(", "),
    }
}
