use proptest::prelude::*;

use super::*;
use crate::example::PairExample;
use crate::glue::DataError;
use crate::glue::{GlueTask, read_file};
use crate::label::Label;

/// What a file of the task with this content reads as.
fn read_as(task: GlueTask, content: &str) -> Result<Vec<PairExample>, DataError> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("t.tsv");
    std::fs::write(&file, content).unwrap();
    read_file(task, file)
}

fn error_as(task: GlueTask, content: &str) -> String {
    let message = read_as(task, content).unwrap_err().to_string();
    message[message.find("t.tsv").unwrap()..].to_owned()
}

#[test]
fn a_row_of_each_layout_is_read() {
    let reads = |task, content: &str, text_a: &str, text_b: Option<&str>, label| {
        let example = PairExample {
            id: 0,
            text_a: text_a.to_owned(),
            text_b: text_b.map(str::to_owned),
            label,
        };
        assert_eq!(read_as(task, content).unwrap(), [example], "{task}");
    };
    let class = |class| Some(Label::Class(class));
    reads(
        GlueTask::Cola,
        "gj04\t0\t*\tThey drank the pub.\n",
        "They drank the pub.",
        None,
        class(0),
    );
    reads(
        GlueTask::Cola,
        "index\tsentence\n0\tHe left.\n",
        "He left.",
        None,
        None,
    );
    reads(
        GlueTask::Sst2,
        "sentence\tlabel\nfun \t1\n",
        "fun ",
        None,
        class(1),
    );
    reads(
        GlueTask::Sst2,
        "index\tsentence\n0\tfun\n",
        "fun",
        None,
        None,
    );
    let qqp = "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n9\t1\t2\tWho?\tWhom?\t1\n";
    reads(GlueTask::Qqp, qqp, "Who?", Some("Whom?"), class(1));
    let qqp = "id\tquestion1\tquestion2\n0\tWho?\tWhom?\n";
    reads(GlueTask::Qqp, qqp, "Who?", Some("Whom?"), None);
    let stsb = "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2";
    let row = "0\tmain-news\theadlines\t2015\t1\tnone\tnone\tA cat sat.\tA dog sat.";
    let labelled = format!("{stsb}\tscore\n{row}\t1.250\n");
    let texts = ("A cat sat.", Some("A dog sat."));
    reads(
        GlueTask::Stsb,
        &labelled,
        texts.0,
        texts.1,
        Some(Label::Number(1.25)),
    );
    reads(
        GlueTask::Stsb,
        &format!("{stsb}\n{row}\n"),
        texts.0,
        texts.1,
        None,
    );
    let mnli = "index\tpromptID\tpairID\tgenre\tsentence1_binary_parse\tsentence2_binary_parse\t\
                sentence1_parse\tsentence2_parse\tsentence1\tsentence2";
    let row =
        "0\t1\t1n\tslate\t( He left )\t( She left )\t(ROOT He)\t(ROOT She)\tHe left.\tShe left.";
    let texts = ("He left.", Some("She left."));
    let train = format!("{mnli}\tlabel1\tgold_label\n{row}\tneutral\tneutral\n");
    reads(GlueTask::Mnli, &train, texts.0, texts.1, class(1));
    let five = "entailment\tneutral\tcontradiction\tcontradiction\tcontradiction";
    let dev = format!(
        "{mnli}\tlabel1\tlabel2\tlabel3\tlabel4\tlabel5\tgold_label\n{row}\t{five}\tcontradiction\n"
    );
    reads(GlueTask::Mnli, &dev, texts.0, texts.1, class(2));
    reads(
        GlueTask::Mnli,
        &format!("{mnli}\n{row}\n"),
        texts.0,
        texts.1,
        None,
    );
    let qnli = "index\tquestion\tsentence\tlabel\n0\tWho?\tI did.\tentailment\n";
    reads(GlueTask::Qnli, qnli, "Who?", Some("I did."), class(0));
    let rte = "index\tsentence1\tsentence2\tlabel\n0\ta\tb\tnot_entailment\n";
    reads(GlueTask::Rte, rte, "a", Some("b"), class(1));
    let rte = "index\tsentence1\tsentence2\n0\ta\tb\n";
    reads(GlueTask::Rte, rte, "a", Some("b"), None);
    let wnli = "index\tsentence1\tsentence2\tlabel\n0\ta\tb\t1\n";
    reads(GlueTask::Wnli, wnli, "a", Some("b"), class(1));
}

#[test]
fn lines_of_other_layouts_are_named() {
    assert_eq!(
        error_as(GlueTask::Qnli, "0\tWho?\tI did.\tentailment\n"),
        "t.tsv, line 1: this is an example (column 4 is the label \"entailment\"), not a header; \
         put a header line first"
    );
    assert_eq!(
        error_as(GlueTask::Rte, "0\ta\tb\n1\ta\tb\n"),
        "t.tsv, line 1: column 1 is \"0\", and \"index\" in the header of a file without labels; \
         put the header line first"
    );
    let columns = |task| {
        error_as(task, "a\tb\tc\td\te\tf\tg\n")
            .split("; ")
            .next()
            .unwrap()
            .to_owned()
    };
    let mnli = "t.tsv, line 1: 7 columns, expected 12 or 16, or 10 without labels";
    assert_eq!(columns(GlueTask::Mnli), mnli);
    assert_eq!(
        columns(GlueTask::Sst2),
        "t.tsv, line 1: 7 columns, expected 2"
    );
    let cola = "source\tlabel\tmark\tsentence\ngj04\t1\t\tHe left.\n";
    assert_eq!(
        error_as(GlueTask::Cola, cola),
        "t.tsv, line 1, column 2: unknown label \"label\"; the labels are 0, 1"
    );
    assert!(error_as(GlueTask::Cola, "index\tsentence\n").ends_with("a header and no examples"));
    let qnli = "index\tquestion\tsentence\tlabel\n0\tWho?\tI\ndid.\tentailment\n";
    assert!(error_as(GlueTask::Qnli, qnli).starts_with("t.tsv, line 2: 3 columns, expected 4; "));
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "score\n"].join("\t");
    let row = format!("{}5.1\n", "x\t".repeat(9));
    assert_eq!(
        error_as(GlueTask::Stsb, &(names + &row)),
        "t.tsv, line 2, column 10: unknown label \"5.1\"; the labels are numbers from 0 to 5"
    );
}

/// A text, and the class or the number that follows from a place between 0 and 1.
fn rows() -> impl Strategy<Value = Vec<(String, String, f32)>> {
    // What begins with a quote may be in the quotes of CSV, which is an error of its own.
    let text = || "([^\t\r\n\"][^\t\r\n]{0,12})?";
    proptest::collection::vec((text(), text(), 0.0..1.0f32), 1..6)
}

proptest! {
    #[test]
    fn what_a_layout_holds_is_read(
        task in proptest::sample::select(GlueTask::ALL.to_vec()),
        layout in any::<proptest::sample::Index>(),
        rows in rows(),
    ) {
        let spec = task.spec();
        let layout = layout.get(spec.layouts);
        let mut names: Vec<String> = (0..layout.columns).map(|column| format!("c{column}")).collect();
        if let Header::Begins(name) = layout.header {
            names[0] = name.to_owned();
        }
        let mut lines = match layout.header {
            Header::Absent => Vec::new(),
            Header::Present | Header::Begins(_) => vec![names.join("\t")],
        };
        let mut expected = Vec::new();
        for (id, (text_a, text_b, place)) in rows.into_iter().enumerate() {
            let (value, label) = match task.is_regression() {
                true => ((5.0 * place).to_string(), Label::Number(5.0 * place)),
                false => {
                    let class = (place * spec.label_values.len() as f32) as usize;
                    (spec.label_values[class].to_owned(), Label::Class(class))
                }
            };
            let mut fields = vec!["\"".to_owned(); layout.columns];
            fields[layout.text_a] = text_a.clone();
            let second = layout.text_b.map(|column| {
                fields[column] = text_b.clone();
                text_b
            });
            let label = layout.label.map(|column| {
                fields[column] = value;
                label
            });
            lines.push(fields.join("\t"));
            expected.push(PairExample { id, text_a, text_b: second, label });
        }
        prop_assert_eq!(read_as(task, &lines.join("\n")).unwrap(), expected);
    }
}
