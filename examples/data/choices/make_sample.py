"""Writes train.jsonl and dev.jsonl beside this file.

    python3 make_sample.py        # Python 3.11 or later, nothing else

Each line is a question on a short story, with two to four choices of which the story tells the
right one. The same file gives the same output, byte for byte.
"""

import json
import random
from pathlib import Path

HERE = Path(__file__).parent
STORIES = {"train": 200, "dev": 60}
QUESTIONS = 2  # on each story

PEOPLE = ["Mary", "John", "the doctor", "the farmer", "Mr. Stone", "the captain", "Anna", "the teacher",
          "Henry", "the judge", "the baker", "Mrs. Hill"]

# What somebody did, in the past and after "did"; how it is asked; and what it may have been.
DEEDS = [
    ("bought {}", "What did {} buy?", ["bread", "a horse", "two ships", "a gold watch", "some land", "an old gun",
                                       "a field of corn", "cotton", "a silver cup", "ten sheep"]),
    ("went to {}", "Where did {} go?", ["the river", "Boston", "the bank", "the church", "the harbor", "Mexico",
                                        "the market", "the mountains", "the coast", "New York"]),
    ("wrote to {}", "Whom did {} write to?", ["the president", "a friend in Spain", "the company", "the army",
                                              "an old soldier", "the governor", "the workers", "the nation"]),
    ("worked for {}", "How long did {} work?", ["two days", "a whole year", "three hours", "six months", "ten weeks",
                                                "one night", "the winter", "the summer"]),
    ("lost {}", "What did {} lose?", ["the letter", "a house", "all the money", "a war", "the key", "some paper",
                                      "the ticket", "a ring", "the old map"]),
    ("asked for {}", "What did {} ask for?", ["peace", "more time", "water", "a new law", "help", "justice",
                                              "an answer", "the truth", "higher pay"]),
]


def story(draw):
    """Its sentences, and for each who it is about, the deed, and what it is told of."""
    told = []
    for who, deed in zip(draw.sample(PEOPLE, 3), draw.sample(DEEDS, 3)):
        told.append((who, deed, draw.choice(deed[2])))
    sentences = [f"{who} {deed[0].format(what)}." for who, deed, what in told]
    return " ".join(sentence[0].upper() + sentence[1:] for sentence in sentences), told


def question(draw, text, told, at):
    who, (_, ask, all_answers), right = told[at]
    # The wrong ones are of the same kind and not in the story; one of every other question is from another sentence.
    wrong = draw.sample([answer for answer in all_answers if answer != right], draw.choice([1, 2, 3]))
    if draw.random() < 0.5:
        wrong[0] = draw.choice([what for other, (_, _, what) in enumerate(told) if other != at])
    choices = [right, *wrong]
    draw.shuffle(choices)
    return {"context": text, "question": ask.format(who), "choices": choices, "label": choices.index(right)}


def main():
    draw = random.Random(11)
    seen = set()
    for split, count in STORIES.items():
        lines = []
        while len(lines) < count * QUESTIONS:
            text, told = story(draw)
            if text in seen:
                continue
            seen.add(text)
            lines += [question(draw, text, told, at) for at in draw.sample(range(len(told)), QUESTIONS)]
        draw.shuffle(lines)
        with open(HERE / f"{split}.jsonl", "w", encoding="utf-8", newline="\n") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)


main()
