//! Memory does not grow with the text: not while it is made into tokens, and not in an epoch.

// An allocator that counts.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bert_data::corpus::{
    Part, PretrainingConfig, PretrainingCorpus, TextLayout, TokenizedCorpus, VocabularyConfig,
    train_vocabulary,
};
use bert_data::{BertTokenizer, Padding};

/// The system's allocator, counting what is in use on all threads.
struct Counted;

static IN_USE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator unchanged. The counters need no allocation.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let before = IN_USE.fetch_add(layout.size(), Ordering::Relaxed);
        PEAK.fetch_max(before + layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counted = Counted;

/// The most bytes that `work` has in use at once, beyond what is in use before it.
fn peak(work: impl FnOnce()) -> usize {
    let before = IN_USE.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    work();
    PEAK.load(Ordering::Relaxed) - before
}

/// Long words, so that many bytes are few tokens and the test is quick.
fn word(number: usize) -> String {
    let letter = |place: usize| char::from(b'a' + ((number + 1) * (place + 7) * 31 % 26) as u8);
    (0..95).map(letter).collect()
}

/// Writes about so many megabytes: documents of 20 paragraphs of 40 words.
fn write(path: &Path, megabytes: usize) {
    let mut file = BufWriter::new(File::create(path).unwrap());
    let words: Vec<String> = (0..25).map(word).collect();
    let mut written = 0;
    let mut number = 0_usize;
    while written < megabytes << 20 {
        for place in 0..20 * 40 {
            number = number.wrapping_mul(6_364_136_223_846_793_005) + 1;
            let word = &words[(number >> 33) % words.len()];
            let end = if place % 40 == 39 { ".\n" } else { " " };
            write!(file, "{word}{end}").unwrap();
            written += word.len() + end.len();
        }
        writeln!(file).unwrap();
    }
    file.flush().unwrap();
}

/// Text to tokens to sequences to all batches of an epoch.
fn an_epoch(text: &PathBuf, cache: &Path, tokenizer: &BertTokenizer) -> usize {
    let corpus = TokenizedCorpus::open(
        std::slice::from_ref(text),
        TextLayout::Paragraphs,
        tokenizer,
        cache,
    )
    .unwrap();
    let config = PretrainingConfig::default();
    let corpus = PretrainingCorpus::open(Arc::new(corpus), config, Part::Train).unwrap();
    let batch_size = NonZeroUsize::new(32).unwrap();
    let batches = corpus.train_batches(batch_size, Padding::Grouped, 42, 0);
    batches
        .map(|rows| corpus.batch(&rows, Padding::Grouped, 1).tokens.batch_size)
        .sum()
}

#[test]
fn three_times_the_text_takes_no_more_memory() {
    let folder = tempfile::tempdir().unwrap();
    let text = |megabytes| folder.path().join(format!("{megabytes}.txt"));
    let [few, many] = [9, 27];
    write(&text(few), few);
    write(&text(many), many);
    let tokenizer = train_vocabulary(&[text(few)], &VocabularyConfig::default()).unwrap();

    let [small, large] = [few, many].map(|megabytes| {
        let cache = folder.path().join(format!("cache-{megabytes}"));
        let mut sequences = 0;
        let peak = peak(|| sequences = an_epoch(&text(megabytes), &cache, &tokenizer));
        (sequences, peak)
    });
    assert!(large.0 > 2 * small.0, "{small:?} {large:?}");
    // The text alone is three times as large; threads take turns in a way that is not the same twice.
    assert!(
        large.1 < small.1 + small.1 / 4,
        "sequences and peak: {small:?}, three times the text: {large:?}"
    );
}
