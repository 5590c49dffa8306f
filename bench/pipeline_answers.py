"""Times transformers' question-answering pipeline on a SQuAD file, and prints it as JSON.

The pipeline is gone from transformers 5: this needs transformers 4 (pip install "transformers<5" torch==2.9.0).
"""

import argparse
import json
import resource
import sys
import time
from pathlib import Path

import torch
from transformers import pipeline

sys.path.append(str(Path(__file__).resolve().parent.parent / "docs" / "parity"))

from squad_data import read_questions  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True)
    parser.add_argument("--file", type=Path, required=True)
    parser.add_argument("--questions", type=int)
    parser.add_argument("--batch", type=int, default=32)
    args = parser.parse_args()
    torch.set_grad_enabled(False)
    answer = pipeline("question-answering", model=args.model, tokenizer=args.model, device="cpu")
    questions = read_questions(args.file, args.questions)
    inputs = [{"question": q["question"], "context": q["context"]} for q in questions]
    options = {"batch_size": args.batch, "max_seq_len": 384, "doc_stride": 128, "max_answer_len": 30}
    answer(inputs[: args.batch], **options)
    started = time.perf_counter()
    found = answer(inputs, **options)
    seconds = time.perf_counter() - started
    report = {
        "questions": len(questions),
        "seconds": seconds,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "answers": {q["id"]: a["answer"] for q, a in zip(questions, found)},
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
