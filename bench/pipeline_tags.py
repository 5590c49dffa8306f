"""Times transformers' token classification pipeline on the sentences of a file, and prints it as JSON."""

import argparse
import itertools
import json
import resource
import sys
import time
from pathlib import Path

import torch
from transformers import pipeline

sys.path.append(str(Path(__file__).resolve().parent.parent / "docs" / "parity"))

from check_tagging import texts_of  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True)
    parser.add_argument("--file", type=Path, required=True)
    parser.add_argument("--sentences", type=int, default=1000)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--strategy", default="first")
    args = parser.parse_args()
    torch.set_grad_enabled(False)
    tag = pipeline("token-classification", model=args.model, device="cpu", aggregation_strategy=args.strategy)
    texts = list(itertools.islice(itertools.cycle(texts_of(args.file)), args.sentences))
    tag(texts[: args.batch], batch_size=args.batch)
    started = time.perf_counter()
    found = tag(texts, batch_size=args.batch)
    seconds = time.perf_counter() - started
    report = {
        "sentences": len(texts),
        "seconds": seconds,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "entities": [[[one["start"], one["end"], one["entity_group"]] for one in entities] for entities in found],
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
