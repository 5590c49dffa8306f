//! A real text goes the whole way, from a file to batches.
//!
//! It needs a text with one paragraph a line and a blank line between documents:
//!
//! ```text
//! CORPUS_FILE=... cargo test --release -p bert-data --test corpus -- --ignored --nocapture
//! ```
//!
//! `VOCAB_DIR` can name a folder to save the vocabulary in.

use std::collections::HashSet;
use std::env;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use bert_data::corpus::{
    MaskingConfig, NspPairsConfig, Part, PretrainingConfig, PretrainingCorpus, TextLayout,
    TokenizedCorpus, VocabularyConfig, nsp_pairs, train_vocabulary,
};
use bert_data::{BertTokenizer, Casing, Padding};

fn corpus_file() -> PathBuf {
    PathBuf::from(env::var_os("CORPUS_FILE").expect("CORPUS_FILE"))
}

fn vocabulary(files: &[PathBuf]) -> BertTokenizer {
    let config = VocabularyConfig {
        vocab_size: 8000,
        ..VocabularyConfig::default()
    };
    train_vocabulary(files, &config).unwrap()
}

fn tokens(tokenizer: &BertTokenizer) -> Vec<Option<String>> {
    let ids = 0..tokenizer.vocab_size() as u32;
    ids.map(|id| tokenizer.id_to_token(id)).collect()
}

#[test]
#[ignore = "needs a text in CORPUS_FILE"]
fn a_vocabulary_is_trained_alike_twice() {
    let files = [corpus_file()];
    let clock = Instant::now();
    let tokenizer = vocabulary(&files);
    println!(
        "vocabulary of {} in {:.2?}",
        tokenizer.vocab_size(),
        clock.elapsed()
    );
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .unwrap();
    let again = pool.install(|| vocabulary(&files));
    assert_eq!(tokens(&tokenizer), tokens(&again));
    assert_eq!(tokenizer.casing(), Casing::Uncased);
    if let Some(dir) = env::var_os("VOCAB_DIR") {
        tokenizer.save(dir).unwrap();
    }
}

#[test]
#[ignore = "needs a text in CORPUS_FILE"]
fn a_text_becomes_batches() {
    let dir = tempfile::tempdir().unwrap();
    let files = [corpus_file()];
    let tokenizer = vocabulary(&files);
    let open = |name: &str| {
        let layout = TextLayout::Paragraphs;
        TokenizedCorpus::open(&files, layout, &tokenizer, dir.path().join(name)).unwrap()
    };
    let clock = Instant::now();
    let corpus = open("cache");
    let made = clock.elapsed();
    let clock = Instant::now();
    let opened = open("cache");
    println!(
        "{} documents, {} sentences, {} tokens; made in {made:.2?}, opened in {:.2?}",
        corpus.num_documents(),
        corpus.num_sentences(),
        corpus.num_tokens(),
        clock.elapsed(),
    );
    assert_eq!(opened.num_tokens(), corpus.num_tokens());
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .unwrap();
    pool.install(|| open("one-thread"));
    for name in ["tokens.bin", "sentences.bin", "documents.bin"] {
        let read = |folder: &str| std::fs::read(dir.path().join(folder).join(name)).unwrap();
        assert!(read("cache") == read("one-thread"), "{name}");
    }

    let corpus = Arc::new(corpus);
    let unknown = tokenizer.unk_id();
    for (part, next_sentence, whole_word_mask) in [
        (Part::Train, true, false),
        (Part::HeldOut, true, true),
        (Part::Train, false, true),
    ] {
        let config = PretrainingConfig {
            next_sentence,
            masking: MaskingConfig {
                whole_word_mask,
                ..MaskingConfig::default()
            },
            ..PretrainingConfig::default()
        };
        let clock = Instant::now();
        let split = PretrainingCorpus::open(corpus.clone(), config, part).unwrap();
        let planned = clock.elapsed();
        let clock = Instant::now();
        let (mut real, mut cells, mut predictions, mut random, mut unknowns) = (0, 0, 0, 0, 0);
        let mut seen = HashSet::new();
        let size = NonZeroUsize::new(32).unwrap();
        for indices in split.train_batches(size, Padding::Grouped, 42, 0) {
            let batch = split.batch(&indices, Padding::Grouped, 7);
            assert!(batch.tokens.seq_len <= 128);
            real += batch.tokens.tokens();
            cells += batch.tokens.input_ids.len();
            predictions += batch.masked_positions.len();
            random += batch
                .next_sentence_labels
                .iter()
                .filter(|&&l| l == 1)
                .count();
            unknowns += batch
                .masked_labels
                .iter()
                .filter(|&&l| l == i64::from(unknown))
                .count();
            seen.extend(indices);
        }
        assert_eq!(seen.len(), split.len());
        let share = |part: usize, of: usize| 100.0 * part as f64 / of as f64;
        println!(
            "{part}, next sentence {next_sentence}: {} sequences planned in {planned:.2?}, one epoch \
             in {:.2?}; mean length {:.1}, padding {:.2} %, predicted {:.2} %, random B {:.1} %, \
             unknown {:.3} %",
            split.len(),
            clock.elapsed(),
            real as f64 / split.len() as f64,
            share(cells - real, cells),
            share(predictions, real),
            share(random, split.len()),
            share(unknowns, predictions),
        );
        assert!((13.0..16.0).contains(&share(predictions, real)));
    }

    let config = NspPairsConfig {
        layout: TextLayout::Paragraphs,
        ..NspPairsConfig::default()
    };
    let clock = Instant::now();
    let counts = [Part::Train, Part::HeldOut].map(|part| {
        let pairs = nsp_pairs(&files, &config, part).unwrap();
        println!("{:?}\n{:?}", pairs[0], pairs[1]);
        pairs.len()
    });
    println!(
        "{counts:?} pairs for fine-tuning in {:.2?}",
        clock.elapsed()
    );
}
