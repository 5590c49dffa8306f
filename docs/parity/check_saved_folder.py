"""Opens a model folder that our trainer saved with transformers and compares the logits of MRPC's dev set.

    pip install -r docs/parity/requirements.txt
    python docs/parity/check_saved_folder.py --model OUT --data MRPC_FOLDER --logits LOGITS.tsv

LOGITS.tsv has the header `index<TAB>logit_0<TAB>logit_1` and a row for each of the 408 pairs, in dev order. Exits with 1
if a weight is missing, left over or of another shape, or if a logit differs by more than --tolerance.
"""

import argparse
import csv
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from mrpc_data import accuracy_and_f1, encode_split, read_split


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="the saved folder")
    parser.add_argument("--data", type=Path, required=True, help="folder with dev.tsv")
    parser.add_argument("--logits", type=Path, required=True, help="our logits for dev.tsv")
    parser.add_argument("--tolerance", type=float, default=1e-4)
    parser.add_argument("--max-seq-length", type=int, default=128)
    parser.add_argument("--batch-size", type=int, default=32)
    return parser.parse_args()


def load_folder(folder: Path):
    """The model and its tokenizer; a folder that does not match the model exactly is an error."""
    model, loading = AutoModelForSequenceClassification.from_pretrained(
        folder, dtype=torch.float32, output_loading_info=True
    )
    faults = {what: sorted(map(str, found)) for what, found in loading.items() if found}
    if faults:
        raise SystemExit(f"the weights do not match the model: {faults}")
    return model.eval(), AutoTokenizer.from_pretrained(folder)


def read_logits(path: Path, rows: int) -> np.ndarray:
    with open(path, encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
    if header != ["index", "logit_0", "logit_1"]:
        raise SystemExit(f"{path.name}: unexpected header {header}")
    if [int(line[0]) for line in lines] != list(range(rows)):
        raise SystemExit(f"{path.name}: expected the indices 0 to {rows - 1} in order, found {len(lines)} rows")
    return np.array([[float(logit) for logit in line[1:]] for line in lines])


@torch.no_grad()
def compute_logits(model, tokenizer, features: list[dict], batch_size: int) -> np.ndarray:
    inputs = [{name: ids for name, ids in feature.items() if name != "labels"} for feature in features]
    batches = (inputs[start : start + batch_size] for start in range(0, len(inputs), batch_size))
    return np.concatenate([model(**tokenizer.pad(batch, return_tensors="pt")).logits.numpy() for batch in batches])


def main() -> None:
    args = parse_args()
    model, tokenizer = load_folder(args.model)
    features = encode_split(tokenizer, read_split(args.data, "dev"), args.max_seq_length)
    labels = np.array([feature["labels"] for feature in features])
    ours = read_logits(args.logits, len(features))
    theirs = compute_logits(model, tokenizer, features, args.batch_size)

    for name, logits in (("ours", ours), ("transformers", theirs)):
        score = accuracy_and_f1(logits.argmax(axis=1), labels)
        print(f"{name:13} accuracy {score['accuracy']:.4f}  F1 {score['f1']:.4f}")
    differences = np.abs(ours - theirs).max(axis=1)
    worst = int(differences.argmax())
    print(f"largest logit difference {differences[worst]:.2e} (row {worst}), tolerance {args.tolerance:.0e}")
    if not differences[worst] <= args.tolerance:  # also when it is not a number
        raise SystemExit(1)


if __name__ == "__main__":
    main()
