"""Writes train.conll and dev.conll beside this file.

    python3 make_sample.py        # Python 3.11 or later, nothing else

The sentences come from frames.toml (hand-written, with blanks) and slots.toml (what the blanks are
filled with). The same files give the same output, byte for byte.
"""

import random
import re
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
SPLITS = {"train": (440, 60), "dev": (110, 15)}  # sentences with names, and without
BLANK = re.compile(r"\{([a-z]+)(\d?)\}")
WORD = re.compile(r"(?:Mr|Mrs|Dr)\.|'s\b|\$?\d[\d,]*|[^\W\d_]+|\S")
TYPES = {
    "PER": ["person", "last", "first"],
    "LOC": ["place", "town", "country", "water"],
    "ORG": ["firm", "club", "school"],
}
TYPE_OF = {kind: name for name, kinds in TYPES.items() for kind in kinds}


class Sample:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.frames = tomllib.loads((HERE / "frames.toml").read_text("utf-8"))
        slots = tomllib.loads((HERE / "slots.toml").read_text("utf-8"))
        self.old = {**slots["train"], **slots["all"]}
        self.new = slots["dev"]
        self.written = set()

    def pick(self, kind, split):
        """A value of slots.toml; in dev, half of them are values that train has not."""
        if split == "dev" and kind in self.new and self.random.random() < 0.5:
            return self.random.choice(self.new[kind])
        return self.random.choice(self.old[kind])

    def value(self, kind, split):
        """What a blank is filled with."""
        pick = lambda kind: self.pick(kind, split)
        either = lambda kind, share: pick("both" if self.random.random() < share else kind)
        match kind:
            case "last":
                return either("last", 0.5)
            case "person":
                return f"{pick('first')} {either('last', 0.3)}"
            case "town":
                return either("town", 0.4)
            case "place":
                return pick(self.random.choice(["water", "town", "country"]))
            case "firm":
                whole = f"{either('last', 0.5)} {pick('kind')}"
                return self.random.choice([pick("both"), whole, whole, pick("letters")])
            case "club":
                return self.random.choice([either("town", 0.5), f"{either('town', 0.3)} {pick('team')}"])
            case "school":
                of = either("town", 0.4)
                return self.random.choice([f"the University of {of}", f"{either('last', 0.4)} College"])
            case _:
                return pick(kind)

    def fill(self, frame, split):
        """A sentence as words with tags; names of one kind differ."""
        values = {}
        for kind, number in BLANK.findall(frame):
            while (kind, number) not in values:
                value = self.value(kind, split)
                if value not in values.values():
                    values[kind, number] = value
        words = []
        for piece in re.split(r"(\{\w+\})", frame):
            kind = BLANK.fullmatch(piece)
            text = values[kind.groups()] if kind else piece
            name = TYPE_OF.get(kind[1]) if kind else None
            if name and text.startswith("the "):
                words.append(("the", "O"))
                text = text.removeprefix("the ")
            for number, word in enumerate(WORD.findall(text)):
                words.append((word, f"{'B' if number == 0 else 'I'}-{name}" if name else "O"))
        (first, tag), *rest = words
        return [(first[0].upper() + first[1:], tag), *rest]

    def sentences(self, kind, count, split):
        """So many sentences, each frame as often as the others, none twice in both splits."""
        sentences, frames = [], []
        while len(sentences) < count:
            if not frames:
                frames = self.random.sample(self.frames[kind], len(self.frames[kind]))
            words = self.fill(frames.pop(), split)
            text = " ".join(word for word, _ in words)
            if text not in self.written:
                self.written.add(text)
                sentences.append(words)
        return sentences


def main():
    sample = Sample(seed=2003)
    for split, (names, nothing) in SPLITS.items():
        sentences = sample.sentences("names", names, split) + sample.sentences("nothing", nothing, split)
        sample.random.shuffle(sentences)
        blocks = ["".join(f"{word}\t{tag}\n" for word, tag in words) for words in sentences]
        (HERE / f"{split}.conll").write_text("\n".join(blocks), "utf-8", newline="\n")


if __name__ == "__main__":
    main()
