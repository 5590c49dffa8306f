use super::*;
use crate::glue::DataError;
use crate::glue::{Split, read_split, read_split_with};

const HEADER: &str = "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n";
/// Two whole rows. Between them are one that a line break in a question makes two, and one
/// that two line breaks make three.
const ROWS: &str = "7\t1\t2\tWho?\tWhom?\t1\n\
    8\t3\t4\t\"Is \"\"it\"\" so?\"\t\"Is\nit?\"\t0\n\
    9\t5\t6\tWhat?\tWhat\n\n now?\t0\n\
    10\t7\t8\tWhy?\tWhy so?\t0\n";

/// What a split with this content reads as.
fn read(
    task: GlueTask,
    split: Split,
    content: &str,
    short_rows: ShortRows,
) -> Result<GlueRead, DataError> {
    let dir = tempfile::tempdir().unwrap();
    let name = task.file_name(split).unwrap();
    std::fs::write(dir.path().join(name), content).unwrap();
    let read = read_split_with(task, dir.path(), split, short_rows);
    if short_rows == ShortRows::of(task) {
        let examples = read_split(task, dir.path(), split);
        assert_eq!(
            examples.ok(),
            read.as_ref().ok().map(|read| read.examples.clone())
        );
    }
    read
}

fn error(task: GlueTask, split: Split, content: &str, short_rows: ShortRows) -> String {
    let message = read(task, split, content, short_rows)
        .unwrap_err()
        .to_string();
    message[message.find(".tsv").unwrap()..].to_owned()
}

#[test]
fn the_short_rows_of_qqp_are_left_out_and_named() {
    let content = format!("{HEADER}{ROWS}");
    let qqp = read(GlueTask::Qqp, Split::Train, &content, ShortRows::Skip).unwrap();
    let texts = qqp.examples.iter().map(|example| &*example.text_a);
    assert!(texts.eq(["Who?", "Why?"]));
    assert_eq!(qqp.examples[1].id, 1);
    assert_eq!(qqp.skipped, [3, 4, 5, 6, 7]);
    // Nothing is there to be left out.
    let whole = format!("{HEADER}7\t1\t2\tWho?\tWhom?\t1\n\n\n");
    let qqp = read(GlueTask::Qqp, Split::Dev, &whole, ShortRows::Skip).unwrap();
    assert_eq!((qqp.examples.len(), qqp.skipped), (1, Vec::new()));
}

#[test]
fn short_rows_are_refused_where_they_should_be() {
    let content = format!("{HEADER}{ROWS}").replace("\"\"", "");
    assert_eq!(
        error(GlueTask::Qqp, Split::Train, &content, ShortRows::Refuse),
        ".tsv, line 3: 5 columns, expected 6; columns are separated by one tab and quotes have \
         no meaning"
    );
    let rte = "index\tsentence1\tsentence2\tlabel\n0\ta\tb\tentailment\n1\ta\n";
    let message = error(
        GlueTask::Rte,
        Split::Train,
        rte,
        ShortRows::of(GlueTask::Rte),
    );
    assert!(message.starts_with(".tsv, line 3: 2 columns, expected 4"));
    let rte = read(GlueTask::Rte, Split::Train, rte, ShortRows::Skip).unwrap();
    assert_eq!((rte.examples.len(), rte.skipped), (1, vec![3]));
}

#[test]
fn what_skips_short_rows_refuses_the_rest() {
    let error = |split, rows: &str| error(GlueTask::Qqp, split, rows, ShortRows::Skip);
    let long = format!("{HEADER}7\t1\t2\tWho?\n8\t1\t2\tWho?\tWhom?\t1\t\n");
    assert!(error(Split::Train, &long).starts_with(".tsv, line 3: 7 columns, expected 6"));
    let label = format!("{HEADER}7\t1\t2\tWho?\n8\t1\t2\tWho?\tWhom?\t2\n");
    assert!(error(Split::Train, &label).starts_with(".tsv, line 3, column 6: unknown label"));
    let commas = format!("{HEADER}7,1,2,Who?,Whom?,1\n");
    assert_eq!(
        error(Split::Train, &commas),
        ".tsv, line 2: 1 columns, expected 6; it has commas; write the file with tabs, without \
         quoting (not CSV)"
    );
    assert_eq!(
        error(Split::Train, HEADER),
        ".tsv has a header and no examples"
    );
    // Each row wants a prediction.
    let test = "id\tquestion1\tquestion2\n0\tWho?\tWhom?\n1\tWho\n";
    assert!(error(Split::Test, test).starts_with(".tsv, line 3: 2 columns, expected 3"));
}
