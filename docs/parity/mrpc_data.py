"""GLUE MRPC as Hugging Face features, and its two scores: shared by the scripts in this folder."""

import csv
from pathlib import Path

ROWS = {"train": 3668, "dev": 408}
LABEL, SENTENCE_1, SENTENCE_2 = 0, 3, 4


def read_split(data_dir: Path, split: str) -> list[tuple[int, str, str]]:
    """(label, first sentence, second sentence) per row; quotes are text, so csv must not interpret them."""
    with open(data_dir / f"{split}.tsv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
    if len(rows) != ROWS[split]:
        raise SystemExit(f"{split}.tsv has {len(rows)} rows, MRPC has {ROWS[split]}")
    return [(int(row[LABEL]), row[SENTENCE_1], row[SENTENCE_2]) for row in rows]


def encode_split(tokenizer, rows, max_length: int) -> list[dict]:
    """Unpadded features: padding is the collator's, to the longest of its batch."""
    labels, first, second = zip(*rows)
    encoded = tokenizer(list(first), list(second), truncation="longest_first", max_length=max_length, padding=False)
    return [
        {**{name: values[i] for name, values in encoded.items()}, "labels": label} for i, label in enumerate(labels)
    ]


def accuracy_and_f1(predictions, labels) -> dict[str, float]:
    """Over the whole split; F1 of class 1."""
    true_positives = int(((predictions == 1) & (labels == 1)).sum())
    positives = int((predictions == 1).sum()) + int((labels == 1).sum())
    return {
        "accuracy": float((predictions == labels).mean()),
        "f1": 2 * true_positives / positives if positives else 0.0,
    }
