"""Writes train.csv and validation.csv beside this file.

    python3 make_sample.py        # Python 3.11 or later, nothing else

What people might ask an assistant for, by topic: frames with blanks, and what the blanks are filled
with. Both splits have the same frames, and no text is in both. The same file gives the same output,
byte for byte.
"""

import csv
import itertools
import random
import re
from pathlib import Path

HERE = Path(__file__).parent
SPLITS = {"train": 60, "validation": 15}  # rows of each topic

SLOTS = {
    "time": ["six", "seven in the morning", "noon", "half past nine", "ten at night", "four"],
    "day": ["Monday", "Tuesday", "Friday", "Sunday", "tomorrow", "the first of March", "today"],
    "place": ["Boston", "the coast", "New York", "the mountains", "Paris", "my town", "the lake"],
    "person": ["my brother", "Mary", "the doctor", "my office", "Mr. Stone", "my wife"],
    "dish": ["soup", "bread", "fish with rice", "an apple cake", "a salad", "eggs", "potatoes"],
    "song": ["some old songs", "a march", "the piano", "something quiet", "the new record"],
    "sum": ["ten dollars", "two hundred dollars", "fifty cents", "half of it", "a thousand"],
    "thing": ["the house", "a new car", "the tax", "the water bill", "school", "my ticket"],
}

FRAMES = {
    "alarm": [
        "Wake me at {time}.",
        "Set a clock for {time} on {day}!",
        "I must be up by {time}, \"sharp\".",
        "Do not let me sleep after {time}",
        "Remind me of the meeting with {person} at {time}.",
    ],
    "food": [
        "How long do I cook {dish}?",
        "What goes well with {dish}, salt or sugar?",
        "I am hungry, is there {dish} near {place}?",
        "Order {dish} for {person} and me, please",
        "Can {person} eat {dish}?",
    ],
    "message": [
        "Call {person} at {time}.",
        "Tell {person} that I will be late on {day}.",
        "Write to {person}: \"see you in {place}\"",
        "Has {person} answered my letter, or not?",
        "Read me what {person} wrote on {day}",
    ],
    "money": [
        "Send {sum} to {person}.",
        "How much did I pay for {thing}?",
        "Is there enough in the bank for {thing}, with {sum} left?",
        "Pay {sum} for {thing} on {day}.",
        "I want to save {sum}",
    ],
    "music": [
        "Play {song} for {person}.",
        "I would like to hear {song} at {time}",
        "Louder, please: {song} is too quiet!",
        "Who sings {song}, and when was it made?",
        "Stop {song} at {time}, it is enough",
    ],
    "weather": [
        "Will it rain in {place} on {day}?",
        "How cold is it in {place}, and how windy?",
        "Do I need a coat for {place}?",
        "Is there snow near {place} on {day}",
        "When does the sun set in {place}?",
    ],
}

BLANK = re.compile(r"\{(\w+)\}")


def texts(frame):
    """The frame with everything that its blanks can be filled with."""
    kinds = BLANK.findall(frame)
    for values in itertools.product(*(SLOTS[kind] for kind in kinds)):
        filled = iter(values)
        yield BLANK.sub(lambda _: next(filled), frame)


def main():
    rng = random.Random(7)
    rows = {split: [] for split in SPLITS}
    for topic, frames in FRAMES.items():
        of_topic = sorted({text for frame in frames for text in texts(frame)})
        rng.shuffle(of_topic)
        needed = sum(SPLITS.values())
        if len(of_topic) < needed:
            raise ValueError(f"{topic} has {len(of_topic)} texts and needs {needed}")
        chosen = iter(of_topic)
        for split, count in SPLITS.items():
            rows[split] += [(next(chosen), topic) for _ in range(count)]
    for split, split_rows in rows.items():
        rng.shuffle(split_rows)
        with open(HERE / f"{split}.csv", "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("text", "label"))
            writer.writerows(split_rows)


main()
