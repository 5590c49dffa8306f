"""Opens a question-answering folder that we saved with transformers and compares the answers to a SQuAD file.

    pip install -r docs/parity/requirements.txt
    python docs/parity/check_saved_squad.py --model OUT --dev DEV_JSON

OUT is the output folder of `squad`, with nbest_predictions.json of the questions in DEV_JSON. Exits with 1 if a weight
is missing, left over or of another shape, or if a score of a best answer differs by more than --tolerance.
"""

import argparse
import json
from pathlib import Path

import torch
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

from squad_data import read_questions, scores
from transformers_squad import answer


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="the saved folder")
    parser.add_argument("--dev", type=Path, required=True)
    parser.add_argument("--max-dev-questions", type=int, help="so many dev questions, evenly spaced")
    parser.add_argument("--tolerance", type=float, default=1e-4)
    parser.add_argument("--max-seq-length", type=int, default=384)
    parser.add_argument("--doc-stride", type=int, default=128)
    parser.add_argument("--eval-batch-size", type=int, default=32)
    parser.add_argument("--version-2-with-negative", action="store_true")
    parser.add_argument("--null-score-diff-threshold", type=float, default=0.0)
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    model, loading = AutoModelForQuestionAnswering.from_pretrained(
        args.model, dtype=torch.float32, output_loading_info=True
    )
    faults = {what: sorted(map(str, found)) for what, found in loading.items() if found}
    if faults:
        raise SystemExit(f"the weights do not match the model: {faults}")
    ours = json.loads((args.model / "nbest_predictions.json").read_text("utf-8"))
    predictions = json.loads((args.model / "predictions.json").read_text("utf-8"))
    questions = [q for q in read_questions(args.dev) if q["id"] in ours]
    if args.max_dev_questions:
        questions = questions[:: max(1, len(questions) // args.max_dev_questions)]
    theirs = answer(args, model, AutoTokenizer.from_pretrained(args.model), questions)
    worst, same = 0.0, 0
    for question, found in zip(questions, theirs):
        our_best, their_best = ours[question["id"]][0], found["nbest"][0]
        for key in ("start_logit", "end_logit"):
            worst = max(worst, abs(our_best[key] - their_best[key]))
        same += predictions[question["id"]] == found["prediction"]
    for name, answers in (("ours", predictions), ("transformers", {q["id"]: a["prediction"] for q, a in zip(questions, theirs)})):
        print(f"{name:13}" + "  ".join(f"{what} {score:.3f}" for what, score in scores(questions, answers).items()))
    print(f"{same} of {len(questions)} answers equal, largest score difference {worst:.2e}, tolerance {args.tolerance:.0e}")
    if not worst <= args.tolerance:  # also when it is not a number
        raise SystemExit(1)


if __name__ == "__main__":
    main()
