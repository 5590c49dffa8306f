"""Reference run: fine-tunes a model folder on sentences with tags, with the transformers Trainer.

Same recipe as `bert train --task ner`; see `reference_runs.py`. Words are encoded as in run_ner.py of transformers: the
first piece of a word has its tag, the others have none, and what is longer than --max-seq-length is cut. Scores are
seqeval's; the best epoch is that with the best F1 on the validation file.

    pip install -r docs/parity/requirements.txt seqeval==1.2.2
    python docs/parity/transformers_ner.py --model MODEL_FOLDER --train-file train.conll --validation-file dev.conll \
        --test-file test.conll --output-dir OUT

Files have a word a line, its tag in the last column, and a blank line between sentences. Prints a line a seed and a
table, and rewrites OUT/results.json after every seed.
"""

import argparse
from pathlib import Path

import numpy as np
from seqeval.metrics import accuracy_score, f1_score, precision_score, recall_score
from transformers import AutoModelForTokenClassification, AutoTokenizer, DataCollatorForTokenClassification

from reference_runs import Task, add_recipe_arguments, run_seeds

METRICS = ("f1", "precision", "recall", "accuracy")
IGNORED = -100
Sentence = tuple[list[str], list[str]]


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train-file", type=Path, required=True)
    parser.add_argument("--validation-file", type=Path, required=True)
    parser.add_argument("--test-file", type=Path, help="scored with the best model")
    add_recipe_arguments(parser)
    return parser.parse_args()


def read_sentences(path: Path) -> list[Sentence]:
    sentences, words, tags = [], [], []
    for line in [*path.read_text("utf-8").split("\n"), ""]:
        columns = line.rstrip().split("\t" if "\t" in line.rstrip() else None)
        if line.strip() and columns[0] != "-DOCSTART-":
            words.append(columns[0])
            tags.append(columns[-1])
        elif words:
            sentences.append((words, tags))
            words, tags = [], []
    return sentences


def encode(tokenizer, sentences: list[Sentence], names: list[str], max_length: int) -> list[dict]:
    features = []
    for words, tags in sentences:
        encoding = tokenizer(words, is_split_into_words=True, truncation=True, max_length=max_length)
        labels, before = [], None
        for word in encoding.word_ids():
            is_first = word is not None and word != before
            labels.append(names.index(tags[word]) if is_first else IGNORED)
            before = word
        features.append({**encoding, "labels": labels})
    return features


def scores(names: list[str], logits: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    predictions = logits.argmax(axis=-1)
    tags = [[names[label] for label in row if label != IGNORED] for row in labels]
    predicted = [
        [names[prediction] for prediction, label in zip(*rows) if label != IGNORED] for rows in zip(predictions, labels)
    ]
    functions = {"f1": f1_score, "precision": precision_score, "recall": recall_score, "accuracy": accuracy_score}
    return {name: float(function(tags, predicted)) for name, function in functions.items()}


def main() -> None:
    args = parse_args()
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    files = {"train": args.train_file, "dev": args.validation_file, "test": args.test_file}
    splits = {split: read_sentences(path) for split, path in files.items() if path}
    names = sorted({tag for _, tags in splits["train"] for tag in tags} | {"O"})
    features = {split: encode(tokenizer, sentences, names, args.max_seq_length) for split, sentences in splits.items()}
    label2id = {name: label for label, name in enumerate(names)}
    task = Task(
        description=f"{args.validation_file.name}, {len(splits['dev'])} sentences, {len(names)} tags",
        train=features["train"],
        dev=features["dev"],
        test=features.get("test"),
        model={"id2label": dict(enumerate(names)), "label2id": label2id},
        scores=lambda logits, labels: scores(names, logits, labels),
        metrics=METRICS,
        metric_for_best_model="f1",
        model_class=AutoModelForTokenClassification,
        collator=DataCollatorForTokenClassification,
    )
    run_seeds(args, task, tokenizer)


if __name__ == "__main__":
    main()
