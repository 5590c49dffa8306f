//! What is read of a folder, and what is refused.

use std::fs;

use super::*;
use crate::embedding::{Activation, PoolingMode};

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    dir
}

fn modules(kinds: &[(&str, &str)]) -> String {
    let entry = |(path, kind): &(&str, &str)| {
        format!(r#"{{"idx": 0, "name": "x", "path": "{path}", "type": "{kind}"}}"#)
    };
    let entries: Vec<String> = kinds.iter().map(entry).collect();
    format!("[{}]", entries.join(","))
}

const TRANSFORMER_MODULE: (&str, &str) = ("", "sentence_transformers.models.Transformer");
const POOLING_MODULE: (&str, &str) = ("1_Pooling", "sentence_transformers.models.Pooling");

fn pooling_of(settings: &str) -> Result<Pooling, ModulesError> {
    let list = modules(&[TRANSFORMER_MODULE, POOLING_MODULE]);
    let dir = folder(&[("modules.json", &list), ("1_Pooling/config.json", settings)]);
    EmbeddingConfig::from_folder(dir.path()).map(|config| config.pooling)
}

fn error_of(kinds: &[(&str, &str)]) -> String {
    let list = modules(kinds);
    let dir = folder(&[("modules.json", &list), ("1_Pooling/config.json", "{}")]);
    let error = EmbeddingConfig::from_folder(dir.path()).unwrap_err();
    let message = error.to_string();
    let file = dir.path().join("modules.json");
    assert!(
        message.starts_with(&file.display().to_string()),
        "{message}"
    );
    message
}

#[test]
fn a_folder_that_says_nothing_takes_the_mean() {
    let dir = folder(&[("sentence_bert_config.json", r#"{"max_seq_length": 5}"#)]);
    let config = EmbeddingConfig::from_folder(dir.path()).unwrap();
    assert_eq!(config, EmbeddingConfig::default());
    assert_eq!(config.pooling.modes, [PoolingMode::Mean]);
    assert_eq!((config.dimension(3), config.is_normalized()), (3, false));
}

#[test]
fn old_and_new_files_say_the_same() {
    let old = r#"{"word_embedding_dimension": 8, "pooling_mode_cls_token": true,
        "pooling_mode_mean_tokens": false, "pooling_mode_max_tokens": true}"#;
    let new = r#"{"embedding_dimension": 8, "pooling_mode": ["cls", "max"]}"#;
    assert_eq!(pooling_of(old).unwrap(), pooling_of(new).unwrap());
    let one = r#"{"pooling_mode": "lasttoken", "include_prompt": false}"#;
    let one = pooling_of(one).unwrap();
    assert_eq!(
        (one.modes, one.include_prompt),
        (vec![PoolingMode::LastToken], false)
    );
    // A list has its own order, and nothing that is on is the mean.
    let list = pooling_of(r#"{"pooling_mode": ["mean", "cls"]}"#).unwrap();
    assert_eq!(list.modes, [PoolingMode::Mean, PoolingMode::Cls]);
    assert_eq!(pooling_of("{}").unwrap(), Pooling::default());
}

#[test]
fn a_wrong_pooling_is_told_with_its_file() {
    for (settings, expected) in [
        (r#"{"pooling_mode": "sum"}"#, "weightedmean and lasttoken"),
        (r#"{"pooling_mode": []}"#, "empty list"),
        ("[]", "line 1"),
        ("", "it is empty"),
    ] {
        let message = pooling_of(settings).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
        assert!(message.contains("1_Pooling"), "{message}");
    }
}

#[test]
fn all_that_a_folder_says_is_read() {
    let kinds = [
        (
            "0_Transformer",
            "sentence_transformers.base.modules.transformer.Transformer",
        ),
        (
            "1_Pooling",
            "sentence_transformers.sentence_transformer.modules.pooling.Pooling",
        ),
        ("2_Dense", "sentence_transformers.models.Dense"),
        ("3_Dropout", "sentence_transformers.models.Dropout"),
        ("4_Normalize", "sentence_transformers.models.Normalize"),
    ];
    let dense = r#"{"in_features": 8, "out_features": 3, "bias": false,
        "activation_function": "torch.nn.modules.linear.Identity"}"#;
    let dir = folder(&[
        ("modules.json", &modules(&kinds)),
        (
            "0_Transformer/sentence_bert_config.json",
            r#"{"max_seq_length": 7, "do_lower_case": true}"#,
        ),
        ("1_Pooling/config.json", r#"{"pooling_mode": "cls"}"#),
        ("2_Dense/config.json", dense),
        (
            "config_sentence_transformers.json",
            r#"{"prompts": {"query": "q: "}, "default_prompt_name": "query", "similarity_fn_name": "dot"}"#,
        ),
    ]);
    let config = EmbeddingConfig::from_folder(dir.path()).unwrap();
    assert_eq!(config.transformer, Path::new("0_Transformer"));
    assert_eq!(
        (config.max_seq_length, config.do_lower_case),
        (Some(7), true)
    );
    let EmbeddingModule::Dense(dense, path) = &config.modules[0] else {
        panic!("{:?}", config.modules);
    };
    assert_eq!(path, Path::new("2_Dense"));
    assert_eq!(
        (dense.bias, dense.activation_function),
        (false, Activation::Identity)
    );
    assert_eq!(config.modules[1..], [EmbeddingModule::Normalize]);
    assert_eq!((config.dimension(8), config.is_normalized()), (3, true));
    assert_eq!(config.similarity, Similarity::Dot);
    assert_eq!(config.prompt("query").unwrap(), "q: ");
    assert_eq!(config.query_prompt(), "q: ");
    // No prompt of its own: the default.
    assert_eq!(config.document_prompt(), "q: ");
    assert_eq!(EmbeddingConfig::default().document_prompt(), "");
    let message = config.prompt("document").unwrap_err().to_string();
    assert_eq!(
        message,
        "the model has no prompt \"document\"; it has query"
    );
}

#[test]
fn what_is_not_computed_here_is_refused() {
    let normalize = ("2", "sentence_transformers.models.Normalize");
    for (kinds, expected) in [
        (vec![], "it has no Pooling"),
        (vec![TRANSFORMER_MODULE], "it has no Pooling"),
        (vec![POOLING_MODULE], "a Pooling where a Transformer comes"),
        (
            vec![TRANSFORMER_MODULE, normalize],
            "a Normalize where a Pooling comes",
        ),
        (
            vec![TRANSFORMER_MODULE, POOLING_MODULE, POOLING_MODULE],
            "a Pooling behind the Pooling",
        ),
        (
            vec![("", "sentence_transformers.models.StaticEmbedding")],
            "a StaticEmbedding where a Transformer comes",
        ),
        (
            vec![("", "custom_st.Transformer")],
            "custom_st.Transformer, which is not of",
        ),
        (
            vec![("../x", TRANSFORMER_MODULE.1)],
            "leads out of the folder",
        ),
        (
            vec![("/x", TRANSFORMER_MODULE.1)],
            "leads out of the folder",
        ),
        (
            vec![TRANSFORMER_MODULE, ("a/../../x", POOLING_MODULE.1)],
            "leads out of the folder",
        ),
    ] {
        let message = error_of(&kinds);
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn a_module_on_other_than_vectors_is_refused() {
    let kinds = [
        TRANSFORMER_MODULE,
        POOLING_MODULE,
        ("2", "sentence_transformers.models.Normalize"),
    ];
    let dir = folder(&[
        ("modules.json", &modules(&kinds)),
        ("1_Pooling/config.json", "{}"),
        (
            "2/config.json",
            r#"{"module_input_name": "token_embeddings"}"#,
        ),
    ]);
    let message = EmbeddingConfig::from_folder(dir.path())
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("it is on \"token_embeddings\""),
        "{message}"
    );
    fs::write(
        dir.path().join("sentence_bert_config.json"),
        r#"{"transformer_task": "fill-mask"}"#,
    )
    .unwrap();
    let message = EmbeddingConfig::from_folder(dir.path())
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("transformer_task is \"fill-mask\""),
        "{message}"
    );
}
