"""SQuAD as Hugging Face features, answers from scores, and the official scores: shared by the scripts of this project.

`features` follows `prepare_train_features` and `prepare_validation_features` of transformers'
examples/pytorch/question-answering/run_qa.py, `postprocess` follows `postprocess_qa_predictions` in utils_qa.py beside
it (commit e3b8f49f021f206cf09529ed0810d0df7e8d7656; neither file is in the package), and the scores follow SQuAD's
evaluate-v1.1.py and evaluate-v2.0.py.
"""

import json
import re
import string
from collections import Counter
from pathlib import Path

import numpy as np


def read_questions(path: Path, limit: int | None = None) -> list[dict]:
    """The questions in the file's order; with `limit` so many of them, evenly spaced."""
    questions = []
    for article in json.loads(path.read_text("utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            for question in paragraph["qas"]:
                answers = [] if question.get("is_impossible") else question["answers"]
                questions.append({**question, "context": paragraph["context"], "answers": answers})
    if limit is None or limit >= len(questions):
        return questions
    return [questions[place * len(questions) // limit] for place in range(limit)]


def features(tokenizer, questions: list[dict], max_seq_length=384, doc_stride=128, max_query_length=64) -> list[dict]:
    """A feature for each window of each question, unpadded, with the place of its first answer; [CLS] for none."""
    rows = []
    for number, question in enumerate(questions):
        text = question["question"].lstrip()
        offsets = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
        if len(offsets) > max_query_length:
            text = text[: offsets[max_query_length - 1][1]]
        windows = tokenizer(text, question["context"], truncation="only_second", max_length=max_seq_length,
                            stride=doc_stride, return_overflowing_tokens=True, return_offsets_mapping=True)
        for index, input_ids in enumerate(windows["input_ids"]):
            segments = windows["token_type_ids"][index]
            passage = segments.index(1)
            spans = windows["offset_mapping"][index][passage:-1]
            start, end = label(spans, question["answers"])
            place = passage if start is not None else 0
            rows.append({
                "input_ids": input_ids,
                "token_type_ids": segments,
                "attention_mask": [1] * len(input_ids),
                "start_positions": place + (start or 0),
                "end_positions": place + (end or 0),
                "question": number,
                "passage": passage,
                "spans": spans,
            })
    return rows


def label(spans, answers) -> tuple[int | None, int | None]:
    """First and last token of the first answer, if the window has all of it."""
    if not answers or not spans:
        return None, None
    first = answers[0]["answer_start"]
    last = first + len(answers[0]["text"])
    if spans[0][0] > first or spans[-1][1] < last:
        return None, None
    start = max(token for token, span in enumerate(spans) if span[0] <= first)
    end = min(token for token, span in enumerate(spans) if span[1] >= last)
    return min(start, end), max(start, end)


def postprocess(context, features, options):
    """What the reference makes of the scores of a question's windows.

    Differs from the original in three ways that change no result: one question a call, no token_is_max_context
    (run_qa.py gives none), and stable sorts, so that the order of equal scores does not depend on numpy's choice of
    algorithm. A feature has the scores of its row, the place of the first passage token, and the characters of the
    passage tokens.
    """
    n_best, longest = options["n_best_size"], options["max_answer_length"]
    v2 = options["version_2_with_negative"]
    null, found = None, []
    for feature in features:
        start_logits, end_logits = feature["start_logits"], feature["end_logits"]
        offsets = [None] * len(start_logits)
        offsets[feature["passage"] : feature["passage"] + len(feature["spans"])] = feature["spans"]
        null_score = start_logits[0] + end_logits[0]
        if null is None or null["score"] > null_score:
            null = {"offsets": (0, 0), "score": null_score, "start_logit": start_logits[0], "end_logit": end_logits[0]}
        starts = np.argsort(start_logits, kind="stable")[-1 : -n_best - 1 : -1].tolist()
        ends = np.argsort(end_logits, kind="stable")[-1 : -n_best - 1 : -1].tolist()
        for start in starts:
            for end in ends:
                if offsets[start] is None or offsets[end] is None:
                    continue
                if end < start or end - start + 1 > longest:
                    continue
                found.append(
                    {
                        "offsets": (offsets[start][0], offsets[end][1]),
                        "score": start_logits[start] + end_logits[end],
                        "start_logit": start_logits[start],
                        "end_logit": end_logits[end],
                    }
                )
    if v2:
        found.append(null)
    kept = sorted(found, key=lambda entry: entry["score"], reverse=True)[:n_best]
    if v2 and not any(entry["offsets"] == (0, 0) for entry in kept):
        kept.append(null)
    for entry in kept:
        start, end = entry.pop("offsets")
        entry["text"] = context[start:end]
    if not kept or (len(kept) == 1 and kept[0]["text"] == ""):
        kept.insert(0, {"text": "empty", "start_logit": 0.0, "end_logit": 0.0, "score": 0.0})
    null_score = null["score"]
    values = np.array([entry.pop("score") for entry in kept])
    exps = np.exp(values - np.max(values))
    for entry, probability in zip(kept, exps / exps.sum()):
        entry["probability"] = probability
    kept = [{key: value if key == "text" else float(value) for key, value in entry.items()} for entry in kept]
    if not v2:
        return {"prediction": kept[0]["text"], "nbest": kept, "null_odds": None}
    best = next(entry for entry in kept if entry["text"] != "")
    odds = null_score - np.float32(best["start_logit"]) - np.float32(best["end_logit"])
    prediction = "" if odds > options["null_score_diff_threshold"] else best["text"]
    return {"prediction": prediction, "nbest": kept, "null_odds": float(odds)}


def normalize(answer: str) -> str:
    bare = "".join(char for char in answer.lower() if char not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", bare).split())


def score(prediction: str, answers: list[str]) -> tuple[float, float]:
    """Exact match and F1 against the best fitting answer."""

    def f1(gold: str) -> float:
        gold_words, words = normalize(gold).split(), normalize(prediction).split()
        if not gold_words or not words:
            return float(gold_words == words)
        common = sum((Counter(gold_words) & Counter(words)).values())
        return 2 * common / (len(gold_words) + len(words))

    golds = [gold for gold in answers if normalize(gold)] or [""]
    return float(max(normalize(gold) == normalize(prediction) for gold in golds)), max(map(f1, golds))


def scores(questions: list[dict], predictions: dict[str, str]) -> dict[str, float]:
    """In percent, over all questions, and apart over those with and without an answer where there are both."""
    parts = {"": [], "HasAns_": [], "NoAns_": []}
    for question in questions:
        answers = [answer["text"] for answer in question["answers"]]
        result = score(predictions[question["id"]], answers)
        for part in ("", "HasAns_" if answers else "NoAns_"):
            parts[part].append(result)
    if not parts["NoAns_"]:
        del parts["HasAns_"]
    return {
        f"{part}{name}": 100 * sum(result[place] for result in results) / len(results)
        for part, results in parts.items()
        for place, name in enumerate(("exact", "f1"))
        if results
    }
