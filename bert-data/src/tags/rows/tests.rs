use super::*;
use crate::tags::{TagFormat, TagReader};

fn read_with(
    text: &str,
    options: &TagOptions,
    label_use: LabelUse,
) -> Result<Vec<TaggedSentence>, String> {
    let options = TagOptions {
        format: Some(TagFormat::JsonLines),
        ..options.clone()
    };
    let input = std::io::Cursor::new(text.to_owned().into_bytes());
    let reader = TagReader::from_reader("f", input, &options, label_use);
    let sentences = reader.and_then(|reader| reader.collect::<Result<Vec<_>, _>>());
    sentences.map_err(|error| error.to_string())
}

/// Words and tags of each sentence.
fn read(text: &str) -> Result<Vec<String>, String> {
    let sentences = read_with(text, &TagOptions::default(), LabelUse::Optional)?;
    Ok(sentences.iter().map(shown).collect())
}

fn shown(sentence: &TaggedSentence) -> String {
    let tags = sentence.tags.as_ref().map(|tags| tags.join(" "));
    format!(
        "{} | {}",
        sentence.words.join(" "),
        tags.unwrap_or("none".to_owned())
    )
}

fn are<const N: usize>(sentences: [&str; N]) -> Result<Vec<String>, String> {
    Ok(sentences.map(str::to_owned).into())
}

#[test]
fn words_have_tags_by_name() {
    let rows = "{\"tokens\": [\"a\", 2], \"ner_tags\": [\"B-x\", \"O\"], \"id\": 1}\n\n\
        {\"ner_tags\": [], \"tokens\": []}\n";
    assert_eq!(read(rows), are(["a 2 | B-x O", " | "]));
    let unused = read_with(rows, &TagOptions::default(), LabelUse::Unused).unwrap();
    assert_eq!(unused[0].tags, None);
    assert_eq!((unused[0].source.line, unused[1].source.line), (1, 3));
    assert_eq!(read("{\"words\": [\"a\"]}"), are(["a | none"]));
    assert_eq!(
        read("{\"words\": [\"a\"], \"tags\": null}"),
        are(["a | none"])
    );
    let options = TagOptions {
        word_column: Some("w".into()),
        tag_column: Some("pos".into()),
        ..TagOptions::default()
    };
    let rows = "{\"w\": [\"a\"], \"ner_tags\": [\"O\"], \"pos\": [\"X\"]}";
    let asked = read_with(rows, &options, LabelUse::Required).unwrap();
    assert_eq!(shown(&asked[0]), "a | X");
}

#[test]
fn words_have_tags_by_number() {
    let rows = "{\"tokens\": [\"a\", \"b\"], \"ner_tags\": [0, 2]}";
    let with = |names: &[&str]| TagOptions {
        tag_names: names.iter().map(|&name| name.to_owned()).collect(),
        ..TagOptions::default()
    };
    let named = read_with(rows, &with(&["O", "B-x", "I-x"]), LabelUse::Required).unwrap();
    assert_eq!(shown(&named[0]), "a b | O I-x");
    assert_eq!(
        read(rows).unwrap_err(),
        "f, line 1: the tag 0 is a number without a name; give `tag_names`, the names from 0 on"
    );
    assert_eq!(
        read_with(rows, &with(&["O", "B-x"]), LabelUse::Required).unwrap_err(),
        "f, line 1: the tag 2 is a number without a name; `tag_names` has 2 names, from 0 on"
    );
    let negative = "{\"tokens\": [\"a\"], \"ner_tags\": [-100]}";
    assert!(read_with(negative, &with(&["O"]), LabelUse::Required).is_err());
}

#[test]
fn texts_have_spans() {
    let rows = "{\"text\": \"Zoë in New York.\", \"spans\": [{\"start\": 7, \"end\": 13, \"label\": \"LOC\"}], \
        \"tokens\": [{\"id\": 0}]}\n{\"text\": \"\", \"spans\": []}\n";
    let sentences = read_with(rows, &TagOptions::default(), LabelUse::Required).unwrap();
    assert_eq!(
        shown(&sentences[0]),
        "Zoë in New York . | O O B-LOC I-LOC O"
    );
    let text = sentences[0].text.as_ref().unwrap();
    let words: Vec<&str> = text
        .words
        .iter()
        .map(|word| &text.text[word.clone()])
        .collect();
    assert_eq!(words, sentences[0].words);
    assert_eq!(shown(&sentences[1]), " | ");
    assert_eq!(read("{\"text\": \"a b\"}"), are(["a b | none"]));
    let doccano = "{\"text\": \"a b\", \"label\": [[0, 1, \"x\"]]}";
    assert_eq!(read(doccano), are(["a b | B-x O"]));
    let span = "{\"id\": 7, \"label\": \"x\", \"start_offset\": 2, \"end_offset\": 3}";
    let doccano = format!("{{\"text\": \"a b\", \"entities\": [{span}]}}");
    assert_eq!(read(&doccano), are(["a b | O B-x"]));
    // Words with tags are more than the text that they are of.
    let both =
        "{\"text\": \"ab\", \"spans\": [], \"tokens\": [\"a\", \"b\"], \"tags\": [\"O\", \"B-x\"]}";
    assert_eq!(read(both), are(["a b | O B-x"]));
    assert_eq!(
        read("{\"text\": \"a b\", \"entities\": [[0, 1, \"x\"]]}"),
        are(["a b | B-x O"])
    );
}

#[test]
fn snapped_spans_are_counted_with_the_first_line() {
    let row = "{\"text\": \"abc d\", \"spans\": [[0, 2, \"x\"]]}\n";
    let good = "{\"text\": \"abc d\", \"spans\": [[0, 3, \"x\"]]}\n";
    let input = std::io::Cursor::new([good, row, row].concat().into_bytes());
    let options = TagOptions {
        format: Some(TagFormat::JsonLines),
        ..TagOptions::default()
    };
    let mut reader = TagReader::from_reader("f", input, &options, LabelUse::Required).unwrap();
    assert_eq!(reader.by_ref().filter(Result::is_ok).count(), 3);
    let report = reader.report();
    assert_eq!(
        (report.snapped_spans.count, report.sentences, report.words),
        (2, 3, 6)
    );
    assert_eq!(report.snapped_spans.first, Some((Path::new("f").into(), 2)));
}

#[test]
fn what_is_wrong_has_a_line() {
    let error = |rows| read(rows).unwrap_err();
    assert_eq!(
        error("{\"tokens\": [\"a\"], \"tags\": [\"O\"]}\n{\"tokens\": [\"a\"], \"tags\": []}"),
        "f, line 2: 0 tags for 1 words; each word has one"
    );
    assert_eq!(
        error("{\"tokens\": [\"a\"]}\n{\"tokens\": [\"a\"], \"ner_tags\": [\"O\"]}"),
        "f, line 2: this has tags, and what comes before it in the file has none; tag all or nothing"
    );
    assert_eq!(
        error("{\"tokens\": \"['a']\", \"ner_tags\": [\"O\"]}"),
        "f, line 1, column \"tokens\": a text where a list of words should be"
    );
    assert_eq!(
        error("{\"tokens\": [\"a\", null], \"ner_tags\": [\"O\", \"O\"]}"),
        "f, line 1, column \"tokens\": nothing where each word should be"
    );
    assert_eq!(
        error("{\"tokens\": [\"a\"], \"ner_tags\": [true]}"),
        "f, line 1, column \"ner_tags\": a boolean where each tag should be"
    );
    assert_eq!(
        error("{\"tokens\": [\"a\"], \"ner_tags\": [\"\"]}"),
        "f, line 1: no tag; tag it, or take it out"
    );
    assert_eq!(
        error("{\"text\": \"a\", \"spans\": \"x\"}"),
        "f, line 1, column \"spans\": a text where a list of spans, which only JSON lines have, \
         should be"
    );
    assert_eq!(
        error("{\"text\": \"a\", \"spans\": []}\n{\"text\": \"a\", \"spans\": [[0, 2, \"x\"]]}"),
        "f, line 2: the span 0 to 2 is not in the text, which has 1 characters; are places counted \
         in Unicode code points, as in Python?"
    );
    assert_eq!(
        error("{\"text\": \"a\", \"spans\": [{\"start\": 0}]}"),
        "f, line 1: a span is {\"start\": 0, \"end\": 4, \"label\": \"PER\"}, or a list of the three"
    );
    assert_eq!(
        error("{\"a\": 1}"),
        "f: no column is named \"tokens\", \"words\" or \"text\"; give `word_column`; the columns are \
         \"a\""
    );
    assert!(error("{\"tokens\": [\"a\"\n").starts_with("f, line 1, column"));
    assert_eq!(error(""), "f is empty");
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_has_lists() {
    use crate::table::{TableFormat, TableWriter};

    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("train.parquet");
    let names = ["id", "tokens", "ner_tags"];
    let mut writer = TableWriter::new("t", Vec::new(), TableFormat::Parquet, &names).unwrap();
    for words in [vec!["a", "b"], vec![]] {
        let numbers: Vec<i64> = (0..words.len() as i64).collect();
        let row = ["1".into(), words.into(), numbers.into()];
        writer.write_row(&row).unwrap();
    }
    std::fs::write(&path, writer.finish().unwrap()).unwrap();
    let options = TagOptions {
        tag_names: vec!["O".to_owned(), "B-x".to_owned()],
        ..TagOptions::default()
    };
    let reader = TagReader::open(&path, &options, LabelUse::Required).unwrap();
    let sentences: Vec<String> = reader.map(|sentence| shown(&sentence.unwrap())).collect();
    assert_eq!(sentences, ["a b | O B-x", " | "]);
    let reader = TagReader::open(&path, &TagOptions::default(), LabelUse::Required).unwrap();
    let error = reader.last().unwrap().unwrap_err().to_string();
    assert!(
        error.contains("train.parquet, line 1: the tag 0 is a number"),
        "{error}"
    );
}

#[test]
fn a_text_without_a_space_for_long_takes_little() {
    let begun = std::time::Instant::now();
    let every_other = (0..50_000).map(|at| format!("[{}, {}, \"x\"]", 2 * at, 2 * at + 1));
    let every_other = every_other.collect::<Vec<_>>().join(", ");
    for (text, spans, words, snapped) in [
        ("x".repeat(100_000), "[0, 100000, \"x\"]", 1, 0),
        ("a\u{301}".repeat(50_000), "[7, 8, \"x\"]", 1, 1),
        ("-".repeat(100_000), "[5, 99999, \"x\"]", 100_000, 0),
        ("中".repeat(100_000), every_other.as_str(), 100_000, 0),
    ] {
        let row = format!("{{\"text\": \"{text}\", \"spans\": [{spans}]}}");
        let options = TagOptions {
            format: Some(TagFormat::JsonLines),
            ..TagOptions::default()
        };
        let input = std::io::Cursor::new(row.into_bytes());
        let mut reader = TagReader::from_reader("f", input, &options, LabelUse::Required).unwrap();
        assert_eq!(reader.next().unwrap().unwrap().words.len(), words);
        assert_eq!(reader.report().snapped_spans.count, snapped);
    }
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}
