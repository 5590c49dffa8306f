use super::*;
use crate::tags::EncodedTags;
use crate::tokenizer::{BertTokenizer, Casing};

fn read(files: &[&str], options: &TagOptions, label_use: LabelUse) -> Result<TaggedData, String> {
    let dir = tempfile::tempdir().unwrap();
    let mut paths = Vec::new();
    for (number, text) in files.iter().enumerate() {
        let path = dir.path().join(format!("{number}.conll"));
        std::fs::write(&path, text).unwrap();
        paths.push(path);
    }
    let read = read_tagged(&paths, options, label_use);
    let folder = dir.path().to_str().unwrap().to_owned() + std::path::MAIN_SEPARATOR_STR;
    read.map_err(|error| error.to_string().replace(&folder, ""))
}

fn train(files: &[&str]) -> Result<TaggedData, String> {
    read(files, &TagOptions::default(), LabelUse::Required)
}

fn tags(data: &TaggedData) -> Vec<String> {
    let tags = data
        .sentences
        .iter()
        .map(|of| of.tags.as_ref().unwrap().join(" "));
    tags.collect()
}

#[test]
fn tags_become_iob2() {
    let data = train(&["a B-x\nb E-x\n\nc O\n", "d S-y\ne S-y\n"]).unwrap();
    assert_eq!(
        (data.written_in, data.scheme),
        (TagScheme::Iobes, TagScheme::Iob2)
    );
    assert_eq!(tags(&data), ["B-x I-x", "O", "B-y B-y"]);
    assert_eq!((data.report.sentences, data.report.words), (3, 5));
    assert!(data.report.warnings().is_empty());
    assert_eq!(data.names().unwrap().names(), ["B-x", "B-y", "I-x", "O"]);
    let keep = TagOptions {
        keep_scheme: true,
        ..TagOptions::default()
    };
    let mut data = read(&["a B-x\nb L-x\n"], &keep, LabelUse::Required).unwrap();
    assert_eq!(
        (data.scheme, tags(&data)),
        (TagScheme::Bilou, vec!["B-x L-x".to_owned()])
    );
    data.convert(TagScheme::Iobes);
    assert_eq!(tags(&data), ["B-x E-x"]);
    let plain = train(&["a DET\nb NOUN\n"]).unwrap();
    assert_eq!(
        (plain.scheme, tags(&plain)),
        (TagScheme::Plain, vec!["DET NOUN".to_owned()])
    );
    assert_eq!(plain.names().unwrap().names(), ["DET", "NOUN"]);
}

#[test]
fn an_inside_after_outside_is_mended_and_counted() {
    let data = train(&["a B-x\n\nb B-x\nc O\n", "d O\ne I-x\nf I-y\n"]).unwrap();
    assert_eq!(tags(&data)[2], "O B-x B-y");
    let odd = &data.report.odd_tags;
    let (file, line) = odd.first.as_ref().unwrap();
    assert_eq!((odd.count, *line), (2, 2));
    assert!(file.ends_with("1.conll"));
}

#[test]
fn a_scheme_can_be_said() {
    let options = TagOptions {
        tag_scheme: Some(TagScheme::Iob2),
        ..TagOptions::default()
    };
    let data = read(&["a O\nb I-x\n"], &options, LabelUse::Required).unwrap();
    assert_eq!(
        (data.report.odd_tags.count, tags(&data)),
        (1, vec!["O B-x".to_owned()])
    );
    let plain = TagOptions {
        tag_scheme: Some(TagScheme::Plain),
        ..TagOptions::default()
    };
    let data = read(&["a B-1\nb X\n"], &plain, LabelUse::Required).unwrap();
    assert_eq!(tags(&data), ["B-1 X"]);
}

#[test]
fn what_is_wrong_has_a_line() {
    assert_eq!(
        train(&["a B-x\n\nb b-x\n"]).unwrap_err(),
        "0.conll, line 3: the tag \"b-x\" fits no scheme: other tags have a prefix, such as B-, and \
         it is not O; mend it, or, if prefixes mean nothing here, give `tag_scheme` plain"
    );
    assert_eq!(
        train(&["a O\n", "\n\nb\n"]).unwrap_err(),
        "1.conll, line 3: the sentence has no tags, and others have; tag it (no entities are an \
         empty list of spans, or O for each word), or take it out"
    );
    assert!(
        train(&["a\nb\n"])
            .unwrap_err()
            .starts_with("0.conll has no tags;")
    );
    assert_eq!(
        train(&[]).unwrap_err(),
        "no file to read a table from; give one"
    );
    let only = train(&["a O\n"]).unwrap().names().unwrap_err().to_string();
    assert!(
        only.ends_with("every row has the label \"O\"; at least two classes are needed"),
        "{only}"
    );
    let untagged = read(&["a\nb\n"], &TagOptions::default(), LabelUse::Optional).unwrap();
    assert!(!untagged.has_tags());
}

#[test]
fn prefixes_that_are_written_in_another_way_are_an_error() {
    for tag in ["b-per", "B_PER", "PER-I"] {
        let file = format!("a O\nb {tag}\n");
        assert_eq!(
            train(&[&file]).unwrap_err(),
            format!(
                "0.conll, line 2: the tag {tag:?} seems to have its prefix written in another way \
                 than B-PER and I-PER; write it so, or, if it has none, give `tag_scheme` plain"
            )
        );
    }
    assert!(
        train(&["a *\nb (PER*\nc *)\n"])
            .unwrap_err()
            .contains("line 2: the tag \"(PER*\"")
    );
    assert!(train(&["a PER\nb N-P\nc O\n"]).is_ok());
    assert!(train(&["a ADJ-I\nb N-P\n"]).is_ok());
}

#[test]
fn a_file_that_is_not_there_or_tells_nothing_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let error = |name: &str| {
        let path = dir.path().join(name);
        let error = read_tagged(&[path], &TagOptions::default(), LabelUse::Required);
        error.unwrap_err().to_string()
    };
    assert!(error("a.conll").ends_with("a.conll does not exist"));
    assert!(error("a.jsonl").ends_with("a.jsonl does not exist"));
    assert!(error("").contains("is a folder; give the files in it, for example"));
    assert!(error("a.csv").contains("its ending tells no format of tagged sentences"));
    std::fs::write(dir.path().join("b.conll"), b"a O\nb\xff O\n").unwrap();
    assert!(
        error("b.conll")
            .ends_with("b.conll, line 2, byte 2: not UTF-8; convert the file to UTF-8 first")
    );
    std::fs::write(dir.path().join("c.conll"), b"\xff\xfea\0 \0O\0").unwrap();
    assert!(
        error("c.conll").contains("is not conll: it is text in UTF-16"),
        "{}",
        error("c.conll")
    );
}

#[test]
fn a_tag_that_training_lacks_is_named_where_it_stands() {
    let dir = tempfile::tempdir().unwrap();
    let vocab = dir.path().join("vocab.txt");
    std::fs::write(&vocab, "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\n").unwrap();
    let tokenizer = BertTokenizer::from_vocab(&vocab, Casing::Uncased).unwrap();
    let names = train(&["a B-per\nb O\n"]).unwrap().names().unwrap();
    let dev = train(&["a O\n", "a O\n\na O\nb S-pre\n"]).unwrap();
    let encoded = EncodedTags::encode_tags(&tokenizer, &dev.sentences, &names, 8, 2, false);
    let error = encoded.unwrap_err().to_string();
    assert!(
        error.ends_with(
            "1.conll, line 4: unknown label \"B-pre\"; is \"B-per\" meant; the labels are \
             \"B-per\", \"O\""
        ),
        "{error}"
    );
}
