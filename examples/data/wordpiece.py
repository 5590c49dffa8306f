"""A small uncased WordPiece vocabulary for training from scratch: what the samples here share."""

import re
from collections import Counter

VOCAB_SIZE = 1500


def words(text):
    """Words as BERT's uncased tokenizer splits them, for the plain ASCII here."""
    return re.findall(r"\w+|[^\w\s]", text.lower())


def vocabulary(texts):
    """Special tokens, characters, words, ends of words."""
    counts = Counter(word for text in texts for word in words(text))
    characters = sorted(set("".join(counts)) | set("abcdefghijklmnopqrstuvwxyz0123456789"))
    vocab = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *characters]
    vocab += ["##" + character for character in characters if character.isalnum()]

    def by_count(counter):
        return sorted(counter, key=lambda word: (-counter[word], word))

    vocab += [word for word in by_count(counts) if counts[word] > 1 and len(word) > 1]
    # Rare words are spelt: the pieces that end most words make that shorter.
    ends = Counter(word[-size:] for word in counts for size in (2, 3, 4) if len(word) > size + 1)
    vocab += ["##" + end for end in by_count(ends) if ends[end] > 4]
    return vocab[:VOCAB_SIZE]


def write_vocabulary(path, texts):
    """Writes the vocabulary of the texts, an entry a line."""
    path.write_text("\n".join(vocabulary(texts)) + "\n", "utf-8", newline="\n")
