//! Opening, refusing and saving vocabularies.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;

const TOKENS: &str = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello\nworld\ncafe\n##s\n!\n";

fn write(dir: &Path, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = dir.join(name);
    fs::write(&path, content).unwrap();
    path
}

/// The error of a vocab.txt with this content.
fn vocab_error(content: impl AsRef<[u8]>) -> TokenizerError {
    let dir = tempfile::tempdir().unwrap();
    let path = write(dir.path(), "vocab.txt", content);
    BertTokenizer::from_vocab(path, Casing::Uncased).unwrap_err()
}

fn ids(tokenizer: &BertTokenizer, text: &str) -> Vec<u32> {
    tokenizer.word_pieces(text).unwrap()
}

#[test]
fn a_vocab_alone_makes_the_tokenizer() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "vocab.txt", TOKENS);
    let tokenizer = BertTokenizer::from_folder(dir.path()).unwrap();
    assert_eq!(tokenizer.casing(), Casing::Uncased);
    assert_eq!(tokenizer.vocab_size(), 10);
    assert_eq!(tokenizer.model_max_length(), 512);
    let special = (tokenizer.pad_id(), tokenizer.unk_id(), tokenizer.cls_id());
    assert_eq!(special, (0, 1, 2));
    assert_eq!((tokenizer.sep_id(), tokenizer.mask_id()), (3, 4));
    assert_eq!(ids(&tokenizer, "Hello  Cafés!\tnothing"), [5, 7, 8, 9, 1]);
    assert_eq!(tokenizer.id_to_token(8).as_deref(), Some("##s"));
    assert_eq!(tokenizer.token_to_id("world"), Some(6));
    assert_eq!(tokenizer.id_to_token(10), None);
}

#[test]
fn line_endings_byte_order_mark_and_blank_end_change_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let windows = format!("\u{feff}{}\r\n\n", TOKENS.replace('\n', "\r\n"));
    let path = write(dir.path(), "vocab.txt", windows);
    let tokenizer = BertTokenizer::from_vocab(path, Casing::Uncased).unwrap();
    assert_eq!(tokenizer.vocab_size(), 10);
    assert_eq!(ids(&tokenizer, "hello worlds!"), [5, 6, 8, 9]);
}

#[test]
fn white_space_is_a_token() {
    let dir = tempfile::tempdir().unwrap();
    let path = write(dir.path(), "vocab.txt", format!("{TOKENS}\u{3000}\nlast"));
    let tokenizer = BertTokenizer::from_vocab(path, Casing::Uncased).unwrap();
    assert_eq!(tokenizer.token_to_id("last"), Some(11));
}

#[test]
fn bad_vocabularies_are_refused() {
    let message = |content: &[u8]| vocab_error(content).to_string();
    assert!(matches!(vocab_error(""), TokenizerError::EmptyVocab { .. }));
    assert!(matches!(
        vocab_error("\r\n\n"),
        TokenizerError::EmptyVocab { .. }
    ));
    assert!(message(b"[PAD]\nab\xff\n").contains("line 2: not UTF-8"));
    let no_mask = message(b"[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n");
    assert!(
        no_mask.contains("vocab.txt has no [MASK] token"),
        "{no_mask}"
    );
}

#[test]
fn a_folder_without_a_tokenizer_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("absent");
    for folder in [dir.path(), &missing] {
        let error = BertTokenizer::from_folder(folder).unwrap_err();
        assert!(
            matches!(error, TokenizerError::NoTokenizer { .. }),
            "{error}"
        );
    }
    let error = BertTokenizer::from_vocab(&missing, Casing::Cased).unwrap_err();
    assert!(matches!(error, TokenizerError::Read { .. }), "{error}");
}

#[test]
fn a_bad_tokenizer_json_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = write(dir.path(), "tokenizer.json", "{\"version\": \"1.0\"");
    let refused = || {
        let error = BertTokenizer::from_tokenizer_json(&path).unwrap_err();
        error.to_string()
    };
    let cut = refused();
    assert!(cut.contains("tokenizer.json: EOF while parsing"), "{cut}");
    // In a decoder, what is no JSON is a panic of the tokenizers library.
    write(
        dir.path(),
        "tokenizer.json",
        "{\"version\": \"1.0\", \"decoder\": {\"type\": \"\n\"}}",
    );
    let decoder = refused();
    assert!(decoder.contains("control character"), "{decoder}");

    write(dir.path(), "vocab.txt", TOKENS);
    let tokens = vocab::read(&dir.path().join("vocab.txt")).unwrap();
    let mut json =
        vocab::tokenizer_json(&tokens, Casing::Cased, &SpecialNames::default(), &path).unwrap();
    json["model"]["vocab"]["far"] = 400_000_000.into();
    write(dir.path(), "tokenizer.json", json.to_string());
    let error = BertTokenizer::from_tokenizer_json(&path).unwrap_err();
    assert!(
        matches!(
            error,
            TokenizerError::FarId {
                id: 400_000_000,
                ..
            }
        ),
        "{error}"
    );

    json["model"]["vocab"]
        .as_object_mut()
        .unwrap()
        .remove("far");
    json["model"]["vocab"]
        .as_object_mut()
        .unwrap()
        .remove("[SEP]");
    json["added_tokens"] = serde_json::json!([]);
    json["post_processor"] = serde_json::Value::Null;
    write(dir.path(), "tokenizer.json", json.to_string());
    let error = BertTokenizer::from_tokenizer_json(&path).unwrap_err();
    assert!(
        matches!(&error, TokenizerError::MissingSpecialToken { token, .. } if token == "[SEP]"),
        "{error}"
    );
}

#[test]
fn truncation_and_padding_of_a_tokenizer_json_are_switched_off() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "vocab.txt", TOKENS);
    let tokens = vocab::read(&dir.path().join("vocab.txt")).unwrap();
    let mut json = vocab::tokenizer_json(
        &tokens,
        Casing::Uncased,
        &SpecialNames::default(),
        dir.path(),
    )
    .unwrap();
    json["truncation"] = serde_json::json!(
        { "direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 0 }
    );
    json["padding"] = serde_json::json!(
        { "strategy": { "Fixed": 8 }, "direction": "Right", "pad_to_multiple_of": null,
          "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]" }
    );
    write(dir.path(), "tokenizer.json", json.to_string());
    let tokenizer = BertTokenizer::from_folder(dir.path()).unwrap();
    assert_eq!(ids(&tokenizer, "hello"), [5]);
    assert_eq!(
        ids(&tokenizer, "hello hello hello world world"),
        [5, 5, 5, 6, 6]
    );
}

#[test]
fn casing_comes_from_the_config_or_else_from_the_vocabulary() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "vocab.txt", format!("{TOKENS}[unusedX]\n"));
    let tokenizer = BertTokenizer::from_folder(dir.path()).unwrap();
    assert_eq!(tokenizer.casing(), Casing::Uncased);
    write(dir.path(), "vocab.txt", format!("{TOKENS}World\n"));
    let tokenizer = BertTokenizer::from_folder(dir.path()).unwrap();
    assert_eq!(tokenizer.casing_guess().unwrap().casing, Casing::Cased);
    assert_eq!(ids(&tokenizer, "World world"), [10, 6]);
    let tokenizer = BertTokenizer::from_folder_as(dir.path(), Some(Casing::Uncased)).unwrap();
    assert_eq!(ids(&tokenizer, "World world"), [6, 6]);
    assert_eq!(tokenizer.casing_guess(), None);
    write(
        dir.path(),
        "tokenizer_config.json",
        "{\"do_lower_case\": true}",
    );
    let tokenizer = BertTokenizer::from_folder(dir.path()).unwrap();
    assert_eq!(ids(&tokenizer, "World world"), [6, 6]);
    assert_eq!(tokenizer.casing_guess(), None);
    let tokenizer = BertTokenizer::from_folder_as(dir.path(), Some(Casing::Cased)).unwrap();
    assert_eq!(ids(&tokenizer, "World world"), [10, 6]);
    write(
        dir.path(),
        "tokenizer_config.json",
        "{\"do_lower_case\": 3}",
    );
    let error = BertTokenizer::from_folder(dir.path()).unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("tokenizer_config.json: do_lower_case: invalid type"),
        "{message}"
    );
}

#[test]
fn of_a_token_on_several_lines_the_last_counts() {
    let dir = tempfile::tempdir().unwrap();
    let vocab = format!("{TOKENS}hello\n\nlast\n");
    let path = write(dir.path(), "vocab.txt", vocab);
    let tokenizer = BertTokenizer::from_vocab(path, Casing::Uncased).unwrap();
    // Lines 6 and 11 are "hello", line 12 is empty.
    assert_eq!(tokenizer.vocab_size(), 13);
    assert_eq!(ids(&tokenizer, "hello world last"), [10, 6, 12]);
    assert_eq!(tokenizer.id_to_token(5), None);
    let saved = dir.path().join("saved");
    tokenizer.save(&saved).unwrap();
    std::fs::remove_file(saved.join("tokenizer.json")).unwrap();
    let tokenizer = BertTokenizer::from_folder(&saved).unwrap();
    assert_eq!(ids(&tokenizer, "hello world last"), [10, 6, 12]);
}

#[test]
fn the_config_wins_over_the_tokenizer_json() {
    let dir = tempfile::tempdir().unwrap();
    let path = write(dir.path(), "vocab.txt", TOKENS);
    BertTokenizer::from_vocab(path, Casing::Uncased)
        .unwrap()
        .save(dir.path())
        .unwrap();
    let config =
        "{\"do_lower_case\": false, \"model_max_length\": 1000000000000000019884624838656}";
    write(dir.path(), "tokenizer_config.json", config);
    let tokenizer = BertTokenizer::from_folder(dir.path()).unwrap();
    assert_eq!(tokenizer.casing(), Casing::Cased);
    assert_eq!(tokenizer.model_max_length(), 512);
    assert_eq!(ids(&tokenizer, "Hello hello"), [1, 5]);
    write(
        dir.path(),
        "tokenizer_config.json",
        "{\"strip_accents\": false}",
    );
    let tokenizer = BertTokenizer::from_folder(dir.path()).unwrap();
    assert_eq!(ids(&tokenizer, "Café Cafe"), [1, 7]);
}

#[test]
fn what_is_saved_opens_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let text = "Hello worlds! Café [MASK] 世界";
    for casing in [Casing::Cased, Casing::Uncased] {
        let path = write(dir.path(), "vocab.txt", format!("{TOKENS}Hello\n世\n"));
        let before = BertTokenizer::from_vocab(path, casing).unwrap();
        let folder = dir.path().join(casing.to_string()).join("tokenizer");
        before.save(&folder).unwrap();
        let after = BertTokenizer::from_folder(&folder).unwrap();
        assert_eq!(after.casing(), casing);
        assert_eq!(after.vocabulary(), before.vocabulary());
        assert_eq!(ids(&after, text), ids(&before, text));
        let vocab_only = BertTokenizer::from_vocab(folder.join("vocab.txt"), casing).unwrap();
        assert_eq!(ids(&vocab_only, text), ids(&before, text));
    }
    let file = write(dir.path(), "file", "");
    let tokenizer = BertTokenizer::from_folder(dir.path()).unwrap();
    let error = tokenizer.save(file).unwrap_err();
    assert!(matches!(error, TokenizerError::Write { .. }), "{error}");
}

#[test]
fn casing_has_names() {
    for casing in [Casing::Cased, Casing::Uncased] {
        assert_eq!(casing.to_string().parse(), Ok(casing));
        assert_eq!(serde_json::to_value(casing).unwrap(), casing.to_string());
    }
    let error = "Cased".parse::<Casing>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "\"Cased\" is not a casing; choose one of cased, uncased"
    );
}
