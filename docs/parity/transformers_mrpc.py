"""Reference run: fine-tunes a model folder on MRPC with the transformers Trainer.

Same recipe as `cargo run --release --example mrpc`; see `reference_runs.py`. The best epoch by dev F1 is kept.

    pip install -r docs/parity/requirements.txt
    python docs/parity/transformers_mrpc.py --model MODEL_FOLDER --data MRPC_FOLDER --output-dir OUT --seeds 5

MRPC_FOLDER holds GLUE's train.tsv and dev.tsv. Prints a line a seed and a table, and rewrites OUT/results.json after
every seed.
"""

import argparse
from pathlib import Path

import numpy as np
from transformers import AutoTokenizer

from mrpc_data import accuracy_and_f1, encode_split, read_split
from reference_runs import Task, add_recipe_arguments, run_seeds


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with train.tsv and dev.tsv")
    add_recipe_arguments(parser)
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    train, dev = (encode_split(tokenizer, read_split(args.data, split), args.max_seq_length) for split in ("train", "dev"))
    task = Task(
        description="MRPC, scored on dev (408 pairs)",
        train=train,
        dev=dev,
        model={"num_labels": 2},
        scores=lambda logits, labels: accuracy_and_f1(np.argmax(logits, axis=-1), labels),
        metrics=("accuracy", "f1"),
        metric_for_best_model="f1",
    )
    run_seeds(args, task, tokenizer)


if __name__ == "__main__":
    main()
