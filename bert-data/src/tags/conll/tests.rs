use super::*;
use crate::tags::TagReader;

/// Each sentence with its tags behind its words, and its line; or what is wrong.
fn read_with(text: &str, options: &TagOptions, label_use: LabelUse) -> Result<Vec<String>, String> {
    let options = TagOptions {
        format: Some(options.format.unwrap_or(TagFormat::Conll)),
        ..options.clone()
    };
    let input = std::io::Cursor::new(text.to_owned().into_bytes());
    let read = || -> Result<Vec<String>, TagError> {
        let reader = TagReader::from_reader("f", input, &options, label_use)?;
        let sentences: Vec<TaggedSentence> = reader.collect::<Result<_, _>>()?;
        Ok(sentences.iter().map(shown).collect())
    };
    read().map_err(|error| error.to_string())
}

fn shown(sentence: &TaggedSentence) -> String {
    let words = sentence
        .words
        .iter()
        .enumerate()
        .map(|(at, word)| match &sentence.tags {
            Some(tags) => format!("{word}/{}", tags[at]),
            None => word.clone(),
        });
    let lines = &sentence.source.word_lines;
    assert_eq!(lines.len(), sentence.words.len());
    assert_eq!(Some(&sentence.source.line), lines.first());
    format!(
        "{}: {}",
        sentence.source.line,
        words.collect::<Vec<_>>().join(" ")
    )
}

fn read(text: &str) -> Result<Vec<String>, String> {
    read_with(text, &TagOptions::default(), LabelUse::Optional)
}

fn columns(word: &str, tag: &str) -> TagOptions {
    TagOptions {
        word_column: Some(word.into()),
        tag_column: Some(tag.into()),
        ..TagOptions::default()
    }
}

fn are<const N: usize>(sentences: [&str; N]) -> Result<Vec<String>, String> {
    Ok(sentences.map(str::to_owned).into())
}

#[test]
fn sentences_are_between_blank_lines() {
    assert_eq!(
        read("a\tO\nb c\tB-x\n\n\n\t\nd\tO"),
        are(["1: a/O b c/B-x", "6: d/O"])
    );
    assert_eq!(
        read("\u{feff}a\tO\r\n\r\nb\tO\r\n"),
        are(["1: a/O", "3: b/O"])
    );
    assert_eq!(read("a X  O \nb Y O"), are(["1: a/O b/O"]));
    // A no-break space is no blank line and nothing between columns.
    assert_eq!(read("\u{a0} O\nb O"), are(["1: \u{a0}/O b/O"]));
}

#[test]
fn columns_are_the_first_and_the_last_unless_asked_for() {
    let text = "1 a N B-x\n2 b V O\n";
    assert_eq!(read(text), are(["1: 1/B-x 2/O"]));
    let of = |options| read_with(text, &options, LabelUse::Required);
    assert_eq!(of(columns("2", "3")), are(["1: a/N b/V"]));
    assert_eq!(
        of(columns("2", "5")).unwrap_err(),
        "f: no column has the number 5 (`tag_column`); there are 4, from 1: \"1\", \"2\", \"3\", \"4\""
    );
    assert!(
        of(columns("2", "2"))
            .unwrap_err()
            .starts_with("f: column \"2\" is that of the words and")
    );
    // To be tagged, no tags are needed, nor read.
    assert_eq!(read("a\nb\n\nc"), are(["1: a b", "4: c"]));
    let unused = read_with(text, &columns("2", "9"), LabelUse::Unused);
    assert_eq!(unused, are(["1: a b"]));
}

#[test]
fn comments_and_document_starts_are_left_out() {
    let text = "-DOCSTART- -X- -X- O\n\n# id = 1\n#\na X Y O\n-DOCSTART-\nb X Y O\n";
    assert_eq!(read(text), are(["5: a/O", "7: b/O"]));
    let text = "#begin document (a/b); part 000\na 0 O\n#end document\n\n# id 1 x\nb 0 O\n";
    assert_eq!(read(text), are(["2: a/O", "6: b/O"]));
    // As GermEval writes its sources.
    assert_eq!(read("#\thttp://x\t[2009]\n1\ta\tO\tO\n"), are(["2: 1/O"]));
}

#[test]
fn a_word_may_begin_with_a_hash() {
    // The first of a sentence, too: it has a tag.
    assert_eq!(read("#\tO\na\tO\n"), are(["1: #/O a/O"]));
    assert_eq!(
        read("# O\na B-x\n#b O\n# I-x\n"),
        are(["1: #/O a/B-x #b/O #/I-x"])
    );
    assert_eq!(read("#b O\n\n# newpar\nc O\n"), are(["1: #b/O", "4: c/O"]));
    assert_eq!(read("# SYM\n\n1 SYM\n"), are(["1: #/SYM", "3: 1/SYM"]));
    assert_eq!(read("# words\n\na\n\n#\n"), are(["3: a", "5: #"]));
    // Without a space it is no comment.
    assert_eq!(
        read("#b\na O\n").unwrap_err(),
        "f, line 2: 2 columns, expected 1 as in the first line with a word; columns are separated \
         by spaces; write the file with tabs if words have spaces"
    );
}

#[test]
fn conllu_has_ten_columns() {
    let word =
        |id: &str, form: &str, pos: &str| format!("{id}\t{form}\t_\t{pos}\t_\t_\t_\t_\t_\t_\n");
    let text = [
        "# text = vámonos #\n".to_owned(),
        word("1-2", "vámonos", "_"),
        word("1", "vamos", "VERB"),
        word("1.1", "x", "X"),
        word("2", "nos", "PRON"),
        word("3", "#", "SYM"),
    ];
    let options = TagOptions {
        format: Some(TagFormat::Conllu),
        ..TagOptions::default()
    };
    let read = read_with(&text.concat(), &options, LabelUse::Required);
    assert_eq!(read, are(["3: vamos/VERB nos/PRON #/SYM"]));
}

#[test]
fn what_is_wrong_has_a_line() {
    assert_eq!(
        read("a B-x\nb\n").unwrap_err(),
        "f, line 2: 1 columns, expected 2 as in the first line with a word; columns are separated \
         by spaces or tabs; is a tag missing?"
    );
    assert_eq!(
        read("a\tO\nb  O\n").unwrap_err(),
        "f, line 2: 1 columns, expected 2 as in the first line with a word; it has spaces where \
         tabs should be"
    );
    assert_eq!(
        read("a\tO\n\tO\n").unwrap_err(),
        "f, line 2: no word; give the line one, or take it out"
    );
    assert_eq!(read("a\tX\tO\nb\t\tO\n"), are(["1: a/O b/O"]));
    let middle = read_with("a\tX\tO\nb\t\tO\n", &columns("1", "2"), LabelUse::Required);
    assert_eq!(
        middle.unwrap_err(),
        "f, line 2: no tag; tag it, or take it out"
    );
    assert!(
        read("a O\rb O\r")
            .unwrap_err()
            .starts_with("f, line 1: lines must end in LF")
    );
    for empty in ["", "\n \n", "-DOCSTART- O\n", "\u{feff}"] {
        assert_eq!(read(empty).unwrap_err(), "f is empty");
    }
    assert_eq!(
        read("{\"tokens\": [\"a\"]}\n").unwrap_err(),
        "f is not conll: it looks like jsonl; give `format` jsonl"
    );
    assert!(read("PAR1").unwrap_err().ends_with("give `format` parquet"));
    assert!(
        read("<!DOCTYPE html><p>")
            .unwrap_err()
            .starts_with("f is not conll: it is a web page")
    );
}

#[test]
fn a_line_of_nothing_but_a_word_for_long_is_read() {
    let word = "x".repeat(100_000);
    assert_eq!(
        read(&format!("{word} O\n")),
        are([format!("1: {word}/O").as_str()])
    );
}
