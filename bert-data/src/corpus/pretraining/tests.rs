use std::path::PathBuf;

use super::*;
use crate::batch::{NO_LABEL, PaddedBatch};
use crate::corpus::{PretrainingBatch, TextLayout};
use crate::tokenizer::{BertTokenizer, Casing};

const WORDS: [&str; 6] = ["ab", "abab", "b", "ba", "bbb", "a"];

/// A corpus of documents with words of one to four pieces, in `dir`.
fn corpus(dir: &std::path::Path) -> Arc<TokenizedCorpus> {
    let vocab = dir.join("vocab.txt");
    std::fs::write(
        &vocab,
        "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\n##a\n##b\n",
    )
    .unwrap();
    let tokenizer = BertTokenizer::from_vocab(vocab, Casing::Uncased).unwrap();
    let file: PathBuf = dir.join("text.txt");
    let mut text = String::new();
    for sentence in 0..400 {
        let word = |at: usize| WORDS[(sentence * 31 + at * 17 + at * at) % WORDS.len()];
        let words: Vec<_> = (0..4 + sentence % 9).map(word).collect();
        text += &(words.join(" ") + "\n");
        if sentence % 20 == 19 {
            text += "\n";
        }
    }
    std::fs::write(&file, text + "[SEP] a [SEP] b\n").unwrap();
    let cache = dir.join("cache");
    Arc::new(TokenizedCorpus::open(&[file], TextLayout::Sentences, &tokenizer, cache).unwrap())
}

fn open(corpus: &Arc<TokenizedCorpus>, whole_word_mask: bool, pairs: bool) -> PretrainingCorpus {
    let config = PretrainingConfig {
        max_seq_length: 48,
        next_sentence: pairs,
        held_out_share: 0.0,
        masking: MaskingConfig {
            whole_word_mask,
            ..MaskingConfig::default()
        },
        ..PretrainingConfig::default()
    };
    PretrainingCorpus::open(corpus.clone(), config, Part::Train).unwrap()
}

/// The sequence without masks.
fn original(train: &PretrainingCorpus, index: usize) -> Vec<u32> {
    let instance = train.instances.get(index);
    let ids = |tokens: Range<u64>| tokens.map(|at| train.corpus.token(at).id);
    let mut all = vec![2];
    all.extend(ids(instance.a()).chain([3]));
    if let Some(b) = instance.b() {
        all.extend(ids(b).chain([3]));
    }
    all
}

#[test]
fn examples_are_the_text_but_for_their_masks() {
    let dir = tempfile::tempdir().unwrap();
    let corpus = corpus(dir.path());
    for (whole_word, pairs) in [(false, true), (true, true), (true, false)] {
        let train = open(&corpus, whole_word, pairs);
        assert!(!train.is_empty());
        for index in 0..train.len() {
            let text = original(&train, index);
            let example = train.example(index, 7);
            assert_eq!(
                (example.input_ids.len(), train.length(index)),
                (text.len(), text.len())
            );
            let masked = &example.masked_positions;
            assert!(!masked.is_empty() && masked.len() <= 20);
            for (at, &token) in text.iter().enumerate() {
                match masked.binary_search(&at) {
                    Ok(found) => {
                        assert_eq!(example.masked_labels[found], token);
                        assert!(token != 2 && token != 3);
                    }
                    Err(_) => assert_eq!(example.input_ids[at], token),
                }
            }
            let a = train.instances.get(index).a();
            let first_segment = example.token_type_ids.iter().filter(|&&id| id == 0).count();
            assert_eq!(first_segment as u64, a.end - a.start + 2);
            assert_eq!(example.next_sentence_label.is_some(), pairs);
        }
    }
}

#[test]
fn whole_words_are_hidden_together() {
    let dir = tempfile::tempdir().unwrap();
    let train = open(&corpus(dir.path()), true, true);
    for index in 0..train.len() {
        let text = original(&train, index);
        let example = train.example(index, 1);
        let hidden = |at: usize| example.masked_positions.contains(&at);
        for at in 1..text.len() {
            // 7 and 8 are ##a and ##b; after [CLS] and [SEP] begins a word whatever it is.
            if text[at] >= 7 && text[at - 1] != 2 && text[at - 1] != 3 {
                assert_eq!(
                    hidden(at),
                    hidden(at - 1),
                    "{text:?} {:?}",
                    example.masked_positions
                );
            }
        }
    }
}

#[test]
fn masks_are_a_function_of_index_and_seed() {
    let dir = tempfile::tempdir().unwrap();
    let train = open(&corpus(dir.path()), false, true);
    let (mut same, mut total) = (0, 0);
    for index in 0..train.len() {
        assert_eq!(train.example(index, 5), train.example(index, 5));
        let (one, other) = (train.example(index, 5), train.example(index, 6));
        assert_eq!(one.next_sentence_label, other.next_sentence_label);
        same += usize::from(one.masked_positions == other.masked_positions);
        total += 1;
    }
    assert!(same * 10 < total, "{same} of {total} have the same masks");
}

#[test]
fn copies_are_labelled_by_what_they_are_made_of() {
    let dir = tempfile::tempdir().unwrap();
    let corpus = corpus(dir.path());
    let config = PretrainingConfig {
        copy_share: 1.0,
        held_out_share: 0.0,
        ..PretrainingConfig::default()
    };
    let train = PretrainingCorpus::open(corpus.clone(), config, Part::Train).unwrap();
    let ids = |tokens: Range<u64>| tokens.map(|at| corpus.token(at).id).collect::<Vec<_>>();
    let mut seen = [0; 2];
    for index in (0..train.len()).filter(|&index| train.instances.get(index).is_copy()) {
        let instance = train.instances.get(index);
        let (a, other) = (ids(instance.a()), ids(instance.b().unwrap()));
        let mut example = train.example(index, 3);
        for (&at, &label) in example.masked_positions.iter().zip(&example.masked_labels) {
            example.input_ids[at] = label;
        }
        let [first, second] = [1, a.len() + 2].map(|at| &example.input_ids[at..at + a.len()]);
        assert_eq!(first, a);
        let of = |text: &[u32], first: usize| {
            let turned = text.iter().cycle().skip(first);
            second
                .iter()
                .zip(turned)
                .filter(|(one, other)| one == other)
                .count()
        };
        let full = |text: &[u32]| (0..a.len()).any(|first| of(text, first) == a.len());
        let mixed = |first| {
            let turned = a.iter().zip(&other).cycle().skip(first);
            let mut pairs = second.iter().zip(turned);
            pairs.all(|(token, (one, other))| token == one || token == other)
        };
        assert!((0..a.len()).any(mixed));
        match (full(&a), full(&other)) {
            (true, false) => assert_eq!(example.next_sentence_label, Some(0)),
            (false, true) => assert_eq!(example.next_sentence_label, Some(1)),
            _ => continue,
        }
        seen[example.next_sentence_label.unwrap() as usize] += 1;
    }
    assert!(seen.iter().all(|&count| count > 5), "{seen:?}");
}

#[test]
fn a_batch_is_its_examples_and_its_parts_are_the_batch() {
    let dir = tempfile::tempdir().unwrap();
    let train = open(&corpus(dir.path()), false, true);
    let indices = [3, 0, 11, 7, 5];
    let batch = train.batch(&indices, Padding::Longest, 9);
    assert_eq!(batch.indices, indices);
    let width = batch.tokens.seq_len;
    let mut places = Vec::new();
    for (row, &index) in indices.iter().enumerate() {
        let example = train.example(index, 9);
        let ids = example.input_ids.iter().map(|&id| i64::from(id));
        let cells = &batch.tokens.input_ids[row * width..][..example.input_ids.len()];
        assert!(ids.eq(cells.iter().copied()));
        let masked = example.masked_positions.iter().zip(example.masked_labels);
        places.extend(masked.map(|(at, label)| ((row * width + at) as i64, i64::from(label))));
        let label = example.next_sentence_label.map(i64::from);
        assert_eq!(Some(batch.next_sentence_labels[row]), label);
    }
    let found = batch.masked_positions.iter().copied();
    assert!(
        found
            .zip(batch.masked_labels.iter().copied())
            .eq(places.clone())
    );

    let parts = batch.clone().split(2);
    let rows: Vec<_> = parts.iter().map(|part| part.tokens.batch_size).collect();
    assert_eq!(rows, [3, 2]);
    let mut of_parts = Vec::new();
    for (part, first) in parts.iter().zip([0, 3 * width as i64]) {
        let places = part.masked_positions.iter().map(|place| place + first);
        of_parts.extend(places.zip(part.masked_labels.iter().copied()));
        assert_eq!(part.next_sentence_labels.len(), part.tokens.batch_size);
    }
    assert_eq!(of_parts, places);

    assert_eq!(train.batch(&[0], Padding::Max, 9).tokens.seq_len, 48);
    assert_eq!(train.batch(&[], Padding::Longest, 9).split(3).len(), 1);
    let single = open(&corpus(dir.path()), false, false);
    let labels = single
        .batch(&[0, 1], Padding::Longest, 9)
        .next_sentence_labels;
    assert_eq!(labels, [NO_LABEL; 2]);
}

#[test]
fn an_epoch_has_every_sequence_once() {
    let dir = tempfile::tempdir().unwrap();
    let train = open(&corpus(dir.path()), false, true);
    let size = NonZeroUsize::new(4).unwrap();
    let mut all: Vec<_> = train
        .train_batches(size, Padding::Grouped, 1, 0)
        .flatten()
        .collect();
    all.sort_unstable();
    assert!(all.into_iter().eq(0..train.len()));
}

#[test]
fn the_weights_of_a_steps_batches_make_one_mean_of_all_hidden_tokens() {
    let batch = |sequences: usize, hidden: usize| PretrainingBatch {
        indices: (0..sequences).collect(),
        tokens: PaddedBatch {
            input_ids: vec![0; sequences * 8],
            token_type_ids: vec![0; sequences * 8],
            attention_mask: vec![1; sequences * 8],
            batch_size: sequences,
            seq_len: 8,
            pass_seed: None,
        },
        // As many as there are in the first rows.
        masked_positions: (0..hidden as i64).collect(),
        masked_labels: vec![0; hidden],
        next_sentence_labels: vec![NO_LABEL; sequences],
        step: None,
    };
    assert_eq!(batch(2, 3).masked_lm_weight(), 1.0);
    let mut batches = vec![batch(4, 11), batch(4, 3), batch(2, 0), batch(1, 7)];
    let totals = PretrainingBatch::totals(&batches);
    assert_eq!((totals.sequences, totals.masked_tokens), (11, 21));
    for batch in &mut batches {
        batch.step = Some(totals);
    }
    // Halves are of the same step.
    let parts: Vec<_> = batches
        .into_iter()
        .flat_map(|batch| batch.split(2))
        .collect();
    assert_eq!(parts.len(), 7);
    for part in parts {
        let (sequences, hidden) = (part.tokens.batch_size, part.masked_labels.len());
        let share = sequences as f64 / 11.0 * part.masked_lm_weight();
        assert!((share - hidden as f64 / 21.0).abs() < 1e-15);
    }
    // A batch that is the whole step has exactly its own mean.
    for (sequences, hidden) in [(3, 7), (32, 613), (7, 49)] {
        let mut alone = batch(sequences, hidden);
        alone.step = Some(PretrainingBatch::totals(std::slice::from_ref(&alone)));
        assert_eq!(alone.masked_lm_weight(), 1.0);
    }
}
