"""Writes train.tsv and dev.tsv beside this file.

    python3 make_sample.py        # Python 3.11 or later, nothing else

The sentences come from frames.toml (hand-written, with blanks) and slots.toml (what the blanks are
filled with). The same files give the same output, byte for byte.
"""

import random
import re
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
SPLITS = {"train": 400, "dev": 100}
POSITIVE = 0.6

BLANK = re.compile(r"\{(\w+?)(2?)(\.w)?\}")


class Sample:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.frames = tomllib.loads((HERE / "frames.toml").read_text("utf-8"))
        self.slots = tomllib.loads((HERE / "slots.toml").read_text("utf-8"))
        self.used = set()
        self.check()

    def check(self):
        """Fails if a change that makes a pair differ would not show in every sentence."""
        for name, frame in self.frames.items():
            blanks = set(frame["swap"] + frame.get("exchange", []))
            for template in frame["same"]:
                missing = blanks - {kind + second for kind, second, _ in BLANK.findall(template)}
                if missing:
                    raise ValueError(f"{name}: {template!r} lacks {missing}")

    def fill(self, frame):
        """A value for every blank of the frame; {kind2} differs from {kind}."""
        values = {}
        for template in frame["same"] + frame["opposite"] + frame["other"]:
            for kind, second, _ in BLANK.findall(template):
                taken = [values.get(kind), values.get(kind + "2")]
                if kind + second not in values:
                    choices = [value for value in self.slots[kind] if value not in taken]
                    values[kind + second] = self.random.choice(choices)
        return values

    def write(self, template, values, short_names=False):
        """The template's sentence; `short_names` calls people by their family names."""

        def word(match):
            kind, second, wordy = match.groups()
            forms = values[kind + second]
            # A sentence does not begin with a figure, and {kind.w} asks for the other form.
            wordy = wordy or match.start() == 0 and forms[0][0].isdigit()
            return forms[-1] if wordy or short_names and kind == "person" else forms[0]

        sentence = BLANK.sub(word, template)
        start = re.search(r"[a-zA-Z]", sentence).start()
        return sentence[:start] + sentence[start].upper() + sentence[start + 1 :]

    def changed(self, frame, values):
        """The values with one of them, or the order of two, changed."""
        if "exchange" in frame and self.random.random() < 0.5:
            a, b = frame["exchange"]
            return {**values, a: values[b], b: values[a]}
        blank = self.random.choice(frame["swap"])
        kind = blank.removesuffix("2")
        taken = [values[blank], values.get(kind), values.get(kind + "2")]
        other = self.random.choice([v for v in self.slots[kind] if v not in taken])
        return {**values, blank: other}

    def pair(self, frame, positive):
        """Two sentences that say the same, or do not."""
        values = self.fill(frame)
        second = values
        if positive:
            kind = self.random.choices(["same", "opposite"], [95, 5])[0]
            a, b = self.random.sample(frame[kind], 2)
        else:
            kind = self.random.choices(["opposite", "other", "swap"], [44, 44, 12])[0]
            if kind == "swap":
                second = self.changed(frame, values)
                a, b = self.random.choices(frame["same"], k=2)
            else:
                a, b = self.random.choice(frame["same"]), self.random.choice(frame[kind])
        short_names = self.random.random() < 0.3
        sentences = [self.write(a, values), self.write(b, second, short_names)]
        self.random.shuffle(sentences)
        return sentences

    def split(self, size):
        """Rows (label, sentence, sentence); no sentence comes twice, here or in another split."""
        labels = [1] * round(size * POSITIVE) + [0] * (size - round(size * POSITIVE))
        self.random.shuffle(labels)
        frames = []
        rows = []
        while len(rows) < size:
            if not frames:
                frames = list(self.frames.values())
                self.random.shuffle(frames)
            a, b = self.pair(frames[-1], labels[len(rows)] == 1)
            if a != b and a not in self.used and b not in self.used:
                frames.pop()
                self.used |= {a, b}
                rows.append((labels[len(rows)], a, b))
        return rows


def main():
    sample = Sample(seed=2018)
    number = 1001
    for name, size in SPLITS.items():
        rows = sample.split(size)
        with open(HERE / f"{name}.tsv", "w", encoding="utf-8", newline="\n") as file:
            file.write("Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n")
            for label, a, b in rows:
                file.write(f"{label}\t{number}\t{number + 1}\t{a}\t{b}\n")
                number += 2


if __name__ == "__main__":
    main()
