//! `embed` as a user runs it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::common::{Case, bert, fed, text};

/// The program on the case's model, with `input` on its standard input.
fn run(case: &Case, more: &[&str], input: &[u8]) -> Output {
    let mut program = bert(&["embed", "--model"]);
    fed(program.arg(case.path("model")).args(more), input)
}

fn runs(case: &Case, more: &[&str], input: &[u8]) -> String {
    let output = run(case, more, input);
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[track_caller]
fn fails(case: &Case, more: &[&str], code: i32, expected: &str) {
    let output = run(case, more, b"a\n");
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{message}");
    assert!(
        message.contains(expected),
        "`{expected}` is not in: {message}"
    );
    assert!(!message.contains("panicked"), "{message}");
}

/// A file of the case, by its name in the command line.
fn file(case: &Case, name: &str, content: impl AsRef<[u8]>) -> String {
    let path = case.path(name);
    fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The vectors of JSON lines.
fn vectors(lines: &str) -> Vec<Vec<f32>> {
    let vector = |line: &str| {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let numbers = row["embedding"].as_array().unwrap().iter();
        numbers
            .map(|number| number.as_f64().unwrap() as f32)
            .collect()
    };
    lines.lines().map(vector).collect()
}

/// Rows, numbers of each and all numbers of an array of numpy.
fn npy(path: &Path) -> (usize, usize, Vec<f32>) {
    let bytes = fs::read(path).unwrap();
    assert_eq!(&bytes[..10], b"\x93NUMPY\x01\x00\x76\x00");
    let header = text(&bytes[10..128]);
    let shape = header
        .split("'shape': (")
        .nth(1)
        .unwrap()
        .split(')')
        .next()
        .unwrap();
    let sizes: Vec<usize> = shape
        .split(", ")
        .map(|size| size.parse().unwrap())
        .collect();
    let numbers = bytes[128..].chunks_exact(4);
    let numbers: Vec<f32> = numbers
        .map(|b| f32::from_le_bytes(b.try_into().unwrap()))
        .collect();
    assert_eq!(numbers.len(), sizes[0] * sizes[1]);
    (sizes[0], sizes[1], numbers)
}

fn near(a: &[f32], b: &[f32]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6)
}

/// Nothing but what a test has made itself.
fn leftovers(case: &Case) -> Vec<PathBuf> {
    let all = fs::read_dir(case.path("."))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    all.filter(|path| path.to_str().unwrap().contains("partial"))
        .collect()
}

#[test]
fn texts_have_the_same_vectors_wherever_they_come_from() {
    let case = Case::new();
    let expected = runs(&case, &["a b", "c"], b"");
    let lines = vectors(&expected);
    assert_eq!((lines.len(), lines[0].len()), (2, 32));
    assert!(
        expected.starts_with("{\"text\": \"a b\", \"embedding\": ["),
        "{expected}"
    );
    assert_eq!(runs(&case, &[], b"a b\nc"), expected);
    assert_eq!(
        runs(&case, &["--file", "-"], b"\xef\xbb\xbfa b\r\nc\r\n"),
        expected
    );
    assert_eq!(
        runs(&case, &["--file", &file(&case, "t.txt", "a b\nc\n")], b""),
        expected
    );
    let (one, two) = (file(&case, "p1.txt", "a b"), file(&case, "p2.txt", "c"));
    assert_eq!(runs(&case, &["--file", &one, &two], b""), expected);
    let pattern = case.path("p*.txt");
    assert_eq!(
        runs(&case, &["--file", pattern.to_str().unwrap()], b""),
        expected
    );
    assert_eq!(
        runs(
            &case,
            &["--format", "jsonl", "--file", "-"],
            b"{\"text\": \"a b\"}\n{\"text\": \"c\"}\n"
        ),
        expected
    );
}

#[test]
fn columns_go_along() {
    let case = Case::new();
    let table = file(&case, "t.csv", "id,what\n7,a b\n8,c\n");
    let lines = runs(&case, &["--file", &table, "--text-column", "what"], b"");
    assert!(
        lines.starts_with("{\"id\": \"7\", \"what\": \"a b\", \"embedding\": ["),
        "{lines}"
    );
    assert_eq!(vectors(&lines), vectors(&runs(&case, &["a b", "c"], b"")));
    let other = file(&case, "u.csv", "what\na\n");
    let both = ["--file", &table, &other, "--text-column", "what"];
    fails(&case, &both, 1, "its columns are what, and those of");
}

#[test]
fn an_array_has_a_row_a_line() {
    let case = Case::new();
    let source = file(&case, "t.txt", "a b\n\n  \nc\n");
    let out = case.path("out.npy");
    let arguments = ["--file", &source, "--output", out.to_str().unwrap()];
    let output = run(&case, &arguments, b"");
    assert!(output.status.success());
    let said = text(&output.stderr);
    assert!(said.contains("2 rows have no text"), "{said}");
    assert!(said.contains("(line 2, 3)"), "{said}");
    let (rows, width, numbers) = npy(&out);
    assert_eq!((rows, width), (4, 32));
    let lines = vectors(&runs(&case, &["a b", "", "", "c"], b""));
    assert!(near(&numbers, &lines.concat()));
    // Nothing is replaced unasked.
    fails(&case, &arguments, 1, "--overwrite");
    runs(&case, &[&arguments[..], &["--overwrite"]].concat(), b"");
    let empty = file(&case, "empty.txt", "");
    let none = case.path("none.npy");
    runs(
        &case,
        &["--file", &empty, "--output", none.to_str().unwrap()],
        b"",
    );
    assert_eq!(npy(&none), (0, 32, Vec::new()));
}

#[test]
fn more_texts_than_are_read_at_once_keep_their_order() {
    let case = Case::new();
    let words = ["a", "b c", "d e f g", "a a a a a a a a"];
    let texts: Vec<&str> = (0..9000).map(|at| words[at * at % 7 % 4]).collect();
    let source = file(&case, "t.txt", texts.join("\n"));
    let out = case.path("out.npy");
    runs(
        &case,
        &["--file", &source, "--output", out.to_str().unwrap()],
        b"",
    );
    let (rows, width, numbers) = npy(&out);
    assert_eq!(rows, 9000);
    let each = vectors(&runs(&case, &words, b""));
    for (vector, text) in numbers.chunks_exact(width).zip(texts) {
        let word = words.iter().position(|word| *word == text).unwrap();
        assert!(near(vector, &each[word]), "{text}");
    }
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_goes_in_and_comes_out() {
    let case = Case::new();
    let table = file(
        &case,
        "t.jsonl",
        "{\"n\": 1, \"text\": \"a b\"}\n{\"n\": 2, \"text\": \"c\"}\n",
    );
    let (one, two) = (case.path("one.parquet"), case.path("two.jsonl"));
    let (one, two) = (one.to_str().unwrap(), two.to_str().unwrap());
    runs(&case, &["--file", &table, "--output", one], b"");
    runs(&case, &["--file", one, "--output", two], b"");
    let lines = fs::read_to_string(two).unwrap();
    let row: serde_json::Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    let (first, second) = (&row["embedding"], &row["embedding_2"]);
    assert_eq!(row["n"], 1);
    assert_eq!(first.as_array().unwrap().len(), 32);
    let number = |value: &serde_json::Value| value[5].as_f64().unwrap() as f32;
    assert_eq!(number(first), number(second));
}

#[test]
fn the_nearest_texts_are_said_first() {
    let case = Case::new();
    let table = file(&case, "t.csv", "text\nc d e\na b\n\"a\tb \x1b[31m\"\nf\n");
    let said = runs(
        &case,
        &["--file", &table, "--query", "a b", "--top-k", "2"],
        b"",
    );
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 2, "{said}");
    assert_eq!(lines[0], "1.000000\ta b");
    assert!(!said.contains('\x1b'));
    let all = runs(&case, &["--query", "a b"], b"f\nc\n");
    assert_eq!(all.lines().count(), 2);
    fails(
        &case,
        &["--query", "a", "--output", "x.npy"],
        2,
        "cannot be used with",
    );
    fails(&case, &["--query", "a", "--top-k", "0"], 2, "top-k");
}

#[test]
fn a_model_is_saved_with_what_was_said() {
    let case = Case::new();
    let flags = [
        "--pooling",
        "max,cls",
        "--normalize",
        "true",
        "--max-seq-length",
        "9",
    ];
    let saved = case.path("saved");
    let words = [&flags[..], &["--save", saved.to_str().unwrap()]].concat();
    assert_eq!(runs(&case, &words, b"never read"), "");
    let long = "a b c d e f g h i j k l";
    let output = run(&case, &[&flags[..], &[long]].concat(), b"");
    assert!(text(&output.stderr).contains("1 texts have more than 9 tokens"));
    let mut program = bert(&["embed", "--model"]);
    let again = program.arg(&saved).arg(long).output().unwrap();
    assert_eq!(text(&again.stdout), text(&output.stdout));
    fails(&case, &words, 1, "--overwrite");
    runs(&case, &[&words[..], &["--overwrite"]].concat(), b"");
    let own = case.path("model");
    fails(
        &case,
        &["--save", own.to_str().unwrap(), "--overwrite"],
        1,
        "model",
    );

    // And what sentence-transformers needs is kept by who writes other files.
    let converted = case.path("converted");
    let mut program = bert(&["convert", "--from"]);
    let done = program
        .arg(&saved)
        .arg("--to")
        .arg(&converted)
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", text(&done.stderr));
    let mut program = bert(&["embed", "--model"]);
    let again = program.arg(&converted).arg(long).output().unwrap();
    assert_eq!(text(&again.stdout), text(&output.stdout));
}

#[test]
fn what_cannot_be_embedded_is_said() {
    let case = Case::new();
    let out = case.path("out.npy");
    let out = out.to_str().unwrap();
    fails(&case, &["--file", "nowhere.txt"], 1, "nowhere.txt");
    fails(&case, &["--file", "nowhere*.csv"], 1, "nowhere*.csv");
    fails(
        &case,
        &["--output", "x.csv"],
        2,
        "none of .npy, .jsonl, .parquet",
    );
    fails(
        &case,
        &["--output", "no/folder.npy"],
        1,
        "cannot write no/folder.npy",
    );
    fails(&case, &["--pooling", "sum"], 2, "is not a pooling mode");
    fails(
        &case,
        &["--prompt-name", "query"],
        1,
        "no prompt \"query\"; it has none",
    );
    fails(
        &case,
        &["--max-seq-length", "1"],
        1,
        "max_seq_length 1 is too small",
    );
    fails(
        &case,
        &["--max-seq-length", "1", "--save", "x"],
        1,
        "max_seq_length 1 is too small",
    );
    fails(&case, &["--batch-tokens", "0"], 2, "batch-tokens");
    fails(&case, &["a", "--file", "x"], 2, "cannot be used with");
    let bytes = file(&case, "bytes.txt", b"a b\n\xff\n");
    fails(
        &case,
        &["--file", &bytes, "--output", out],
        1,
        "line 2 is not UTF-8",
    );
    let header = file(&case, "header.csv", "text\n");
    fails(
        &case,
        &["--file", &header, "--output", out],
        1,
        "header.csv",
    );
    let column = file(&case, "column.csv", "x,y\n1,2\n");
    fails(
        &case,
        &["--file", &column, "--text-column", "z", "--output", out],
        1,
        "z",
    );
    let odd = file(&case, "table.xlsx", "x");
    fails(&case, &["--file", &odd], 1, "--format");
    assert!(!Path::new(out).exists());
    assert_eq!(leftovers(&case), [""; 0].map(PathBuf::from));
    fs::write(
        case.path("model/modules.json"),
        "[{\"path\": \"\", \"type\": \"x.CLIP\"}]",
    )
    .unwrap();
    fails(
        &case,
        &["a"],
        1,
        "x.CLIP, which is not of sentence-transformers",
    );
    fs::write(case.path("model/modules.json"), "nonsense").unwrap();
    fails(&case, &["a"], 1, "modules.json: line 1");
}
