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
    assert_eq!(config.pad_token_id, 0);
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
