//! The card that every training leaves.

use std::fs;

use crate::common::{Case, command, text};

#[test]
fn every_training_leaves_a_card_without_paths_and_tokens() {
    let case = Case::new();
    let base = "---\nlicense: apache-2.0\nlanguage: [en]\ntags: [mine]\n---\n# Base\n";
    fs::write(case.path("model/README.md"), base).unwrap();
    let arguments = case.arguments(&["--seeds=2", "--num-train-epochs=1"]);
    let mut run = command("mrpc");
    run.args(arguments).env("HF_TOKEN", "hf_abcdefghij");
    let output = run.output().unwrap();
    let said = text(&output.stdout);
    assert!(output.status.success(), "{said}{}", text(&output.stderr));
    assert!(!case.path("out/README.md").exists());
    let home = case.path("");
    let host = fs::read_to_string(case.path("out/seed-42/events.jsonl")).unwrap();
    let host: serde_json::Value = serde_json::from_str(host.lines().next().unwrap()).unwrap();
    let host = host["environment"]["host"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    for seed in [42, 43] {
        let card = fs::read_to_string(case.path(&format!("out/seed-{seed}/README.md"))).unwrap();
        for part in [
            "---\nlanguage:\n- \"en\"\n",
            "license: \"apache-2.0\"\n",
            "pipeline_tag: \"text-classification\"\n",
            &format!("with seed {seed}, after epoch 1"),
            "| train\\_batch\\_size | 8 |",
            "For the task mrpc, on 24 examples",
        ] {
            assert!(card.contains(part), "{part} in {card}");
        }
        for private in [home.to_str().unwrap(), "hf_abcdefghij", "mine"] {
            assert!(!card.contains(private), "{private} in {card}");
        }
        assert!(host.len() < 3 || !card.contains(&host), "{host} in {card}");
        // Which model it began with, only a name would say.
        assert!(!card.contains("base_model:"), "{card}");
    }
}

#[test]
fn a_card_of_ones_own_stays() {
    let case = Case::new();
    let read = || fs::read_to_string(case.path("out/README.md")).unwrap();
    let train = |more: &[&str]| {
        let output = case.run(&[&["--max-steps=2"], more].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout) + &text(&output.stderr)
    };
    train(&[]);
    let first = read();
    train(&["--overwrite-output-dir", "--seed=7"]);
    assert!(first.contains("with seed 42") && read().contains("with seed 7"));
    for own in [
        read().replace("BERT for", "My BERT for"),
        "# Mine\n".to_owned(),
    ] {
        fs::write(case.path("out/README.md"), &own).unwrap();
        let said = train(&["--overwrite-output-dir"]);
        assert_eq!(read(), own);
        assert!(said.contains("README.md is somebody's own"), "{said}");
    }
    // Nor does a conversion touch one.
    let mut convert = command("convert");
    convert.arg("--from").arg(case.path("model"));
    convert
        .args(["--overwrite-output-dir", "--to"])
        .arg(case.path("out"));
    let output = convert.output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(read(), "# Mine\n");
}
