use bert_core::config::BertConfig;
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn card() -> ModelCard {
    let mut config = BertConfig::default();
    config.set_labels(&["no", "yes"]);
    ModelCard {
        architecture: "BertForSequenceClassification".to_owned(),
        task: "mrpc".to_owned(),
        config,
        base: BaseModel {
            name: Some("google-bert/bert-base-uncased".to_owned()),
            commit: Some("86b5e0934494".to_owned()),
            license: Some("apache-2.0".to_owned()),
            languages: vec!["en".to_owned()],
        },
        datasets: vec!["nyu-mll/glue".to_owned()],
        arguments: json!({"learning_rate": 2e-5, "max_steps": null, "seed": 42}),
        environment: Environment {
            host: "my-machine".to_owned(),
            pid: 4711,
            ..Environment::of("flex on the CPU")
        },
        scores: vec![
            ("accuracy".to_owned(), 0.875),
            ("loss".to_owned(), 0.5),
            ("mse".to_owned(), 1e-7),
        ],
        best: (2, 46),
        examples: (400, 100),
        seed: 42,
    }
}

#[test]
fn a_card_says_what_the_hub_asks_for() {
    let text = card().to_text();
    let (metadata, rest) = text
        .strip_prefix("---\n")
        .unwrap()
        .split_once("---\n")
        .unwrap();
    for line in [
        "language:\n- \"en\"\n",
        "license: \"apache-2.0\"\n",
        "base_model: \"google-bert/bert-base-uncased\"\n",
        "datasets:\n- \"nyu-mll/glue\"\n",
        "metrics:\n- \"accuracy\"\n- \"loss\"\n- \"mse\"\n",
        // 1e-7 is a text in YAML 1.1.
        "      value: 0.0000001\n",
        "pipeline_tag: \"text-classification\"\n",
        "    - type: \"accuracy\"\n      value: 0.875\n",
    ] {
        assert!(metadata.contains(line), "{line} in {metadata}");
    }
    for part in [
        "with seed 42, after epoch 2 (step 46)",
        "| accuracy | 0.8750 |",
        "| learning\\_rate | 0.00002 |",
        "began with google-bert/bert-base-uncased at commit 86b5e0934494.",
        "Its 2 labels: no, yes.",
        "pipeline(\"text-classification\"",
        "bert predict --model DIR",
    ] {
        assert!(rest.contains(part), "{part} in {rest}");
    }
    assert!(
        !rest.contains("max_steps") && !rest.contains("null"),
        "{rest}"
    );
    for private in ["my-machine", "4711"] {
        assert!(!text.contains(private), "{private} in {text}");
    }
}

#[test]
fn a_crf_that_transformers_does_without_is_told() {
    let mut tagger = card();
    tagger.architecture = "BertForTokenClassification".to_owned();
    tagger.config.set_labels(&["B-PER", "O"]);
    let plain = tagger.to_text();
    for part in [
        "pipeline_tag: \"token-classification\"",
        "Its 2 labels: B-PER, O.",
        "bert tag --model DIR",
    ] {
        assert!(plain.contains(part), "{part} in {plain}");
    }
    assert!(!plain.contains("CRF"));
    tagger.config.set_crf(true);
    let with_crf = tagger.to_text();
    assert!(with_crf.contains("A CRF on top of it"), "{with_crf}");
}

#[test]
fn what_is_not_known_is_left_out() {
    let bare = ModelCard {
        base: BaseModel::default(),
        datasets: Vec::new(),
        scores: vec![("accuracy".to_owned(), f64::NAN)],
        ..card()
    };
    let text = bare.to_text();
    for key in [
        "license",
        "base_model:",
        "language:",
        "datasets:",
        "model-index",
        "metrics:",
    ] {
        assert!(!text.contains(key), "{key} in {text}");
    }
    for architecture in [
        "BertForNextSentencePrediction",
        "BertForQuestionAnswering",
        "BertForMultipleChoice",
        "BertForPreTraining",
        "MyHead",
    ] {
        let architecture = architecture.to_owned();
        let text = ModelCard {
            architecture: architecture.clone(),
            ..card()
        }
        .to_text();
        let is_known = text.contains("bert predict");
        assert_eq!(is_known, architecture != "MyHead", "{text}");
    }
}

#[test]
fn a_card_that_somebody_has_written_or_changed_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(CARD);
    assert!(card().write(folder.path()).unwrap());
    let other = ModelCard { seed: 7, ..card() };
    assert!(other.write(folder.path()).unwrap());
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(written.contains("with seed 7"));
    for own in [written.replace("seed 7", "seed 8"), "# Mine\n".to_owned()] {
        std::fs::write(&path, &own).unwrap();
        assert!(!card().write(folder.path()).unwrap());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), own);
    }
}

proptest! {
    /// Whatever a label is called, metadata end where they should, and no line begins anything.
    #[test]
    fn odd_names_stay_in_their_places(
        names in prop::collection::vec("(?s)[-|`#<>\\[\\]\"'\\\\:{}é中\u{1f600}\u{2028}\u{85}\n\r\t a]{1,12}", 2..5),
    ) {
        let mut odd = card();
        odd.config.set_labels(&names.iter().map(String::as_str).collect::<Vec<_>>());
        odd.base.name = Some(names[0].clone());
        odd.datasets = names.clone();
        odd.task = names[1].clone();
        odd.arguments = json!({"class_weights": {names[0].as_str(): 1.0}});
        let (plain, odd) = (card().to_text(), odd.to_text());
        let count = |text: &str, what: &str| text.lines().filter(|line| line.starts_with(what)).count();
        for what in ["---", "# ", "## ", "```", "license", "model-index", "<!--"] {
            prop_assert_eq!(count(&odd, what), count(&plain, what), "{}: {}", what, odd);
        }
        let breaks = ['\u{2028}', '\u{85}', '\r', '\t'];
        prop_assert!(!odd.contains(breaks), "{}", odd);
    }
}
