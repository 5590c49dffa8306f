#!/usr/bin/env python3
"""Makes seeds/: what each fuzz target begins with, small files of every kind that is read.

Run it in this folder after a new kind has been added:

    python3 make_seeds.py
"""

import json
import pathlib
import shutil
import struct

HERE = pathlib.Path(__file__).parent
CORE = HERE / "../bert-core/tests/fixtures"
SEEDS = HERE / "seeds"


def put(target, name, content):
    folder = SEEDS / target
    folder.mkdir(parents=True, exist_ok=True)
    data = content.encode() if isinstance(content, str) else content
    (folder / name).write_bytes(data)


def config():
    full = json.loads((CORE / "tiny-bert/config.json").read_text())
    put("config", "full", json.dumps(full, indent=2))
    put("config", "google", (CORE / "tensorflow/garden/bert_config.json").read_bytes())
    put("config", "empty", "{}")
    odd = {
        "architectures": None, "model_type": "bert", "id2label": {"0": 0, "1": "yes"},
        "label2id": {"no": "0", "yes": 1}, "num_labels": 3, "hidden_act": "gelu_python",
        "problem_type": "regression", "pruned_heads": {}, "is_decoder": False,
        "pad_token_id": None, "classifier_dropout": 0.2, "layer_norm_eps": 1e-5,
        "position_embedding_type": "absolute", "torch_dtype": "float32",
        "tie_word_embeddings": True, "transformers_version": "4.57.0",
    }
    put("config", "odd", "\ufeff" + json.dumps(odd))
    put("config", "pointer", LFS)


LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n"


def safetensors():
    def file(tensors, metadata=None):
        header, data = {}, b""
        if metadata:
            header["__metadata__"] = metadata
        for name, dtype, shape, content in tensors:
            offsets = [len(data), len(data) + len(content)]
            header[name] = {"dtype": dtype, "shape": shape, "data_offsets": offsets}
            data += content
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        return struct.pack("<Q", len(text)) + text + data

    floats = struct.pack("<6f", *range(6))
    put("safetensors", "floats", file([("bert.a.weight", "F32", [2, 3], floats)], {"format": "pt"}))
    put("safetensors", "types", file([
        ("a", "F64", [2], struct.pack("<2d", 1, 2)), ("b", "F16", [2], b"\0<\0@"),
        ("c", "BF16", [1, 2], b"\x80?\0@"), ("d", "I64", [1], b"\1" + b"\0" * 7),
        ("e", "F32", [], b"\0\0\0\0"), ("f", "F32", [0, 4], b""), ("g", "BOOL", [1], b"\1"),
    ]))
    put("safetensors", "none", file([]))
    put("safetensors", "pointer", LFS)


def pytorch():
    for path in sorted((CORE / "pytorch").glob("*.bin")):
        put("pytorch_bin", path.stem, path.read_bytes())


def tensorflow():
    for name in ["elements/elements", "tf1/bert_model", "garden/bert_model"]:
        prefix = CORE / "tensorflow" / name
        index = prefix.with_name(prefix.name + ".ckpt.index").read_bytes()
        data = prefix.with_name(prefix.name + ".ckpt.data-00000-of-00001").read_bytes()
        seed = struct.pack("<H", len(index)) + index + data
        put("tf_index", name.replace("/", "-"), seed)


def tokenizers():
    vocab = "[PAD] [UNK] [CLS] [SEP] [MASK] the cafe ##s a b ##b cat ' 中 文 . , s".split()
    lines = "\n".join(vocab) + "\n"
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    added = [
        {"id": i, "content": t, "single_word": False, "lstrip": False, "rstrip": False,
         "normalized": False, "special": True}
        for i, t in enumerate(special)
    ]
    pieces = [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
              {"SpecialToken": {"id": "[SEP]", "type_id": 0}}]
    pair = pieces + [{"Sequence": {"id": "B", "type_id": 1}}, {"SpecialToken": {"id": "[SEP]", "type_id": 1}}]
    tokens = {t: {"id": t, "ids": [i], "tokens": [t]} for i, t in [(2, "[CLS]"), (3, "[SEP]")]}
    whole = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": added,
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
                       "strip_accents": None, "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "TemplateProcessing", "single": pieces, "pair": pair,
                           "special_tokens": tokens},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100, "vocab": {t: i for i, t in enumerate(vocab)}},
    }
    config = {
        "tokenizer_class": "BertTokenizer", "do_lower_case": True, "strip_accents": None,
        "tokenize_chinese_chars": True, "model_max_length": 1e30, "unk_token": "[UNK]",
        "added_tokens_decoder": {"18": dict(added[0], content="<new>", special=False)},
    }
    config["added_tokens_decoder"]["18"].pop("id")
    names = {"unk_token": "[UNK]", "cls_token": dict(added[2]), "sep_token": "[SEP]",
             "pad_token": "[PAD]", "mask_token": "[MASK]"}

    def folder(**files):
        return "".join(f"--- {name.replace('__', '.')}\n{text}\n" for name, text in files.items())

    put("tokenizer_folder", "vocab", folder(vocab__txt=lines.strip()))
    put("tokenizer_folder", "whole", folder(tokenizer__json=json.dumps(whole)))
    put("tokenizer_folder", "both", folder(tokenizer__json=json.dumps(whole),
                                           tokenizer_config__json=json.dumps(config)))
    # Found by fuzzing: the tokenizers library panics at it.
    wrong = [{"SpecialToken": {"id": "[KLS]", "type_id": 0}}] + pair[1:]
    without = dict(whole, post_processor=dict(whole["post_processor"], pair=wrong))
    put("tokenizer_folder", "template_without_its_token", folder(tokenizer__json=json.dumps(without)))
    put("tokenizer_folder", "all", folder(
        vocab__txt=lines.strip(), tokenizer_config__json=json.dumps(config),
        special_tokens_map__json=json.dumps(names), added_tokens__json='{"<new>": 18}',
        config__json='{"model_type": "bert"}'))


def glue():
    header = "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n"
    put("glue_tsv", "labelled", header + "1\t7\t8\t\" He said\ta \"b\"\n0\t7\t8\ta\tb\n")
    put("glue_tsv", "unlabelled", header.replace("Quality", "index") + "0\t7\t8\ta\tb\n")
    put("glue_tsv", "windows", "\ufeff" + (header + "1\t7\t8\tcafé\tb\n\n").replace("\n", "\r\n"))
    put("glue_tsv", "commas", header.replace("\t", ","))
    put("glue_tsv", "utf16", header.encode("utf-16"))
    put("glue_tsv", "cola", "gj04\t0\t*\tThey drank the pub.\nclc95\t1\t\tHe left.\n")
    qqp = "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n"
    put("glue_tsv", "qqp", qqp + "1\t2\t3\tWho?\tWhom?\t1\n4\t5\t6\tWho?\t\"Whom\n\n?\"\t0\n")
    names = [f"c{column}" for column in range(10)]
    row = ["0", "main-news", "a", "2015", "1", "none", "none", "A cat sat.", "A dog sat.", "1.250"]
    put("glue_tsv", "stsb", "\t".join(names) + "\n" + "\t".join(row) + "\n")
    row = ["0", "1", "1n", "slate", "( a )", "( b )", "(a)", "(b)", "He left.", "She left."]
    names, row = names + ["label1", "gold_label"], row + ["neutral", "neutral"]
    put("glue_tsv", "mnli", "\t".join(names) + "\n" + "\t".join(row) + "\n")


def tables():
    put("table", "csv", 'text,text_pair,label\n"Lost, ""again"".\nHelp!",b,lost_card\nWhere?,,card_arrival\n')
    put("table", "csv_numbers", "\ufeffsentence,score\r\na,0.5\r\ncafé,-2e1\r\n\r\n")
    put("table", "tsv", 'sentence1\tsentence2\tlabel\n" He said\ta "b"\t1\nc\t\t0\n')
    put("table", "tsv_quoted", 'text\tlabels\n"a\tb"\tx|y\n"""c"""\t\n"d\ne"\ty\n')
    put("table", "headless", "a,x\nb,y\n")
    rows = [
        {"text": "a\u2028b", "label": "x", "id": 1, "more": {"a": [1.0, None]}},
        {"label": "y", "text": "中文 😀", "id": -2.5e3},
    ]
    put("table", "jsonl", "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    rows = [{"text": "a", "labels": ["x", "y"]}, {"text": "b", "labels": []}]
    put("table", "jsonl_lists", "".join(json.dumps(row) + "\r\n" for row in rows))
    rows = [{"text": "a", "label": True}, {"text": "b", "label": False}]
    put("table", "jsonl_truth", "\n".join(json.dumps(row) for row in rows))
    put("table", "unclosed", 'text,label\n"a,b\n\nc,d\n')
    put("table", "semicolons", "text;label\na;b\n")
    put("table", "pointer", LFS)


def choices():
    own = [
        {"context": "It rains.", "question": "How is it?", "choices": ["dry", "wet", 5], "label": "B"},
        {"context": 1, "choices": ["été", "😀"], "label": "été", "id": None},
    ]
    put("choices", "own", "".join(json.dumps(row) + "\r\n" for row in own))
    put("choices", "swag", "video-id,sent1,sent2,ending0,ending1,label\nv,\"a, b\",He,\"runs\n\",sits,1\nw,a,,b,c,-1\n")
    put("choices", "swag_tabs", "sent1\tsent2\tending0\tending1\tending2\nA.\tHe\truns\tsits\teats\n")
    put("choices", "race", json.dumps({"article": "a", "question": "q _", "options": ["b", "c"], "answer": "A"}))
    passage = {"article": "a", "questions": ["p", "q"], "options": [["b", "c"], ["d", 1.5]], "answers": ["A", "B"]}
    put("choices", "race_passage", json.dumps({**passage, "id": "high1.txt"}))
    put("choices", "endings", "sent1,sent2,ending0,ending18446744073709551615,label\na,b,c,d,0\n")


def tagged():
    put("tagged", "iob2", "-DOCSTART-\tO\n\n#\tO\nZoë\tB-PER\nBell\tI-PER\n \t\nin\tO\nPrag\tI-LOC\n")
    put("tagged", "iob1", "\ufeff# id = 1\r\nU.N. NNP I-ORG\r\nNato NNP B-ORG\r\n\r\n. . O\r\n")
    put("tagged", "iobes", "a B-x\nb M-x\nc E-x\nd S-y\n\n# O\n")
    put("tagged", "bilou", "a\tX\tB-x\nb\tY\tL-x\nc\tZ\tU-y\n")
    put("tagged", "bare", "a B\nb I\nc O\n")
    put("tagged", "plain", "# newdoc\na DET\nb NOUN\n\n# SYM\n\n% SYM\n")
    put("tagged", "short", "a O\nb\n")
    columns = "\t_" * 6 + "\n"
    rows = [f"{number}\t{form}\t_\t{tag}{columns}" for number, form, tag in
            [("1-2", "au", "_"), ("1", "à", "ADP"), ("1.1", "x", "X"), ("2", "le", "DET")]]
    put("tagged", "conllu", "# text = au\n" + "".join(rows) + "\n")
    rows = [{"tokens": ["a", 2, "\u0301"], "ner_tags": [0, 1, 2]}, {"tokens": [], "ner_tags": []}]
    put("tagged", "numbers", "".join(json.dumps(row) + "\n" for row in rows))
    rows = [{"tokens": ["a"]}, {"tokens": ["a"], "ner_tags": ["B-a"]}]
    put("tagged", "late", "".join(json.dumps(row) + "\n" for row in rows))
    spans = [{"start": 2, "end": 10, "label": "PER"}, [14, 16, "LOC"]]
    rows = [{"text": "😀 Zoë Bell in Prag 中文", "spans": spans}, {"text": "", "spans": []}]
    put("tagged", "spans", "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    for name, spans in {"overlap": [[0, 2, "x"], [1, 3, "y"]], "reversed": [[2, 1, "x"]], "beyond": [[0, 9, "x"]]}.items():
        put("tagged", name, json.dumps({"text": "a b c", "spans": spans}))


def questions():
    answer = {"text": "cat", "answer_start": 4}
    question = {"id": "1", "question": "Who sat?", "answers": [answer], "is_impossible": False}
    none = {"id": 2, "question": "Who?", "answers": [], "plausible_answers": [answer]}
    paragraph = {"context": "The cat sat. Été 😀.", "qas": [question, none]}
    article = {"title": "Cats", "paragraphs": [paragraph]}
    flat = {"id": "3", "title": "Cats", "context": "The cat sat.", "question": "Who sat?",
            "answers": {"text": ["cat", "sat"], "answer_start": [4, 8.0]}}
    wrong = dict(question, id="4", answers=[{"text": "cat", "answer_start": "9"}, {"text": "", "answer_start": -1}])
    put("squad_json", "tree", json.dumps({"version": "v2.0", "data": [article]}))
    put("squad_json", "list", json.dumps([flat, paragraph]))
    put("squad_json", "lines", json.dumps(flat) + "\n" + json.dumps(flat) + "\n")
    empty = dict(flat, id="5", answers={"text": [], "answer_start": []})
    listed = dict(flat, id="6", answers=[answer])
    put("squad_json", "datasets", "".join(json.dumps(row) + "\n" for row in [flat, empty, listed]))
    put("squad_json", "wrong", json.dumps({"data": [{"paragraphs": [dict(paragraph, qas=[wrong, question, question])]}]}, ensure_ascii=False))
    put("squad_json", "article", json.dumps(article, indent=1))


if __name__ == "__main__":
    shutil.rmtree(SEEDS, ignore_errors=True)
    for make in [config, safetensors, pytorch, tensorflow, tokenizers, glue, tables, choices, tagged, questions]:
        make()
