"""Checks that the shipped model scores as its README says.

    cargo run --release --example pretrain -- --eval-only --model examples/data/bert-nano --text TEXT --output-dir OUT
    python3 docs/parity/check_bert_nano.py OUT
"""

import json
import re
import sys
from pathlib import Path

README = Path(__file__).parents[2] / "examples/data/bert-nano/README.md"
# Another processor rounds otherwise, and one more or less of some hundred pairs may be right.
TOLERANCE = 0.003


def main() -> None:
    found = json.loads((Path(sys.argv[1]) / "eval_results.json").read_text())
    readme = README.read_text("utf-8")
    for row, task in [("hidden tokens", "mlm"), ("next sentence", "nsp")]:
        stated = re.search(rf"\| {row} \| ([\d.]+) \| ([\d.]+) \|", readme)
        for kind, number in zip(("loss", "accuracy"), stated.groups(), strict=True):
            score = found[f"{task}_{kind}"]
            assert abs(score - float(number)) <= TOLERANCE, f"{task}_{kind} is {score}, {README} says {number}"
            print(f"{task}_{kind} {score:.4f} is {number} as stated")


if __name__ == "__main__":
    main()
