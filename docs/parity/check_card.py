"""Reads the README.md of a folder that we trained with huggingface_hub, as the hub does.

    pip install -r docs/parity/requirements.txt
    python docs/parity/check_card.py OUT [OUT ...] [--private WORD ...]

Needs no network. Exits with 1 if the metadata is no YAML or not as it should be, if a score is not that of
eval_results.json, if writing the card back changes it, or if a path of this machine or one of the words that --private
names is in it.
"""

import argparse
import getpass
import json
import math
import socket
from pathlib import Path

from huggingface_hub import ModelCard, metadata_load
from huggingface_hub.repocard_data import eval_results_to_model_index

PIPELINES = {
    "BertForSequenceClassification": "text-classification",
    "BertForQuestionAnswering": "question-answering",
    "BertForMultipleChoice": "multiple-choice",
    "BertForMaskedLM": "fill-mask",
    "BertForPreTraining": "fill-mask",
}


def check(folder: Path, private: list[str]) -> None:
    path = folder / "README.md"
    text = path.read_text("utf-8")
    metadata = metadata_load(path)
    card = ModelCard.load(path)
    config = json.loads((folder / "config.json").read_text("utf-8"))
    results = json.loads((folder / "eval_results.json").read_text("utf-8"))

    tag = PIPELINES.get(config["architectures"][0])
    assert card.data.pipeline_tag == tag, (card.data.pipeline_tag, tag)
    assert card.data.library_name == "transformers"
    assert "bert" in card.data.tags
    name = metadata.get("base_model")
    assert name is None or (name.count("/") <= 1 and not name.startswith((".", "/"))), name
    scores = card.data.eval_results or []
    assert bool(scores) == (tag is not None), scores
    for score in scores:
        assert score.task_type == tag and score.dataset_type and score.dataset_name
        assert math.isclose(score.metric_value, results[score.metric_name], rel_tol=1e-12), score
        assert score.metric_type in card.data.metrics
    if scores:
        index = eval_results_to_model_index(card.data.model_name, scores)
        assert index == metadata["model-index"], (index, metadata["model-index"])
    # What the hub's own tools write of it reads as before.
    again = ModelCard(str(card))
    assert again.data.to_dict() == card.data.to_dict() and again.text == card.text
    for word in [str(folder.resolve()), str(Path.home()), socket.gethostname(), f"/{getpass.getuser()}/", *private]:
        assert len(word) < 3 or word not in text, f"{word} is in {path}"
    print(f"{folder.name}: {len(scores)} scores, pipeline {tag}, licence {card.data.license}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--private", action="append", default=[])
    args = parser.parse_args()
    for folder in args.folders:
        check(folder, args.private)


if __name__ == "__main__":
    main()
