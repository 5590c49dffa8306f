"""Any table of texts with labels as Hugging Face features, and its scores: shared by the scripts in this folder.

A table is CSV, TSV without quoting or JSON lines, by its ending. What its labels are is told as this project tells it:
lists are several classes, anything else is one class, or a number where that is asked for.
"""

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

KINDS = {
    "single-label": "single_label_classification",
    "multi-label": "multi_label_classification",
    "regression": "regression",
}
# The first decides which epoch is the best.
METRICS = {
    "single-label": ("accuracy", "f1_macro"),
    "multi-label": ("f1_micro", "subset_accuracy"),
    "regression": ("mse", "pearson", "spearman"),
}


def read_table(path: Path) -> list[dict]:
    """A row a dictionary, by the names of its columns."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        match path.suffix:
            case ".csv":
                return list(csv.DictReader(file))
            case ".tsv":  # quotes are text
                return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
            case ".jsonl":
                return [json.loads(line) for line in file if line.strip()]
    raise SystemExit(f"{path}: a table ends in .csv, .tsv or .jsonl")


@dataclass
class Labels:
    kind: str
    names: list[str]

    @classmethod
    def of(cls, cells: list, kind: str | None) -> "Labels":
        """Those of a training split; the names are sorted, as this project's are."""
        if kind is None:
            kind = "multi-label" if any(isinstance(cell, list) for cell in cells) else "single-label"
        match kind:
            case "regression":
                names = ["LABEL_0"]
            case "multi-label":
                names = sorted({name for cell in cells for name in cell})
            case _:
                names = sorted(set(map(str, cells)))
        return cls(kind, names)

    def encode(self, cell) -> int | float | list[float]:
        match self.kind:
            case "regression":
                return float(cell)
            case "multi-label":
                return [float(name in cell) for name in self.names]
            case _:
                return self.names.index(str(cell))

    def model(self) -> dict:
        """What the model's configuration says of them."""
        return {
            "num_labels": len(self.names),
            "problem_type": KINDS[self.kind],
            "id2label": dict(enumerate(self.names)),
            "label2id": {name: label for label, name in enumerate(self.names)},
        }

    def scores(self, logits: np.ndarray, labels: np.ndarray) -> dict[str, float]:
        match self.kind:
            case "regression":
                return regression(logits.reshape(-1).astype(float), labels.reshape(-1).astype(float))
            case "multi-label":
                return several_classes(logits >= 0, labels > 0.5)  # where the sigmoid reaches 0.5
            case _:
                return one_class(logits.argmax(axis=-1), labels)


def encode(tokenizer, rows: list[dict], columns: tuple[str, str | None, str], labels: Labels, max_length: int) -> list[dict]:
    """Unpadded features: padding is the collator's, to the longest of its batch."""
    text, pair, label = columns
    texts = [[row[column] for row in rows] for column in (text, pair) if column]
    encoded = tokenizer(*texts, truncation="longest_first", max_length=max_length, padding=False)
    return [
        {**{name: values[i] for name, values in encoded.items()}, "labels": labels.encode(row[label])}
        for i, row in enumerate(rows)
    ]


def one_class(predictions: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """As scikit-learn has them: a class that is in neither does not count in the mean."""
    f1 = []
    for name in np.union1d(predictions, labels):
        right = ((predictions == name) & (labels == name)).sum()
        f1.append(2 * right / ((predictions == name).sum() + (labels == name).sum()))
    return {"accuracy": float((predictions == labels).mean()), "f1_macro": float(np.mean(f1))}


def several_classes(predictions: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    positives = int(predictions.sum()) + int(labels.sum())
    return {
        "f1_micro": 2 * int((predictions & labels).sum()) / positives if positives else 0.0,
        "subset_accuracy": float((predictions == labels).all(axis=1).mean()),
    }


def regression(predictions: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    return {
        "mse": float(((predictions - labels) ** 2).mean()),
        "pearson": float(np.corrcoef(predictions, labels)[0, 1]),
        "spearman": float(np.corrcoef(ranks(predictions), ranks(labels))[0, 1]),
    }


def ranks(values: np.ndarray) -> np.ndarray:
    """Equal values share the mean of their ranks."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[place]
