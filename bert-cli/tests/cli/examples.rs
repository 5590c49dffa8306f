//! The examples call what `bert` calls, and no more.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[test]
fn every_command_has_an_example_that_only_calls_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let names = |folder: &str| -> BTreeSet<String> {
        let files = fs::read_dir(root.join(folder)).unwrap().flatten();
        let names = files.filter_map(|file| {
            let name = file.file_name().into_string().ok()?;
            Some(name.strip_suffix(".rs")?.to_owned())
        });
        names
            .filter(|name| name != "mod" && name != "build")
            .collect()
    };
    let manifest = fs::read_to_string(root.join("examples/Cargo.toml")).unwrap();
    let commands = names("bert-cli/src/commands");
    assert_eq!(commands.len(), 18);
    for command in commands {
        let name = match command.as_str() {
            "watch" => "dashboard",
            same => same,
        };
        let path = root.join("examples").join(format!("{name}.rs"));
        let code = fs::read_to_string(&path).unwrap();
        let code: Vec<&str> = code
            .lines()
            .filter(|line| !line.starts_with("//!"))
            .collect();
        assert!(code.len() <= 12, "{}: {} lines", path.display(), code.len());
        let called = format!("use bert_cli::commands::{command}::");
        assert!(code.iter().any(|line| line.starts_with(&called)), "{name}");
        assert!(
            manifest.contains(&format!("path = \"{name}.rs\"")),
            "{name}"
        );
    }
}
