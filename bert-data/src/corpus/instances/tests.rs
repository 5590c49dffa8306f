use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::corpus::{PretrainingCorpus, TextLayout};
use crate::tokenizer::{BertTokenizer, Casing};

/// A corpus with documents of sentences of so many tokens.
fn corpus(dir: &tempfile::TempDir, documents: &[Vec<usize>]) -> TokenizedCorpus {
    let vocab = dir.path().join("vocab.txt");
    std::fs::write(&vocab, "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\n").unwrap();
    let tokenizer = BertTokenizer::from_vocab(vocab, Casing::Uncased).unwrap();
    let file = dir.path().join("text.txt");
    let document = |sentences: &Vec<usize>| -> String {
        sentences
            .iter()
            .map(|&len| "a ".repeat(len) + "\n")
            .collect()
    };
    let documents: Vec<_> = documents.iter().map(document).collect();
    std::fs::write(&file, documents.join("\n")).unwrap();
    let cache = dir.path().join("cache");
    TokenizedCorpus::open(&[file], TextLayout::Sentences, &tokenizer, cache).unwrap()
}

fn config(max_seq_length: usize, next_sentence: bool, seed: u64) -> PretrainingConfig {
    PretrainingConfig {
        max_seq_length,
        next_sentence,
        seed,
        held_out_share: 0.0,
        ..PretrainingConfig::default()
    }
}

fn planned(corpus: &TokenizedCorpus, config: &PretrainingConfig) -> Vec<Instance> {
    let (instances, _) = plan(corpus, config, Part::Train).unwrap();
    (0..instances.len()).map(|at| instances.get(at)).collect()
}

/// Number of the document that tokens are in; they must all be in one.
fn document_of(corpus: &TokenizedCorpus, tokens: &Range<u64>) -> usize {
    let inside = |&document: &usize| {
        let all = corpus.tokens_of(corpus.sentences(document));
        all.start <= tokens.start && tokens.end <= all.end
    };
    (0..corpus.num_documents()).find(inside).unwrap()
}

fn documents() -> impl Strategy<Value = Vec<Vec<usize>>> {
    let document = prop::collection::vec(1usize..30, 1..12);
    // Documents of equal text would be one document to the split; none is held out here.
    prop::collection::vec(document, 2..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn pairs_are_neighbours_or_from_two_documents(
        documents in documents(), max_seq_length in 5usize..60, seed: u64,
    ) {
        let dir = tempfile::tempdir().unwrap();
        let corpus = corpus(&dir, &documents);
        let instances = planned(&corpus, &config(max_seq_length, true, seed));
        prop_assert!(instances.len() >= documents.len());
        for instance in &instances {
            let (a, b) = (instance.a(), instance.b().unwrap());
            prop_assert!(!a.is_empty() && !b.is_empty());
            prop_assert!(instance.len() <= max_seq_length);
            prop_assert_eq!(instance.len() as u64, len(&a) + len(&b) + 3);
            let (of_a, of_b) = (document_of(&corpus, &a), document_of(&corpus, &b));
            if instance.is_random_next() {
                prop_assert_ne!(of_a, of_b);
            } else {
                prop_assert_eq!(of_a, of_b);
                // Between them is nothing but what truncation took.
                prop_assert!(a.end <= b.start);
                let full = instance.len() == max_seq_length;
                prop_assert!(a.end == b.start || full);
            }
        }
    }

    #[test]
    fn random_next_sentences_of_the_same_document_are_not_near(
        documents in documents(), max_seq_length in 5usize..60, seed: u64,
    ) {
        let dir = tempfile::tempdir().unwrap();
        let corpus = corpus(&dir, &documents);
        let config = PretrainingConfig {
            same_document_share: 1.0,
            ..config(max_seq_length, true, seed)
        };
        for instance in planned(&corpus, &config).iter().filter(|each| each.is_random_next()) {
            let (a, b) = (instance.a(), instance.b().unwrap());
            prop_assert!(!a.is_empty() && !b.is_empty());
            prop_assert!(a.end <= b.start || b.end <= a.start);
            let (of_a, of_b) = (document_of(&corpus, &a), document_of(&corpus, &b));
            let sentence = |at: u64| {
                let mut all = corpus.sentences(of_a);
                all.position(|each| corpus.tokens_of(each..each + 1).contains(&at)).unwrap()
            };
            if of_a == of_b {
                // Never what follows A.
                prop_assert_ne!(sentence(b.start), sentence(a.end - 1) + 1);
            }
        }
    }

    #[test]
    fn slices_have_each_token_once(
        documents in documents(), max_seq_length in 3usize..60, seed: u64,
    ) {
        let dir = tempfile::tempdir().unwrap();
        let corpus = corpus(&dir, &documents);
        let instances = planned(&corpus, &config(max_seq_length, false, seed));
        let mut next = 0;
        for instance in &instances {
            prop_assert_eq!(instance.a().start, next);
            prop_assert!(instance.len() <= max_seq_length && !instance.a().is_empty());
            prop_assert_eq!(instance.b(), None);
            document_of(&corpus, &instance.a());
            next = instance.a().end;
        }
        prop_assert_eq!(next as usize, corpus.num_tokens());
    }

    #[test]
    fn truncation_takes_from_the_longer(
        len_a in 1u64..90, len_b in 1u64..90, max_tokens in 2u64..60, seed: u64,
    ) {
        let (mut a, mut b) = (100..100 + len_a, 500..500 + len_b);
        truncate(&mut a, &mut b, max_tokens, &mut SplitMix64::of_epoch(seed, 0));
        prop_assert_eq!(len(&a) + len(&b), max_tokens.min(len_a + len_b));
        prop_assert!(a.start >= 100 && a.end <= 100 + len_a);
        prop_assert!(len(&a) == len_a || len(&a) + 1 >= len(&b));
        prop_assert!(len(&b) == len_b || len(&b) + 1 >= len(&a));
    }
}

#[test]
fn a_pass_uses_every_token_about_once() {
    let dir = tempfile::tempdir().unwrap();
    let documents: Vec<Vec<usize>> = (0..40)
        .map(|document| (0..50).map(|s| 5 + (s * 7 + document) % 20).collect())
        .collect();
    let corpus = corpus(&dir, &documents);
    let instances = planned(&corpus, &config(128, true, 3));
    let mut used = vec![0u8; corpus.num_tokens()];
    let (mut random, mut full) = (0, 0);
    for instance in &instances {
        instance.a().for_each(|at| used[at as usize] += 1);
        random += usize::from(instance.is_random_next());
        full += usize::from(instance.len() > 110);
        if !instance.is_random_next() {
            instance.b().unwrap().for_each(|at| used[at as usize] += 1);
        }
    }
    // As part of its own document no token comes twice, and only truncation loses some.
    assert!(used.iter().all(|&count| count <= 1));
    let unused = used.iter().filter(|&&count| count == 0).count();
    assert!(unused * 10 < corpus.num_tokens(), "{unused}");
    let share = |count: usize| count as f64 / instances.len() as f64;
    assert!((0.45..0.6).contains(&share(random)), "{}", share(random));
    assert!((0.75..0.95).contains(&share(full)), "{}", share(full));
}

/// If this fails, raise the version in `store`: plans made before are not what is planned now.
#[test]
fn the_plan_never_changes() {
    let dir = tempfile::tempdir().unwrap();
    let corpus = corpus(&dir, &[vec![9; 5], vec![8; 4]]);
    let segments = |instance: Instance| (instance.a(), instance.b().unwrap());
    let pairs = planned(&corpus, &config(24, true, 1));
    let expected = [
        (0..9, 64..76),
        (9..18, 69..77),
        (18..27, 63..75),
        (27..36, 36..45),
        (46..59, 61..69),
        (69..77, 23..36),
    ];
    assert_eq!(
        pairs.into_iter().map(segments).collect::<Vec<_>>(),
        expected
    );
}

#[test]
fn a_plan_is_kept_and_depends_on_the_seed() {
    let dir = tempfile::tempdir().unwrap();
    let corpus = corpus(&dir, &[vec![9; 30], vec![8; 40], vec![7; 50]]);
    let first = planned(&corpus, &config(32, true, 1));
    let file = dir.path().join("cache/instances-train-32.bin");
    let written = std::fs::read(&file).unwrap();
    assert_eq!(planned(&corpus, &config(32, true, 1)), first);
    assert_ne!(planned(&corpus, &config(32, true, 2)), first);
    assert_eq!(planned(&corpus, &config(32, true, 1)), first);
    assert_eq!(std::fs::read(&file).unwrap(), written);
    std::fs::write(&file, &written[..written.len() - 24]).unwrap();
    assert_eq!(planned(&corpus, &config(32, true, 1)), first);
}

#[test]
fn parts_share_no_document() {
    let dir = tempfile::tempdir().unwrap();
    let documents: Vec<Vec<usize>> = (1..60).map(|len| vec![len, 3, 4, 5]).collect();
    let corpus = corpus(&dir, &documents);
    let config = PretrainingConfig {
        held_out_share: 0.3,
        ..config(32, true, 1)
    };
    let [train, held_out] = [Part::Train, Part::HeldOut].map(|part| {
        let (instances, _) = plan(&corpus, &config, part).unwrap();
        let segments = |at| {
            let instance = instances.get(at);
            [Some(instance.a()), instance.b()].into_iter().flatten()
        };
        (0..instances.len())
            .flat_map(segments)
            .map(|tokens| document_of(&corpus, &tokens))
            .collect::<std::collections::BTreeSet<_>>()
    });
    assert!(train.is_disjoint(&held_out));
    assert_eq!(train.len() + held_out.len(), documents.len());
}

#[test]
fn a_document_of_one_sentence_gets_bs_from_another() {
    let dir = tempfile::tempdir().unwrap();
    let corpus = corpus(&dir, &[vec![1], vec![6, 1]]);
    let config = PretrainingConfig {
        same_document_share: 1.0,
        ..config(5, true, 0)
    };
    let planned = planned(&corpus, &config);
    let segments = |each: &Instance| [each.a(), each.b().unwrap()];
    let documents: Vec<_> = planned
        .iter()
        .map(|each| segments(each).map(|tokens| document_of(&corpus, &tokens)))
        .collect();
    // The last sentence of the second has the first one before it.
    assert_eq!(documents, [[0, 1], [1, 0], [1, 1]]);
    let [last, before] = segments(&planned[2]);
    assert!(planned[2].is_random_next() && before.end <= last.start);
}

#[test]
fn a_text_that_is_cut_again_gives_other_pairs() {
    let dir = tempfile::tempdir().unwrap();
    let corpus = corpus(&dir, &vec![vec![9; 30]; 8]);
    let once = config(40, true, 1);
    let thrice = PretrainingConfig {
        dupe_factor: 3,
        ..once
    };
    let (first, all) = (planned(&corpus, &once), planned(&corpus, &thrice));
    assert_eq!(all[..first.len()], first);
    let again = &all[first.len()..];
    assert!(again.len() > first.len());
    // A few are the same by chance.
    let known = again.iter().filter(|instance| first.contains(instance));
    assert!(known.count() < again.len() / 2);

    // What is scored stays.
    let held_out = |config: PretrainingConfig| {
        let config = PretrainingConfig {
            held_out_share: 0.5,
            ..config
        };
        let (instances, _) = plan(&corpus, &config, Part::HeldOut).unwrap();
        (0..instances.len()).map(|at| instances.get(at)).collect()
    };
    let scored: Vec<Instance> = held_out(once);
    assert_eq!(scored, held_out(thrice));
}

#[test]
fn copies_are_of_two_places_of_a_document_and_never_scored() {
    let dir = tempfile::tempdir().unwrap();
    let documents: Vec<_> = (30..50).map(|len| vec![9; len]).collect();
    let corpus = corpus(&dir, &documents);
    let config = PretrainingConfig {
        copy_share: 0.5,
        held_out_share: 0.5,
        ..config(40, true, 1)
    };
    let copies = |part| {
        let (instances, _) = plan(&corpus, &config, part).unwrap();
        let all = (0..instances.len()).map(|at| instances.get(at));
        let (copies, others): (Vec<_>, Vec<_>) = all.partition(Instance::is_copy);
        assert!(!others.is_empty());
        (
            copies.len() as f64 / (copies.len() + others.len()) as f64,
            copies,
        )
    };
    let (share, all) = copies(Part::Train);
    assert!((0.4..0.6).contains(&share), "{share}");
    for each in all {
        let (a, b) = (each.a(), each.b().unwrap());
        assert_eq!(document_of(&corpus, &a), document_of(&corpus, &b));
        assert!(a.end <= b.start || b.end <= a.start, "{a:?} {b:?}");
        assert_eq!(len(&a), len(&b));
        assert!(!a.is_empty() && each.len() <= 40 && !each.is_random_next());
        // Both begin with a sentence.
        assert_eq!((a.start % 9, b.start % 9), (0, 0));
    }
    assert_eq!(copies(Part::HeldOut).0, 0.0);
}

#[test]
fn what_cannot_be_planned_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let corpus = Arc::new(corpus(&dir, &[vec![9; 30]]));
    let open = |config| PretrainingCorpus::open(corpus.clone(), config, Part::Train).err();
    assert!(matches!(
        open(config(128, true, 1)),
        Some(CorpusError::TooFewDocuments {
            documents: 1,
            needed: 2,
            ..
        })
    ));
    assert!(open(config(128, false, 1)).is_none());
    for bad in [
        config(4, true, 1),
        config(2, false, 1),
        config(70_000, false, 1),
        PretrainingConfig {
            short_seq_probability: f64::NAN,
            ..config(128, false, 1)
        },
        PretrainingConfig {
            same_document_share: 1.5,
            ..config(128, false, 1)
        },
        PretrainingConfig {
            copy_share: -0.5,
            ..config(128, false, 1)
        },
        PretrainingConfig {
            dupe_factor: 0,
            ..config(128, false, 1)
        },
        PretrainingConfig {
            held_out_share: -0.1,
            ..config(128, false, 1)
        },
    ] {
        assert!(matches!(open(bad), Some(CorpusError::Configuration { .. })));
    }
    let all_held_out = PretrainingConfig {
        held_out_share: 1.0,
        ..config(128, false, 1)
    };
    assert!(matches!(
        open(all_held_out),
        Some(CorpusError::TooFewDocuments { documents: 0, .. })
    ));
}
