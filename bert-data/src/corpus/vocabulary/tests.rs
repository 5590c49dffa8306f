use super::*;

fn train(text: &str, config: &VocabularyConfig) -> Result<BertTokenizer, CorpusError> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("text.txt");
    std::fs::write(&file, text).unwrap();
    train_vocabulary(&[file], config)
}

fn tokens(tokenizer: &BertTokenizer) -> Vec<String> {
    (0..tokenizer.vocab_size() as u32)
        .map(|id| tokenizer.id_to_token(id).unwrap())
        .collect()
}

/// Sentences with many ties: no piece is much more frequent than another.
fn text() -> String {
    let letters = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    let word = |at: usize| -> String {
        let letter = |shift: usize| letters[(at / 8usize.pow(shift as u32) + shift * at) % 8];
        (0..2 + at % 5).map(letter).collect()
    };
    let words: Vec<_> = (0..4000).map(word).collect();
    let lines: Vec<_> = words.chunks(9).map(|words| words.join(" ")).collect();
    lines.join("\n")
}

#[test]
fn special_tokens_come_first_then_characters_then_merges() {
    let config = VocabularyConfig {
        vocab_size: 14,
        ..VocabularyConfig::default()
    };
    let tokenizer = train("Hug hug, hug\n\nhug bug\n", &config).unwrap();
    let expected = [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ",", "b", "g", "h", "u", "##g", "##u",
        "##ug", "hug",
    ];
    assert_eq!(tokens(&tokenizer), expected);
    assert_eq!(
        (tokenizer.mask_id(), tokenizer.casing()),
        (4, Casing::Uncased)
    );
    assert_eq!(tokenizer.word_pieces("hug bug").unwrap(), [13, 6, 12]);
}

#[test]
fn the_same_text_gives_the_same_vocabulary() {
    let config = VocabularyConfig {
        vocab_size: 700,
        ..VocabularyConfig::default()
    };
    let text = text();
    let first = tokens(&train(&text, &config).unwrap());
    assert_eq!(first.len(), 700);
    for threads in [1, 2, 5, 1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let again = pool.build().unwrap().install(|| train(&text, &config));
        assert_eq!(tokens(&again.unwrap()), first);
    }
}

#[test]
fn a_saved_vocabulary_opens_with_the_same_ids() {
    let dir = tempfile::tempdir().unwrap();
    let config = VocabularyConfig {
        casing: Casing::Cased,
        ..VocabularyConfig::default()
    };
    let tokenizer = train("The Cat sat. the cat Sat.\n", &config).unwrap();
    tokenizer.save(dir.path()).unwrap();
    let vocab = dir.path().join("vocab.txt");
    let opened = BertTokenizer::from_vocab(vocab, Casing::Cased).unwrap();
    assert_eq!(tokens(&opened), tokens(&tokenizer));
    assert!(tokenizer.token_to_id("T").is_some());
}

#[test]
fn rare_characters_and_endless_words_are_left_out() {
    let config = VocabularyConfig {
        limit_alphabet: 3,
        ..VocabularyConfig::default()
    };
    let text = format!("abc abc abc xyz {}\n", "z".repeat(101));
    let tokenizer = train(&text, &config).unwrap();
    let tokens = tokens(&tokenizer);
    assert!(tokens.contains(&"abc".to_owned()));
    assert!(!tokens.iter().any(|token| token.contains(['x', 'y', 'z'])));
}

#[test]
fn what_cannot_be_trained_is_named() {
    let default = VocabularyConfig::default();
    assert!(matches!(
        train(" \n\n", &default),
        Err(CorpusError::Empty { .. })
    ));
    assert!(matches!(
        train_vocabulary(&[], &default),
        Err(CorpusError::NoFiles)
    ));
    let missing = train_vocabulary(&["nowhere.txt".into()], &default);
    assert!(matches!(missing, Err(CorpusError::Io { .. })));
    let small = VocabularyConfig {
        vocab_size: 7,
        ..default
    };
    assert_eq!(
        train("abc\n", &small).unwrap_err().to_string(),
        "a vocabulary of 7 entries is too small: the special tokens and the characters of the text \
         take 10; raise `vocab_size`"
    );
    let none = VocabularyConfig {
        limit_alphabet: 0,
        ..default
    };
    assert!(matches!(
        train("abc\n", &none),
        Err(CorpusError::Configuration { .. })
    ));
}
