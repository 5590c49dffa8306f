//! What becomes of the keys and files of a folder besides its vocabulary.

use std::fs;

use super::*;

const TOKENS: &str = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello\nworld\n##s\n<\n>\nent\n";

/// A folder with this vocabulary and these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("vocab.txt"), TOKENS).unwrap();
    for (name, content) in files {
        fs::write(dir.path().join(name), content).unwrap();
    }
    dir
}

fn open(files: &[(&str, &str)]) -> BertTokenizer {
    BertTokenizer::from_folder(folder(files)).unwrap()
}

fn refused(files: &[(&str, &str)]) -> String {
    let error = BertTokenizer::from_folder(folder(files)).unwrap_err();
    error.to_string()
}

fn ids(tokenizer: &BertTokenizer, text: &str) -> Vec<u32> {
    tokenizer.word_pieces(text).unwrap()
}

const CONFIG: &str = "tokenizer_config.json";

#[test]
fn a_class_that_is_not_berts_is_refused_wherever_it_is_named() {
    let class = r#"{"tokenizer_class": "BertJapaneseTokenizer"}"#;
    for file in [CONFIG, "config.json"] {
        let message = refused(&[(file, class)]);
        assert!(message.contains("is BertJapaneseTokenizer"), "{message}");
    }
    let bert = r#"{"tokenizer_class": "BertTokenizerFast"}"#;
    // The tokenizer's own file decides.
    assert_eq!(
        ids(&open(&[(CONFIG, bert), ("config.json", class)]), "hello"),
        [5]
    );
    for null in [r#"{"tokenizer_class": null}"#, "{}"] {
        assert_eq!(ids(&open(&[(CONFIG, null)]), "hello"), [5]);
    }
    let generic = r#"{"tokenizer_class": "PreTrainedTokenizerFast"}"#;
    assert!(refused(&[(CONFIG, generic)]).contains("has no tokenizer.json"));
}

#[test]
fn added_tokens_are_whole_words_with_the_ids_behind_the_vocabulary() {
    let text = "hello <ent> Worlds <ENT>";
    // Without: "<", "ent", ">".
    assert_eq!(ids(&open(&[]), text), [5, 8, 10, 9, 6, 7, 8, 10, 9]);
    // Added tokens are lowered with the text, special ones are not.
    let added = open(&[("added_tokens.json", r#"{"<ent>": 11}"#)]);
    assert_eq!(ids(&added, text), [5, 11, 6, 7, 11]);
    assert_eq!(added.vocab_size(), 12);
    let special = r#"{"additional_special_tokens": ["<ent>"]}"#;
    for files in [
        vec![("special_tokens_map.json", special)],
        vec![(CONFIG, special)],
        vec![
            ("added_tokens.json", r#"{"<ent>": 11}"#),
            ("special_tokens_map.json", special),
        ],
        vec![(CONFIG, r#"{"extra_special_tokens": {"entity": "<ent>"}}"#)],
        vec![(
            CONFIG,
            r#"{"added_tokens_decoder": {"11": {"content": "<ent>", "lstrip": false,
                "normalized": false, "rstrip": false, "single_word": false, "special": true}}}"#,
        )],
    ] {
        let tokenizer = open(&files);
        assert_eq!(ids(&tokenizer, text), [5, 11, 6, 7, 8, 10, 9], "{files:?}");
        // And in what is saved.
        let dir = tempfile::tempdir().unwrap();
        tokenizer.save(&dir).unwrap();
        let saved = BertTokenizer::from_folder(&dir).unwrap();
        assert_eq!(ids(&saved, text), [5, 11, 6, 7, 8, 10, 9], "{files:?}");
    }
}

#[test]
fn added_tokens_of_another_vocabulary_are_refused() {
    for added in [
        r#"{"<ent>": 30522}"#,
        r#"{"<ent>": 3}"#,
        r#"{"hello": 11}"#,
        r#"{"<a>": 11, "<b>": 13}"#,
    ] {
        let message = refused(&[("added_tokens.json", added)]);
        assert!(message.contains("the added token"), "{message}");
    }
    let message = refused(&[("added_tokens.json", r#"{"<ent>": "11"}"#)]);
    assert!(
        message.contains("added_tokens.json: <ent>: invalid type"),
        "{message}"
    );
    assert_eq!(
        open(&[("added_tokens.json", r#"{"hello": 5}"#)]).vocab_size(),
        11
    );
}

#[test]
fn special_tokens_have_the_names_that_the_folder_gives_them() {
    let vocab = TOKENS.replace("[CLS]", "<s>").replace("[SEP]", "</s>");
    let names = r#"{"cls_token": "<s>", "sep_token": {"content": "</s>", "lstrip": false}}"#;
    for file in [CONFIG, "special_tokens_map.json"] {
        let dir = folder(&[("vocab.txt", &vocab), (file, names)]);
        let tokenizer = BertTokenizer::from_folder(&dir).unwrap();
        let pair = tokenizer.encode_pair("hello", Some("world"), 8).unwrap();
        assert_eq!(pair.input_ids, [2, 5, 3, 6, 3]);
        let saved = tempfile::tempdir().unwrap();
        tokenizer.save(&saved).unwrap();
        let tokenizer = BertTokenizer::from_folder(&saved).unwrap();
        assert_eq!((tokenizer.cls_id(), tokenizer.sep_id()), (2, 3));
    }
    let message = refused(&[("vocab.txt", &vocab)]);
    assert!(message.contains("has no [CLS] token"), "{message}");
}

#[test]
fn sides_segments_and_lengths_are_read() {
    let left = open(&[(CONFIG, r#"{"truncation_side": "left"}"#)]);
    let pair = left.encode_pair("hello worlds", Some("world"), 5).unwrap();
    assert_eq!(pair.input_ids, [2, 7, 3, 6, 3]);
    let message = refused(&[(CONFIG, r#"{"padding_side": "left"}"#)]);
    assert!(message.contains("padding on the left"), "{message}");

    for names in [
        r#"{"model_input_names": ["input_ids", "attention_mask"]}"#,
        r#"{"tokenizer_class": "DistilBertTokenizer"}"#,
    ] {
        let tokenizer = open(&[(CONFIG, names)]);
        let pair = tokenizer.encode_pair("hello", Some("world"), 8).unwrap();
        assert_eq!(pair.token_type_ids, [0; 5], "{names}");
        let saved = tempfile::tempdir().unwrap();
        tokenizer.save(&saved).unwrap();
        let saved = BertTokenizer::from_folder(&saved).unwrap();
        assert_eq!(saved.second_segment(), 0);
    }
    assert_eq!(
        open(&[(CONFIG, r#"{"max_len": 64}"#)]).model_max_length(),
        64
    );
    let split = open(&[(CONFIG, r#"{"split_special_tokens": true}"#)]);
    assert_eq!(ids(&split, "[SEP]"), [1, 1, 1]);
    assert_eq!(ids(&open(&[]), "[SEP]"), [3]);
}

#[test]
fn a_byte_order_mark_changes_nothing_and_rubbish_is_named() {
    let config = "\u{feff}{\"do_lower_case\": false}";
    assert_eq!(open(&[(CONFIG, config)]).casing(), Casing::Cased);
    for rubbish in ["", "[]", "{\"do_lower_case\"", "{} {}", "null"] {
        let message = refused(&[(CONFIG, rubbish)]);
        assert!(message.contains(CONFIG), "{rubbish}: {message}");
    }
}

/// A `tokenizer.json` like the vocabulary's, changed.
fn tokenizer_json(change: impl FnOnce(&mut serde_json::Value)) -> String {
    let tokens: Vec<String> = TOKENS.lines().map(str::to_owned).collect();
    let names = SpecialNames::default();
    let json = vocab::tokenizer_json(&tokens, Casing::Uncased, &names, "".as_ref());
    let mut json = json.unwrap();
    change(&mut json);
    json.to_string()
}

#[test]
fn a_tokenizer_json_that_is_not_berts_is_refused() {
    let file = "tokenizer.json";
    let bpe = tokenizer_json(|json| {
        json["model"] = serde_json::json!({
            "type": "BPE", "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "[MASK]": 4},
            "merges": [], "unk_token": "[UNK]",
        });
    });
    let message = refused(&[(file, &bpe)]);
    assert!(message.contains("has the model BPE"), "{message}");
    let generic = (CONFIG, r#"{"tokenizer_class": "PreTrainedTokenizerFast"}"#);
    let tokenizer = open(&[(file, &bpe), generic]);
    let saved = tempfile::tempdir().unwrap();
    tokenizer.save(&saved).unwrap();
    assert!(!saved.path().join("vocab.txt").exists());
    assert_eq!(BertTokenizer::from_folder(&saved).unwrap().vocab_size(), 5);

    let one_segment = tokenizer_json(|json| {
        json["post_processor"]["pair"][3]["Sequence"]["type_id"] = 0.into();
    });
    let message = refused(&[(file, &one_segment)]);
    assert!(message.contains("its post_processor"), "{message}");
    let no_cls = tokenizer_json(|json| {
        let single = json["post_processor"]["single"].as_array_mut().unwrap();
        single.remove(0);
    });
    assert!(refused(&[(file, &no_cls)]).contains("its post_processor"));
    // The tokenizers library would panic at a token that the template does not define.
    for nested in [false, true] {
        let unknown = tokenizer_json(|json| {
            let processor = &mut json["post_processor"];
            processor["pair"][0]["SpecialToken"]["id"] = "[KLS]".into();
            if nested {
                *processor = serde_json::json!({
                    "type": "Sequence", "processors": [processor.clone()],
                });
            }
        });
        assert!(refused(&[(file, &unknown)]).contains("its post_processor"));
    }
    let none = tokenizer_json(|json| json["post_processor"] = serde_json::Value::Null);
    assert_eq!(ids(&open(&[(file, &none)]), "hello"), [5]);

    let unknown = tokenizer_json(|json| json["model"]["unk_token"] = "hello".into());
    assert!(refused(&[(file, &unknown)]).contains("the unknown token"));
    let left = tokenizer_json(|json| {
        json["padding"] = serde_json::json!({
            "strategy": "BatchLongest", "direction": "Left", "pad_to_multiple_of": null,
            "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]",
        });
    });
    assert!(refused(&[(file, &left)]).contains("padding on the left"));
}

#[test]
fn a_casing_cannot_be_forced_on_a_normalizer_that_is_not_berts() {
    let lowered = tokenizer_json(|json| {
        json["normalizer"] = serde_json::json!({ "type": "Lowercase" });
    });
    let dir = folder(&[("tokenizer.json", &lowered)]);
    let as_is = BertTokenizer::from_folder_as(&dir, Some(Casing::Uncased)).unwrap();
    assert_eq!(as_is.casing(), Casing::Uncased);
    let error = BertTokenizer::from_folder_as(&dir, Some(Casing::Cased)).unwrap_err();
    assert!(
        matches!(error, TokenizerError::ForeignNormalizer { .. }),
        "{error}"
    );
}

#[test]
fn what_a_download_has_left_in_place_of_a_file_is_named() {
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n";
    for name in [
        "vocab.txt",
        "tokenizer.json",
        CONFIG,
        "special_tokens_map.json",
        "added_tokens.json",
    ] {
        let message = refused(&[(name, pointer)]);
        assert!(
            message.contains(name) && message.contains("LFS"),
            "{message}"
        );
        let message = refused(&[(name, "<!DOCTYPE html><html>")]);
        assert!(
            message.contains(name) && message.contains("HTML"),
            "{message}"
        );
    }
}
