"""Reference run: fine-tunes a model folder on a table of texts with labels, with the transformers Trainer.

Same recipe as `bert train --task classify`; see `reference_runs.py`. Labels are one class, several or a number, which
is the model's `problem_type`; the best epoch is that with the best accuracy, micro F1 (at 0.5) or mean squared error.

    pip install -r docs/parity/requirements.txt
    python docs/parity/transformers_classify.py --model MODEL_FOLDER --train-file train.csv --validation-file test.csv \
        --text-column text --label-column category --output-dir OUT

Prints a line a seed and a table, and rewrites OUT/results.json after every seed.
"""

import argparse
from pathlib import Path

from transformers import AutoTokenizer

from reference_runs import Task, add_recipe_arguments, run_seeds
from table_data import KINDS, METRICS, Labels, encode, read_table


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train-file", type=Path, required=True, help=".csv, .tsv (no quoting) or .jsonl")
    parser.add_argument("--validation-file", type=Path, required=True)
    parser.add_argument("--text-column", default="text")
    parser.add_argument("--text-pair-column", help="the second text of pairs")
    parser.add_argument("--label-column", default="label")
    parser.add_argument("--problem-type", choices=KINDS, help="default: multi-label where labels are lists, else single-label")
    add_recipe_arguments(parser)
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    train, dev = (read_table(path) for path in (args.train_file, args.validation_file))
    labels = Labels.of([row[args.label_column] for row in train], args.problem_type)
    columns = (args.text_column, args.text_pair_column, args.label_column)
    metrics = METRICS[labels.kind]
    task = Task(
        description=f"{args.validation_file.name}, {len(dev)} rows, {labels.kind}, {len(labels.names)} labels",
        train=encode(tokenizer, train, columns, labels, args.max_seq_length),
        dev=encode(tokenizer, dev, columns, labels, args.max_seq_length),
        model=labels.model(),
        scores=labels.scores,
        metrics=metrics,
        metric_for_best_model=metrics[0],
        greater_is_better=labels.kind != "regression",
    )
    run_seeds(args, task, tokenizer)


if __name__ == "__main__":
    main()
