"""Writes metrics.json: what scikit-learn and scipy make of predictions and labels, odd ones among them.

    pip install numpy==2.4.6 scikit-learn==1.9.1 scipy==1.17.1
    python docs/parity/make_metrics.py

A score that they leave undefined is null.
"""

import json
import warnings
from pathlib import Path

import numpy as np
from scipy import stats
from sklearn import metrics

OUTPUT = Path(__file__).resolve().parents[2] / "bert-tasks/tests/fixtures/metrics.json"
AVERAGES = ["micro", "macro", "weighted"]


def averages(labels, predictions, average):
    scores = metrics.precision_recall_fscore_support(labels, predictions, average=average, zero_division=0)
    return dict(zip(["precision", "recall", "f1"], map(float, scores)))


def by_class(labels, predictions, classes):
    columns = metrics.precision_recall_fscore_support(labels, predictions, labels=range(classes), zero_division=0)
    return [
        {"precision": float(precision), "recall": float(recall), "f1": float(f1), "support": int(support)}
        for precision, recall, f1, support in zip(*columns)
    ]


def classification(name, predictions, labels, classes):
    predictions, labels = np.asarray(predictions), np.asarray(labels)
    return {
        "name": name,
        "classes": classes,
        "predictions": predictions.tolist(),
        "labels": labels.tolist(),
        "accuracy": float(metrics.accuracy_score(labels, predictions)),
        "matthews": float(metrics.matthews_corrcoef(labels, predictions)),
        "binary": averages(labels, predictions, "binary") if classes == 2 else None,
        "averages": [averages(labels, predictions, average) for average in AVERAGES],
        "by_class": by_class(labels, predictions, classes),
    }


def classification_cases(rng):
    yield classification("one row, right", [1], [1], 2)
    yield classification("one row, wrong", [0], [1], 2)
    yield classification("one class only", [0] * 5, [0] * 5, 2)
    yield classification("all wrong", [0, 1, 0, 1], [1, 0, 1, 0], 2)
    yield classification("majority", [1] * 9, [1, 1, 0, 1, 1, 0, 1, 1, 1], 2)
    yield classification("labels of one class", [0, 1, 0, 2], [1, 1, 1, 1], 3)
    yield classification("a class never predicted", [0, 0, 1, 1, 0], [0, 1, 2, 2, 1], 3)
    yield classification("a class never a label", [0, 2, 2, 1], [0, 1, 1, 0], 3)
    yield classification("a class that does not occur", [0, 3, 3, 1], [0, 1, 3, 3], 5)
    yield classification("as many classes as rows", range(12), [*range(1, 12), 0], 12)
    for number in range(32):
        classes = [2, 2, 3, 5, 20, 77][number % 6]
        rows = int(rng.integers(2, 90))
        labels = rng.choice(classes, size=rows, p=rng.dirichlet(np.ones(classes)))
        right = rng.random(rows) < rng.random()
        predictions = np.where(right, labels, rng.integers(classes, size=rows))
        yield classification(f"random {number}", predictions, labels, classes)


def sets(indicators):
    return [np.flatnonzero(row).tolist() for row in indicators]


def best_f1_micro(labels, scores):
    thresholds = np.unique(scores)
    f1 = [metrics.f1_score(labels, scores >= threshold, average="micro", zero_division=0) for threshold in thresholds]
    return float(max(f1))


def multilabel(name, scores, labels):
    scores, labels = np.asarray(scores, dtype=float), np.asarray(labels, dtype=int)
    predictions = (scores >= 0.5).astype(int)
    classes = labels.shape[1]
    return {
        "name": name,
        "classes": classes,
        "scores": scores.tolist(),
        "predictions": sets(predictions),
        "labels": sets(labels),
        "subset_accuracy": float(metrics.accuracy_score(labels, predictions)),
        "hamming_loss": float(metrics.hamming_loss(labels, predictions)),
        "f1_samples": averages(labels, predictions, "samples")["f1"],
        "averages": [averages(labels, predictions, average) for average in AVERAGES],
        "by_class": by_class(labels, predictions, classes),
        "average_precision_macro": float(metrics.average_precision_score(labels, scores, average="macro")),
        "average_precision_micro": float(metrics.average_precision_score(labels, scores, average="micro")),
        "best_f1_micro": best_f1_micro(labels, scores),
    }


def multilabel_cases(rng):
    scores = [[0.9, 0.2, 0.6], [0.4, 0.7, 0.1], [0.3, 0.8, 0.5]]
    yield multilabel("one row", scores[:1], [[1, 0, 0]])
    yield multilabel("one row without labels", scores[:1], [[0, 0, 0]])
    yield multilabel("no labels", scores, np.zeros((3, 3)))
    yield multilabel("all labels", scores, np.ones((3, 3)))
    yield multilabel("all right", scores, [[1, 0, 1], [0, 1, 0], [0, 1, 1]])
    yield multilabel("all wrong", scores, [[0, 1, 0], [1, 0, 1], [1, 0, 0]])
    yield multilabel("nothing predicted", np.full((4, 3), 0.25), [[1, 0, 0], [0, 0, 0], [0, 1, 0], [1, 1, 0]])
    yield multilabel("all scores equal", np.full((3, 3), 0.5), [[1, 0, 0], [0, 0, 1], [0, 0, 1]])
    yield multilabel("a class without a label", scores, [[1, 0, 0], [0, 1, 0], [1, 0, 0]])
    yield multilabel("two classes", [[0.1, 0.9], [0.9, 0.1]], [[1, 0], [0, 1]])
    for number in range(32):
        classes = [2, 4, 7, 28][number % 4]
        rows = int(rng.integers(2, 25 if classes < 28 else 9))
        labels = rng.random((rows, classes)) < rng.random(classes) * [0.1, 0.5, 0.9][number % 3]
        noise = rng.random((rows, classes))
        weight = rng.random()
        # Few digits make ties.
        scores = np.round(weight * labels + (1 - weight) * noise, 1 + number % 3)
        yield multilabel(f"random {number}", scores, labels)


def defined(value):
    return None if np.isnan(value) else float(value)


def regression(name, predictions, labels):
    predictions, labels = np.asarray(predictions, dtype=float), np.asarray(labels, dtype=float)
    several = len(labels) > 1
    return {
        "name": name,
        "predictions": predictions.tolist(),
        "labels": labels.tolist(),
        "pearson": defined(stats.pearsonr(predictions, labels).statistic) if several else None,
        "spearman": defined(stats.spearmanr(predictions, labels).statistic),
        "mse": float(metrics.mean_squared_error(labels, predictions)),
        "mae": float(metrics.mean_absolute_error(labels, predictions)),
        "r2": defined(metrics.r2_score(labels, predictions)),
    }


def regression_cases(rng):
    yield regression("one row", [1.5], [2.0])
    yield regression("two rows", [1.0, 3.0], [2.0, 2.5])
    yield regression("two rows the other way", [3.0, 1.0], [2.0, 2.5])
    yield regression("all right", [0.5, 2.0, 4.25], [0.5, 2.0, 4.25])
    yield regression("the other way", [3.0, 2.0, 1.0], [1.0, 2.0, 3.0])
    yield regression("constant predictions", [2.5] * 4, [0.0, 1.0, 4.0, 5.0])
    yield regression("constant labels", [0.0, 1.0, 4.0, 5.0], [2.5] * 4)
    yield regression("both constant, right", [2.5] * 4, [2.5] * 4)
    yield regression("both constant, wrong", [1.5] * 4, [2.5] * 4)
    yield regression("ties", [1, 1, 2, 2, 3, 1], [0, 1, 1, 1, 0, 2])
    yield regression("far from 0", [1e6 + 1, 1e6 + 2, 1e6 + 4], [1e6 + 1, 1e6 + 3, 1e6 + 2])
    for number in range(32):
        rows = int(rng.integers(2, 80))
        labels = np.round(rng.random(rows) * 5, number % 4)
        noise = rng.normal(2.5, 1.5, rows)
        weight = rng.random()
        predictions = np.round(weight * labels + (1 - weight) * noise, [0, 1, 6][number % 3])
        yield regression(f"random {number}", predictions, labels)


def main():
    # Of what is undefined, as some of the cases are.
    warnings.simplefilter("ignore")
    rng = np.random.default_rng(0)
    kinds = {"classification": classification_cases, "multilabel": multilabel_cases, "regression": regression_cases}
    with open(OUTPUT, "w", encoding="utf-8") as file:
        for number, (kind, cases) in enumerate(kinds.items()):
            lines = [json.dumps(case, separators=(",", ":"), allow_nan=False) for case in cases(rng)]
            file.write(("{" if number == 0 else ",\n") + f'"{kind}":[\n' + ",\n".join(lines) + "\n]")
        file.write("}\n")


if __name__ == "__main__":
    main()
