use super::*;
use crate::corpus::VocabularyConfig;
use crate::corpus::train_vocabulary;
use crate::tokenizer::Casing;

struct Place {
    dir: tempfile::TempDir,
    files: Vec<PathBuf>,
    tokenizer: BertTokenizer,
}

const TEXT: &str = "a ab b\n\u{200b}\nb\n\n\u{200b}\n\nabba\na\n";

fn place(text: &str, more_tokens: usize) -> Place {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("text.txt");
    std::fs::write(&file, text).unwrap();
    let vocab = dir.path().join("vocab.txt");
    let more: String = (0..more_tokens).map(|at| format!("more{at}\n")).collect();
    let tokens = format!("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n{more}a\nb\n##a\n##b\n");
    std::fs::write(&vocab, tokens).unwrap();
    Place {
        tokenizer: BertTokenizer::from_vocab(vocab, Casing::Uncased).unwrap(),
        files: vec![file],
        dir,
    }
}

impl Place {
    fn cache(&self) -> PathBuf {
        self.dir.path().join("cache")
    }

    fn open(&self) -> Result<TokenizedCorpus, CorpusError> {
        TokenizedCorpus::open(
            &self.files,
            TextLayout::Sentences,
            &self.tokenizer,
            self.cache(),
        )
    }

    fn modified(&self) -> Vec<std::time::SystemTime> {
        let names = ["tokens.bin", "sentences.bin", "documents.bin"];
        let time = |name| {
            self.cache()
                .join(name)
                .metadata()
                .unwrap()
                .modified()
                .unwrap()
        };
        names.map(time).to_vec()
    }
}

/// Documents of sentences of (id, whether it continues a word).
fn content(corpus: &TokenizedCorpus) -> Vec<Vec<Vec<(u32, bool)>>> {
    let sentence = |at: usize| {
        let tokens = corpus.tokens_of(at..at + 1).map(|at| corpus.token(at));
        tokens.map(|token| (token.id, token.continues)).collect()
    };
    (0..corpus.num_documents())
        .map(|document| corpus.sentences(document).map(sentence).collect())
        .collect()
}

#[test]
fn a_corpus_is_its_documents_sentences_and_tokens() {
    for (more, first) in [(0, 5), (NARROW_IDS, NARROW_IDS as u32 + 5)] {
        let corpus = place(TEXT, more).open().unwrap();
        let [a, b] = [first, first + 1].map(|id| (id, false));
        let [more_a, more_b] = [first + 2, first + 3].map(|id| (id, true));
        let expected = [
            vec![vec![a, a, more_b, b], vec![b]],
            vec![vec![a, more_b, more_b, more_a], vec![a]],
        ];
        assert_eq!(content(&corpus), expected);
        assert_eq!((corpus.num_tokens(), corpus.num_sentences()), (10, 4));
        assert_eq!(corpus.special().vocab_size, more + 9);
        assert_eq!(corpus.num_documents_in(Part::Train, 0.0), 2);
    }
}

#[test]
fn a_cache_is_used_again_and_never_if_stale_or_damaged() {
    let mut place = place(TEXT, 0);
    let made = content(&place.open().unwrap());
    let first = place.modified();
    assert_eq!(content(&place.open().unwrap()), made);
    assert_eq!(place.modified(), first);

    for name in ["tokens.bin", "sentences.bin", "documents.bin"] {
        let file = place.cache().join(name);
        let whole = std::fs::read(&file).unwrap();
        std::fs::write(&file, &whole[..whole.len() - 1]).unwrap();
        assert_eq!(content(&place.open().unwrap()), made);
        assert_eq!(std::fs::read(&file).unwrap(), whole);
    }

    std::fs::write(&place.files[0], TEXT.replace("abba", "abb")).unwrap();
    assert_ne!(content(&place.open().unwrap()), made);
    std::fs::write(&place.files[0], TEXT).unwrap();
    assert_eq!(content(&place.open().unwrap()), made);
    place.tokenizer = train_vocabulary(&place.files, &VocabularyConfig::default()).unwrap();
    assert_ne!(content(&place.open().unwrap()), made);
}

#[test]
fn the_bytes_do_not_depend_on_threads() {
    let text: String = (0..3000)
        .map(|at| if at % 7 == 0 { "\n" } else { "a ab abba b\n" })
        .collect();
    let bytes = [1, 3].map(|threads| {
        let place = place(&text, 0);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().unwrap().install(|| place.open()).unwrap();
        std::fs::read(place.cache().join("tokens.bin")).unwrap()
    });
    assert_eq!(bytes[0], bytes[1]);
}

#[test]
fn what_cannot_be_opened_says_why() {
    let error = |place: Place| place.open().err().unwrap();
    for text in ["", "\n\r\n", "\u{200b}\n"] {
        let message = error(place(text, 0)).to_string();
        assert!(
            message.contains("text.txt; give files with a sentence"),
            "{message}"
        );
    }
    let bad = place(TEXT, 0);
    std::fs::write(bad.cache(), "a file where the folder should be").unwrap();
    assert!(matches!(error(bad), CorpusError::Cache { .. }));
    let mut none = place(TEXT, 0);
    none.files.clear();
    assert!(matches!(error(none), CorpusError::NoFiles));
    let mut missing = place(TEXT, 0);
    missing.files[0] = "nowhere.txt".into();
    assert!(matches!(error(missing), CorpusError::Io { .. }));
    let latin = place(TEXT, 0);
    std::fs::write(&latin.files[0], b"a\n\xe9\n").unwrap();
    assert!(matches!(error(latin), CorpusError::NotUtf8 { line: 2, .. }));
}
