"""Times reading and encoding a CSV with `datasets` and the fast tokenizer, and prints it as JSON: the other side of
bench/encoding.py."""

import argparse
import json
import os
import resource
import tempfile
import time

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--model", required=True)
parser.add_argument("--file", required=True)
args = parser.parse_args()

with tempfile.TemporaryDirectory() as cache:
    os.environ["HF_DATASETS_CACHE"] = cache
    os.environ["HF_HUB_OFFLINE"] = "1"
    import datasets
    from transformers import AutoTokenizer

    datasets.disable_progress_bars()
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    started = time.perf_counter()
    rows = datasets.load_dataset("csv", data_files=args.file, split="train")
    encode = lambda batch: tokenizer(batch["text"], truncation=True, max_length=128)
    encoded = rows.map(encode, batched=True, remove_columns=rows.column_names)
    seconds = time.perf_counter() - started
    tokens = sum(map(len, encoded["input_ids"]))

peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"rows": len(encoded), "tokens": tokens, "seconds": seconds, "peak_mb": peak}))
