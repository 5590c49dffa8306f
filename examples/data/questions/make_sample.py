"""Writes train.json, dev.json and passages.txt beside this file.

    python3 make_sample.py        # Python 3.11 or later, nothing else

The sentences and questions come from frames.toml (hand-written, with blanks) and slots.toml (what
the blanks are filled with). The same files give the same output, byte for byte.
"""

import json
import random
import re
import tomllib
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).parent
SPLITS = {"train": (300, 1200), "dev": (60, 240)}  # passages, questions
TEXT = 1500  # passages in passages.txt, those of the splits included
BLANK = re.compile(r"\{([a-z]+)(\d?)(\.last)?\}")


class Sample:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.frames = tomllib.loads((HERE / "frames.toml").read_text("utf-8"))
        slots = tomllib.loads((HERE / "slots.toml").read_text("utf-8"))
        self.slots = {"train": slots["train"], "dev": dict(slots["train"])}
        for kind, values in slots["dev"].items():
            self.slots["dev"][kind] = slots["train"][kind] + values
        self.passages = set()

    def fill(self, frame, split):
        """A value for every blank of the frame, all of a kind different."""
        blanks = defaultdict(set)
        for sentence in frame:
            for text in [*sentence["say"], *(text for ask in sentence["ask"] for text in ask["q"])]:
                for kind, number, _ in BLANK.findall(text):
                    blanks[kind].add(number)
        people = sorted(blanks["person"])
        firsts = self.draw("first", len(people) + 1, split)
        lasts = self.draw("last", len(people) + 1, split)
        values = {"first": firsts[0], "last": lasts[0]}
        for number, first, last in zip(people, firsts[1:], lasts[1:], strict=True):
            values["person" + number] = f"{first} {last}"
        for kind in sorted(blanks.keys() - {"person", "first", "last"}):
            names = [kind + number for number in sorted(blanks[kind])]
            values |= zip(names, self.draw(kind, len(names), split), strict=True)
        return values

    def draw(self, kind, count, split):
        """Different values of a kind, in order where it counts."""
        slot = self.slots[split][kind]
        if isinstance(slot, list):
            return self.random.sample(slot, count)
        numbers = range(slot["from"], slot["to"] + 1, slot["step"])
        return [slot["as"].format(number) for number in sorted(self.random.sample(numbers, count))]

    def passage(self, frame, questions, split):
        """A context of `questions` sentences, and as many questions on it."""
        values = self.fill(frame, split)
        context, asked = "", []
        for sentence in [frame[0], *self.random.sample(frame[1:], questions - 1)]:
            text = write(self.random.choice(sentence["say"]), values)
            # Two to choose from; a second one is asked only of the first sentence.
            for rank, ask in enumerate(self.random.sample(sentence["ask"], 2)):
                asked.append((rank, len(asked), self.question(ask, text, len(context), values)))
            context += text + " "
        asked = self.random.sample(sorted(asked)[: questions + 1], questions)
        return context.rstrip(), [question for _, _, question in sorted(asked, key=lambda a: a[1])]

    def question(self, ask, sentence, offset, values):
        """One question; its first answer must be in the sentence, once, and others may be."""
        answers = []
        for template in ask["a"]:
            answer = write(template, values, capital=False)
            found = list(re.finditer(rf"(?<![\w,]){re.escape(answer)}(?!\w|,\d)", sentence, re.I))
            if len(found) > 1 or not found and not answers:
                raise ValueError(f"{answer!r} is {len(found)} times in {sentence!r}")
            answers += [{"text": match[0], "answer_start": offset + match.start()} for match in found]
        return {"question": write(self.random.choice(ask["q"]), values), "answers": answers[:3]}

    def split(self, name):
        """The file's content: an article for each frame."""
        count, questions = SPLITS[name]
        sizes = [questions // count + (place % 3 - 1) for place in range(count)]
        sizes[-1] += questions - sum(sizes)
        self.random.shuffle(sizes)
        frames, articles, number = [], {key: [] for key in self.frames}, 1
        while sizes:
            if not frames:
                frames = self.random.sample(sorted(self.frames), len(self.frames))
            context, asked = self.passage(self.frames[frames[-1]], sizes[-1], name)
            if context not in self.passages:
                self.passages.add(context)
                articles[frames.pop()].append({"context": context, "qas": asked})
                sizes.pop()
        data = []
        for key, paragraphs in articles.items():
            data.append({"title": key.replace("_", " ").capitalize(), "paragraphs": paragraphs})
            for paragraph in paragraphs:
                for place, question in enumerate(paragraph["qas"]):
                    # As in SQuAD, only dev has more than one answer to a question.
                    answers = question["answers"] if name == "dev" else question["answers"][:1]
                    question = {"id": f"{name}-{number}", **question, "answers": answers}
                    paragraph["qas"][place] = question
                    number += 1
        return data

    def more(self, count):
        """So many more passages, without questions."""
        passages = []
        while len(passages) < count:
            frame = self.frames[self.random.choice(sorted(self.frames))]
            context, _ = self.passage(frame, self.random.randint(3, 5), "train")
            if context not in self.passages:
                self.passages.add(context)
                passages.append(context)
        return passages


def write(template, values, capital=True):
    """The template with its blanks filled."""

    def word(match):
        kind, number, last = match.groups()
        value = values[kind + number]
        return value.split()[-1] if last else value

    text = BLANK.sub(word, template)
    start = re.search(r"\w", text).start()
    return text[:start] + text[start].upper() + text[start + 1 :] if capital else text


def main():
    sample = Sample(seed=2018)
    passages = []
    for name in SPLITS:
        data = sample.split(name)
        passages += [paragraph["context"] for article in data for paragraph in article["paragraphs"]]
        # A line for each paragraph, so that a change shows where it is.
        text = json.dumps({"version": "1.1", "data": data}, ensure_ascii=False, separators=(",", ":"))
        text = text.replace('{"context":', '\n{"context":').replace('{"title":', '\n{"title":')
        (HERE / f"{name}.json").write_text(text + "\n", "utf-8", newline="\n")
    passages += sample.more(TEXT - len(passages))
    # Each passage is a document, for pretraining and next-sentence prediction.
    (HERE / "passages.txt").write_text("\n\n".join(passages) + "\n", "utf-8", newline="\n")


if __name__ == "__main__":
    main()
