"""Compares `bert predict` with the text classification pipeline of transformers on the same folders.

    pip install -r docs/parity/requirements.txt
    python docs/parity/check_text_classification.py --bert target/release/bert
    python docs/parity/check_text_classification.py --bert target/release/bert --model OUT --file texts.csv

Without --model the folders are tiny random ones that transformers saves, one for each meaning of the scores. With it,
the folder is one that `bert train --task classify` saved. Exits with 1 if a weight is missing, left over or of another
shape, if a label differs, or a score by more than --tolerance.
"""

import argparse
import csv
import json
import subprocess
import tempfile
from pathlib import Path

import torch
from transformers import BertForSequenceClassification, BertTokenizerFast, pipeline
from transformers.utils import logging

from check_saved_folder import load_folder
from table_data import read_table

TINY_BERT = Path(__file__).parents[2] / "bert-core/tests/fixtures/tiny-bert"
NAMES = ["no", "maybe, so", "yes ✓"]
# What the model's configuration says of the labels.
KINDS = {
    "softmax": {"problem_type": "single_label_classification", "names": NAMES},
    "softmax, by the number of labels": {"problem_type": None, "names": NAMES},
    "sigmoid": {"problem_type": "multi_label_classification", "names": NAMES},
    "sigmoid, of one label": {"problem_type": "multi_label_classification", "names": ["yes"]},
    "sigmoid, by the number of labels": {"problem_type": None, "names": ["yes"]},
    "none": {"problem_type": "regression", "names": ["LABEL_0"]},
}
WORDS = (TINY_BERT / "vocab.txt").read_text("utf-8").split()[-26:]
TEXTS = [
    *(f"The {first} of {second}, \"{first}ing\"?" for first, second in zip(WORDS, reversed(WORDS))),
    "résumé 東京 \t É!",
    " ".join(WORDS * 4),  # longer than the model
]


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bert", type=Path, required=True, help="the program")
    parser.add_argument("--model", type=Path, help="a saved folder")
    parser.add_argument("--file", type=Path, help="texts for it: .csv, .tsv (no quoting) or .jsonl")
    parser.add_argument("--text-column", default="text")
    parser.add_argument("--text-pair-column", help="the second text of pairs")
    parser.add_argument("--max-rows", type=int, default=200, help="at most so many rows, evenly spaced")
    parser.add_argument("--tolerance", type=float, default=1e-4)
    args = parser.parse_args()
    if (args.model is None) != (args.file is None):
        parser.error("--model and --file come together")
    return args


def predict(bert: Path, folder: Path, rows: list[dict[str, str]]) -> list[dict]:
    """What the program makes of a table with these rows."""
    with tempfile.TemporaryDirectory() as work:
        texts, output = Path(work, "texts.csv"), Path(work, "out.jsonl")
        with open(texts, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        columns = [f"--{name.replace('_', '-')}-column={name}" for name in rows[0]]
        files = ["--model", folder, "--file", texts, "--output", output]
        subprocess.run([bert, "predict", *files, *columns, "--all-probabilities"], check=True)
        with open(output, encoding="utf-8") as file:
            return [json.loads(line) for line in file]


def classify(folder: Path, rows: list[dict[str, str]]) -> tuple[list[dict[str, float]], dict]:
    """The score of every label of each row, in the order of the labels, and the model's configuration."""
    model, tokenizer = load_folder(folder)
    config = model.config
    classifier = pipeline("text-classification", model=model, tokenizer=tokenizer, device="cpu")
    options = {"top_k": None, "truncation": True, "max_length": config.max_position_embeddings}
    order = [config.id2label[label] for label in range(config.num_labels)]
    found = [{one["label"]: one["score"] for one in scores} for scores in classifier(rows, **options)]
    return [{name: scores[name] for name in order} for scores in found], config


def expected(scores: dict[str, float], config) -> dict:
    """A row of the program's output for these scores, without the texts."""
    if config.num_labels == 1 and config.problem_type != "multi_label_classification":
        return {"prediction": scores[config.id2label[0]]}
    if config.problem_type == "multi_label_classification":
        prediction = [name for name, score in scores.items() if score >= getattr(config, "threshold", 0.5)]
        probability = [scores[name] for name in prediction]
    else:
        prediction = max(scores, key=scores.get)
        probability = scores[prediction]
    every = {f"probability_{name}": score for name, score in scores.items()}
    return {"prediction": prediction, "probability": probability, **every}


def difference(ours, theirs) -> float:
    """Between two values of a row; infinite where they are not of a kind, names that differ, or not finite."""
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        return max(map(difference, ours, theirs), default=0.0)
    if isinstance(ours, (int, float)) and isinstance(theirs, (int, float)):
        return apart if (apart := abs(ours - theirs)) == apart else float("inf")
    return 0.0 if ours == theirs else float("inf")


def check(what: str, bert: Path, folder: Path, rows: list[dict[str, str]], tolerance: float) -> bool:
    ours = predict(bert, folder, rows)
    scores, config = classify(folder, rows)
    if len(ours) != len(rows):
        raise SystemExit(f"{what}: {len(rows)} rows went in and {len(ours)} came out")
    worst, faults = 0.0, 0
    for row, our, their in zip(rows, ours, (expected(row, config) for row in scores)):
        our = {name: value for name, value in our.items() if name not in row}
        same = list(our) == list(their)
        apart = max(difference(our[name], their[name]) for name in their) if same else float("inf")
        if apart > tolerance:
            faults += 1
            print(f"  {row}\n    bert         {our}\n    transformers {their}")
        worst = max(worst, apart)
    print(f"{what}: {len(rows) - faults} of {len(rows)} rows equal, largest difference {worst:.2e}, tolerance {tolerance:.0e}")
    return faults == 0


def save_tiny(folder: Path, problem_type: str | None, names: list[str]) -> None:
    """A model whose scores lie around 0, for every label to win somewhere."""
    model = BertForSequenceClassification.from_pretrained(
        TINY_BERT,
        problem_type=problem_type,
        id2label=dict(enumerate(names)),
        label2id={name: label for label, name in enumerate(names)},
        ignore_mismatched_sizes=True,
    )
    tokenizer = BertTokenizerFast(str(TINY_BERT / "vocab.txt"))
    inputs = tokenizer(TEXTS, padding=True, truncation=True, max_length=model.config.max_position_embeddings, return_tensors="pt")
    with torch.no_grad():
        torch.nn.init.normal_(model.classifier.weight, generator=torch.Generator().manual_seed(42))
        logits = model.eval()(**inputs).logits
        model.classifier.weight *= (2 / logits.std(dim=0))[:, None]
        model.classifier.bias -= model(**inputs).logits.mean(dim=0)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def check_tiny(bert: Path, tolerance: float) -> bool:
    singles = [{"text": text} for text in TEXTS]
    pairs = [{"text": one, "text_pair": other} for one, other in zip(TEXTS, reversed(TEXTS))]
    passed = []
    for what, kind in KINDS.items():
        with tempfile.TemporaryDirectory() as folder:
            save_tiny(Path(folder), **kind)
            passed += [check(f"{what}: texts", bert, Path(folder), singles, tolerance)]
            passed += [check(f"{what}: pairs", bert, Path(folder), pairs, tolerance)]
    return all(passed)


def check_folder(args: argparse.Namespace) -> bool:
    columns = {"text": args.text_column, "text_pair": args.text_pair_column}
    table = read_table(args.file)
    table = table[:: -(-len(table) // args.max_rows)]
    rows = [{name: row[column] for name, column in columns.items() if column} for row in table]
    return check(str(args.model), args.bert, args.model, rows, args.tolerance)


def main() -> None:
    args = parse_args()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    passed = check_folder(args) if args.model else check_tiny(args.bert, args.tolerance)
    if not passed:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
