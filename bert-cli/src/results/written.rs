//! What is in an output folder at the end of a run.

use std::path::Path;

/// What a run may leave in its output folder, and what it is.
const FILES: [(&str, &str); 14] = [
    (
        "model.safetensors",
        "the best model; transformers opens the folder",
    ),
    ("README.md", "the model's card, for whoever gets the folder"),
    ("eval_results.json", "scores"),
    ("predictions.tsv", "predictions of the best model"),
    ("predictions.json", "answers of the best model"),
    (
        "nbest_predictions.json",
        "its best answers to each question",
    ),
    (
        "null_odds.json",
        "how sure it is that a question has no answer",
    ),
    (
        "out_of_fold.csv",
        "predictions of each row by the model that has not learned from it",
    ),
    ("logits.tsv", "their logits"),
    ("report.html", "the run to look at"),
    ("run.toml", "its flags; bert train --config does it again"),
    ("events.jsonl", "everything that happened"),
    ("log.txt", "what was printed behind the dashboard"),
    ("tensorboard", "event files of TensorBoard"),
];

/// The paths of what was written into `folder`, or into its folders of several seeds or folds.
pub(super) fn written(folder: &Path) -> String {
    let files = FILES.iter().filter_map(|(name, what)| {
        let path = folder.join(name);
        path.exists().then_some((path, *what))
    });
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut folders: Vec<_> = entries
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let what = match name.split_once('-')? {
                ("checkpoint", _) => "to go on from",
                ("seed", _) => "the same of one seed",
                ("fold", _) => "the same of one fold",
                _ => return None,
            };
            Some((entry.path(), what))
        })
        .collect();
    folders.sort();
    let rows = files.chain(folders).map(|(path, what)| {
        let path = path.display().to_string();
        format!("  {path:<44}  {what}\n")
    });
    format!("written:\n{}", rows.collect::<String>().trim_end())
}
