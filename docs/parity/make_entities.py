"""Writes entities.json: what seqeval makes of tags, odd ones among them.

    pip install numpy==2.4.6 scikit-learn==1.9.1 seqeval==1.2.2
    python docs/parity/make_entities.py

Sentences are lines of tags between spaces. A score that seqeval leaves undefined is null, as is a
strict reading of tags that its scheme does not have.
"""

import json
import math
import random
import warnings
from pathlib import Path

from seqeval.metrics import accuracy_score
from seqeval.metrics.sequence_labeling import get_entities, precision_recall_fscore_support
from seqeval.metrics.v1 import precision_recall_fscore_support as strict_scores
from seqeval.scheme import BILOU, IOB1, IOB2, IOBES, IOE1, IOE2, Entities

OUTPUT = Path(__file__).resolve().parents[2] / "bert-tasks/tests/fixtures/entities.json"
SCHEMES = {"iob2": IOB2, "iob1": IOB1, "ioe2": IOE2, "ioe1": IOE1, "iobes": IOBES, "bilou": BILOU}
PREFIXES = {"iob": "BI", "ioe": "IE", "iobes": "BIES", "bilou": "BILU"}


def numbers(values):
    return [None if math.isnan(value) else float(value) for value in values[:3]]


def scores(labels, predictions, types, of):
    table = of(labels, predictions, average=None, zero_division=0)
    rows = [[*map(float, row[:3]), int(row[3])] for row in zip(*table)]
    averages = {average: of(labels, predictions, average=average, zero_division=0)
                for average in ("micro", "macro", "weighted")}
    return {"types": dict(zip(sorted(types), rows, strict=True)),
            **{average: numbers(values) for average, values in averages.items()}}


def default(labels, predictions):
    types = {kind for kind, _, _ in get_entities(labels) + get_entities(predictions)}
    return scores(labels, predictions, types, precision_recall_fscore_support)


def strict(labels, predictions, scheme):
    try:
        found = [Entities(tags, scheme) for tags in (labels, predictions)]
    except (KeyError, ValueError):
        return None
    of = lambda *args, **kwargs: strict_scores(*args, scheme=scheme, **kwargs)
    spans = [[[entity.tag, entity.start, entity.end] for entity in sentence] for sentence in found[0].entities]
    return {**scores(labels, predictions, found[0].unique_tags | found[1].unique_tags, of), "entities": spans}


def case(name, labels, predictions):
    words = sum(map(len, labels))
    return {
        "name": name,
        "labels": [" ".join(tags) for tags in labels],
        "predictions": [" ".join(tags) for tags in predictions],
        "accuracy": accuracy_score(labels, predictions) if words else None,
        "default": {**default(labels, predictions),
                    "entities": [[[kind, start, end + 1] for kind, start, end in get_entities(tags)] for tags in labels]},
        "strict": {name: strict(labels, predictions, scheme) for name, scheme in SCHEMES.items()},
    }


def sentences(*lines):
    return [line.split() for line in lines]


def odd_cases():
    pairs = {
        "empty sentences": (["", "B-a", ""], ["", "B-a", ""]),
        "only empty sentences": ([""], [""]),
        "no entities at all": (["O O", "O"], ["O O", "O"]),
        "none predicted": (["B-a I-a", "B-b"], ["O O", "O"]),
        "none there": (["O O", "O"], ["B-a I-a", "B-b"]),
        "I after O": (["O I-a I-a"], ["O B-a I-a"]),
        "the kind changes inside": (["B-a I-b I-b"], ["B-a I-a I-b"]),
        "I at the beginning": (["I-a O I-b"], ["B-a O B-b"]),
        "one after another": (["B-a B-a I-a"], ["B-a I-a I-a"]),
        "sentences that touch": (["O B-a", "I-a O"], ["O B-a", "B-a O"]),
        "prefixes alone": (["B I O B", "S E"], ["B I I B", "B E"]),
        "hyphens in kinds": (["B-a-b I-a-b I-b O"], ["B-a-b I-b I-a-b B--c"]),
        "hyphens around kinds": (["B--a I-a B-a-"], ["B-a- I--a B-a"]),
        "without prefixes": (["PER PER O ORG LOC", "EVENT SPORT PER"], ["PER O O ORG ORG", "SPORT SPORT PER"]),
        "parts of speech": (["DET NOUN . X", "X X NOUN", "X DET ."], ["DET NOUN X X", "X NOUN NOUN", "X X ."]),
        "BILOU": (["B-a I-a L-a U-a", "U-b U-b"], ["B-a L-a O U-a", "U-b B-b"]),
        "unfinished": (["B-a I-a", "B-a E-a S-a"], ["B-a E-a", "B-a I-a S-a"]),
        "no O": (["B-a I-a B-b"], ["B-a I-a I-b"]),
        "two schemes": (["B-a I-a E-a S-b", "I-a E-a E-b"], ["B-a I-a I-a B-b", "B-a E-a S-b"]),
        "not in ASCII": (["B-Ägypten I-Ägypten B-é"], ["B-Ägypten I-Ägypten B-e"]),
    }
    for name, (labels, predictions) in pairs.items():
        yield case(name, sentences(*labels), sentences(*predictions))


def random_case(rng, number):
    """Tags of one scheme, of all of them, or of anything; predictions are labels with mistakes."""
    kinds = ["a", "b", "c"][: 1 + number % 3]
    style = [*PREFIXES, "any", "anything"][number % 6]
    prefixes = PREFIXES.get(style, "BIESLU")
    tags = ["O"] + [f"{prefix}-{kind}" for prefix in prefixes for kind in kinds]
    if style == "anything":
        tags += ["B", "I", "E", "S", "X", ".", "PER", "SPORT", "B-a-b", "I-a-b", "a"]
    outside = rng.choice([0.1, 0.4, 0.8])
    tag = lambda: "O" if rng.random() < outside else rng.choice(tags)
    labels = [[tag() for _ in range(rng.choice([0, 1, 2, 4, 7]))] for _ in range(rng.randrange(1, 5))]
    mistakes = rng.choice([0.0, 0.2, 0.5, 1.0])
    predictions = [[tag() if rng.random() < mistakes else label for label in line] for line in labels]
    return case(f"random {number}, {style}", labels, predictions)


def main():
    # Of what is undefined, and of what is no entity's tag.
    warnings.simplefilter("ignore")
    rng = random.Random(0)
    cases = [*odd_cases(), *(random_case(rng, number) for number in range(360))]
    lines = [json.dumps(case, separators=(",", ":"), allow_nan=False, ensure_ascii=False) for case in cases]
    OUTPUT.write_text("[\n" + ",\n".join(lines) + "\n]\n", "utf-8", newline="\n")


if __name__ == "__main__":
    main()
