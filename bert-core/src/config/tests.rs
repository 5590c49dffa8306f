use super::*;

const GOOGLE: &str = r#"{
  "attention_probs_dropout_prob": 0.1, "hidden_act": "gelu", "hidden_dropout_prob": 0.1,
  "hidden_size": 256, "initializer_range": 0.02, "intermediate_size": 1024,
  "max_position_embeddings": 512, "num_attention_heads": 4, "num_hidden_layers": 4,
  "type_vocab_size": 2, "vocab_size": 30522 }"#;

fn parse(text: &str) -> Result<BertConfig, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("config.json"), text).unwrap();
    BertConfig::from_folder(folder.path())
}

#[test]
fn googles_file_gets_hugging_faces_defaults() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bert_config.json"), GOOGLE).unwrap();
    let config = BertConfig::from_folder(folder.path()).unwrap();
    assert_eq!(config.hidden_size, 256);
    assert_eq!(config.layer_norm_eps, 1e-12);
    assert_eq!(config.pad_token_id, Some(0));
    assert_eq!(config.head_size(), 64);
}

#[test]
fn unknown_keys_survive_a_round_trip() {
    let config = parse(r#"{"hidden_size": 24, "use_cache": true, "gradient": {"a": [1, 2]}}"#);
    let written: Value = serde_json::from_str(&config.unwrap().to_json()).unwrap();
    assert_eq!(written["use_cache"], true);
    assert_eq!(written["gradient"]["a"][1], 2);
    assert_eq!(written["hidden_size"], 24);
}

#[test]
fn labels_are_written_as_transformers_reads_them() {
    let mut config = BertConfig::default();
    config.set_labels(&["not_equivalent", "equivalent"]);
    config.problem_type = Some(ProblemType::SingleLabelClassification);
    let written: Value = serde_json::from_str(&config.to_json()).unwrap();
    assert_eq!(written["id2label"]["1"], "equivalent");
    assert_eq!(written["label2id"]["not_equivalent"], 0);
    assert_eq!(written["problem_type"], "single_label_classification");
    assert_eq!(parse(&config.to_json()).unwrap(), config);
}

#[test]
fn every_activation_name_is_known() {
    for name in [
        "gelu",
        "gelu_new",
        "gelu_pytorch_tanh",
        "relu",
        "silu",
        "swish",
        "tanh",
        "gelu_python",
        "gelu_python_tanh",
        "gelu_fast",
        "gelu_accurate",
    ] {
        parse(&format!(r#"{{"hidden_act": "{name}"}}"#)).unwrap();
    }
    let message = parse(r#"{"hidden_act": "mish"}"#).unwrap_err().to_string();
    assert!(
        message.contains("mish") && message.contains("gelu_new"),
        "{message}"
    );
}

#[test]
fn what_makes_no_model_is_named() {
    for (text, expected) in [
        (
            r#"{"hidden_size": 770}"#,
            "hidden_size 770 is not divisible by num_attention_heads 12",
        ),
        (r#"{"vocab_size": 0}"#, "vocab_size is 0"),
        (r#"{"num_attention_heads": 0}"#, "num_attention_heads is 0"),
        (
            r#"{"hidden_dropout_prob": 1.0}"#,
            "hidden_dropout_prob is 1",
        ),
        (
            r#"{"hidden_dropout_prob": 0.999999999}"#,
            "hidden_dropout_prob is 0.999999999",
        ),
        (r#"{"layer_norm_eps": 0.0}"#, "layer_norm_eps is 0"),
        (r#"{"pad_token_id": 30522}"#, "pad_token_id 30522"),
        (r#"{"model_type": "roberta"}"#, "model_type is `roberta`"),
        (r#"{"id2label": {"1": "a", "2": "b"}}"#, "without a gap"),
        (
            r#"{"position_embedding_type": "relative_key"}"#,
            "relative_key",
        ),
        (r#"{"hidden_size": "#, "line 1"),
        (r#"{"hidden_size": 768.5}"#, "column 21: hidden_size: "),
        (r#"{"vocab_size": null}"#, "vocab_size: invalid type: null"),
        (r#"{"vocab_size": -1}"#, "vocab_size: invalid value"),
        (
            r#"{"pad_token_id": -30523}"#,
            "pad_token_id -30523 is outside",
        ),
        (
            r#"{"id2label": {"one": "a"}}"#,
            "the id is one; it must be a number",
        ),
        (r#"{"id2label": {"0": null}}"#, "the name of id 0 is null"),
        (r#"{"label2id": {"a": "b"}}"#, "the id of a is \"b\""),
        (r#"{"num_labels": 0}"#, "num_labels is 0"),
        (
            r#"{"num_labels": 99999999999}"#,
            "num_labels is 99999999999",
        ),
        (
            r#"{"num_hidden_layers": 1000000000}"#,
            "num_hidden_layers is",
        ),
        (r#"{"vocab_size": 18446744073709551615}"#, "parameters"),
        (r#"{"hidden_size": 12884901888}"#, "parameters"),
    ] {
        let message = parse(text).unwrap_err().to_string();
        assert!(message.contains(expected), "{text}: {message}");
        assert!(message.contains("config.json"), "{text}: {message}");
    }
}

#[test]
fn a_folder_without_configuration_says_what_was_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    let message = BertConfig::from_folder(folder.path())
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("config.json or bert_config.json"),
        "{message}"
    );
    let missing = folder.path().join("nowhere");
    let message = BertConfig::from_folder(&missing).unwrap_err().to_string();
    assert!(
        message.contains("no model folder") && message.contains("nowhere"),
        "{message}"
    );
}

#[test]
fn keys_that_make_another_model_are_refused_by_name() {
    for (text, expected) in [
        (r#"{"is_decoder": true}"#, "is_decoder is true: "),
        (
            r#"{"add_cross_attention": true}"#,
            "add_cross_attention is true: ",
        ),
        (
            r#"{"pruned_heads": {"0": [1, 2]}}"#,
            r#"pruned_heads is {"0":[1,2]}: "#,
        ),
        (
            r#"{"quantization_config": {"load_in_8bit": true}}"#,
            "quantization_config is ",
        ),
        (
            r#"{"compression_config": {"format": "dense"}}"#,
            "compression_config is ",
        ),
        (
            r#"{"per_layer_config": {"0": {"hidden_size": 8}}}"#,
            "per_layer_config is ",
        ),
        (
            r#"{"auto_map": {"AutoModel": "modeling.MyBert"}}"#,
            "auto_map is ",
        ),
        (
            r#"{"position_embedding_type": "relative_key_query"}"#,
            "relative_key_query",
        ),
        (
            r#"{"problem_type": "ranking"}"#,
            "problem_type: unknown variant `ranking`",
        ),
    ] {
        let message = parse(text).unwrap_err().to_string();
        assert!(message.contains(expected), "{text}: {message}");
        assert!(message.contains("config.json"), "{text}: {message}");
    }
}

#[test]
fn keys_that_change_nothing_are_kept() {
    let text = r#"{"is_decoder": false, "add_cross_attention": null, "pruned_heads": {"0": []},
        "quantization_config": null, "auto_map": {"AutoConfig": "configuration.My"},
        "torch_dtype": "float16", "use_return_dict": true, "output_attentions": true,
        "use_cache": true, "gradient_checkpointing": true, "chunk_size_feed_forward": 4,
        "is_encoder_decoder": false, "directionality": "bidi", "pooler_type": "first_token"}"#;
    let written: Value = serde_json::from_str(&parse(text).unwrap().to_json()).unwrap();
    let original: Value = serde_json::from_str(text).unwrap();
    for (key, value) in original.as_object().unwrap() {
        assert_eq!(written[key], *value, "{key}");
    }
}

#[test]
fn null_is_as_good_as_no_key() {
    let text = r#"{"architectures": null, "model_type": null, "position_embedding_type": null,
        "classifier_dropout": null, "id2label": null, "label2id": null, "problem_type": null,
        "num_labels": null}"#;
    assert_eq!(parse(text).unwrap(), BertConfig::default());
}

#[test]
fn padding_may_have_no_id_or_count_from_the_end() {
    let padding = |id: &str| {
        let config = parse(&format!(r#"{{"pad_token_id": {id}}}"#)).unwrap();
        let written: Value = serde_json::from_str(&config.to_json()).unwrap();
        assert_eq!(written["pad_token_id"].to_string(), id);
        config.padding_idx()
    };
    assert_eq!(padding("null"), None);
    assert_eq!(padding("-1"), Some(30521));
    assert_eq!(padding("7"), Some(7));
}

#[test]
fn labels_come_in_every_form_that_transformers_take() {
    let config = parse(
        r#"{"id2label": {" 1": 5, "0": "no", "02": true},
            "label2id": {"no": "0", "5": 1.0, "true": 2}}"#,
    );
    let config = config.unwrap();
    let names: Vec<_> = (0..4).map(|label| config.label_name(label)).collect();
    assert_eq!(names, ["no", "5", "true", "LABEL_3"]);
    let ids: Vec<_> = config.label2id.unwrap().into_values().collect();
    assert_eq!(ids, [1, 0, 2]);
}

#[test]
fn a_bare_number_of_labels_names_them() {
    let config = parse(r#"{"num_labels": 3}"#).unwrap();
    assert_eq!(config.id2label.as_ref().unwrap()[&2], "LABEL_2");
    assert_eq!(config.label2id.as_ref().unwrap()["LABEL_1"], 1);
    assert!(!config.to_json().contains("num_labels"));
    // Names count more than their number, as in transformers.
    let config = parse(r#"{"num_labels": 3, "id2label": {"0": "a", "1": "b"}}"#).unwrap();
    assert_eq!(config.id2label.unwrap().len(), 2);
    assert!(parse(r#"{"id2label": {}}"#).unwrap().id2label.is_none());
}

#[test]
fn files_of_windows_and_of_downloads_are_read_or_told_by_name() {
    let config = parse(&format!("\u{feff}{GOOGLE}")).unwrap();
    assert_eq!(config.hidden_size, 256);
    assert_eq!(
        parse(r#"{"hidden_size": 24, "hidden_size": 48}"#)
            .unwrap()
            .hidden_size,
        48
    );

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.json");
    let utf16 = [0xfeff].into_iter().chain(GOOGLE.encode_utf16());
    for (content, expected) in [
        (
            utf16.flat_map(u16::to_le_bytes).collect(),
            "UTF-16; save it as UTF-8",
        ),
        (
            b"version https://git-lfs.github.com/spec/v1\noid".to_vec(),
            "Git LFS pointer",
        ),
        (b"<!DOCTYPE html><html>".to_vec(), "HTML page"),
        (Vec::new(), "it is empty"),
    ] {
        std::fs::write(&path, content).unwrap();
        let message = BertConfig::from_file(&path).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
        assert!(message.contains("config.json"), "{message}");
    }
}

#[test]
fn labels_mean_what_is_said_of_them() {
    use ProblemType::*;
    for (text, problem) in [
        ("{}", SingleLabelClassification),
        (
            r#"{"problem_type": null, "num_labels": 3}"#,
            SingleLabelClassification,
        ),
        (r#"{"num_labels": 1}"#, Regression),
        (
            r#"{"problem_type": "regression", "num_labels": 1}"#,
            Regression,
        ),
        (
            r#"{"problem_type": "multi_label_classification"}"#,
            MultiLabelClassification,
        ),
        (
            r#"{"problem_type": "multi_label_classification", "num_labels": 1}"#,
            MultiLabelClassification,
        ),
    ] {
        let config = parse(text).unwrap();
        assert_eq!(config.problem(), problem, "{text}");
        config.check_problem().unwrap();
    }
    for (text, expected) in [
        (r#"{"problem_type": "regression"}"#, "there are 2 labels"),
        (
            r#"{"problem_type": "single_label_classification", "id2label": {"0": "a"}}"#,
            "there is 1 label",
        ),
    ] {
        let message = parse(text)
            .unwrap()
            .check_problem()
            .unwrap_err()
            .to_string();
        assert!(message.contains(expected), "{text}: {message}");
    }
}

#[test]
fn a_classifier_of_tokens_is_none_of_texts() {
    let config = parse(r#"{"architectures": ["BertForTokenClassification"]}"#).unwrap();
    let message = config.check_classifies_texts().unwrap_err().to_string();
    assert!(
        message.contains("architectures is BertForTokenClassification"),
        "{message}"
    );
    let other = parse(r#"{"architectures": ["BertForMaskedLM"]}"#).unwrap();
    other.check_classifies_texts().unwrap();
}

#[test]
fn a_threshold_is_kept_and_read() {
    let mut config = BertConfig::default();
    assert_eq!(config.threshold(), 0.5);
    config.set_threshold(0.375);
    let read: BertConfig = serde_json::from_str(&config.to_json()).unwrap();
    assert_eq!(read.threshold(), 0.375);
    assert_eq!(parse(r#"{"threshold": 7}"#).unwrap().threshold(), 0.5);
}

#[test]
fn a_crf_is_kept_and_read() {
    let mut config = BertConfig::default();
    assert!(!config.crf());
    config.set_crf(true);
    let read: BertConfig = serde_json::from_str(&config.to_json()).unwrap();
    assert!(read.crf());
    config.set_crf(false);
    assert_eq!(config, BertConfig::default());
}

#[test]
fn a_classifier_of_texts_is_none_of_tokens() {
    let config = parse(r#"{"architectures": ["BertForSequenceClassification"]}"#).unwrap();
    let message = config.check_classifies_tokens().unwrap_err().to_string();
    assert!(
        message.contains("architectures is BertForSequenceClassification"),
        "{message}"
    );
    let tokens = parse(r#"{"architectures": ["BertForTokenClassification"]}"#).unwrap();
    tokens.check_classifies_tokens().unwrap();
    BertConfig::default().check_classifies_tokens().unwrap();
}
