use super::*;

fn header(names: &str) -> Vec<String> {
    names.split(' ').map(str::to_owned).collect()
}

fn guess(names: &str) -> Result<(usize, Option<usize>, Option<usize>), String> {
    let none = ColumnOptions::default();
    let columns = TableColumns::resolve(&header(names), &none, LabelUse::Required);
    let columns = columns.map_err(|error| error.to_string())?;
    Ok((columns.text, columns.text_pair, columns.label))
}

fn asked(text: &str, pair: Option<&str>, label: Option<&str>) -> ColumnOptions {
    ColumnOptions {
        text_column: Some(text.into()),
        text_pair_column: pair.map(ColumnRef::from),
        label_column: label.map(ColumnRef::from),
        label_separator: None,
        label_names: None,
    }
}

fn resolve(names: &str, options: &ColumnOptions) -> Result<TableColumns, ColumnError> {
    TableColumns::resolve(&header(names), options, LabelUse::Required)
}

#[test]
fn usual_names_are_found() {
    assert_eq!(guess("text category"), Ok((0, None, Some(1))));
    assert_eq!(guess("Label id Sentence"), Ok((2, None, Some(0))));
    assert_eq!(
        guess("sentence1 sentence2 label idx"),
        Ok((0, Some(1), Some(2)))
    );
    assert_eq!(guess("hypothesis premise label"), Ok((1, Some(0), Some(2))));
    assert_eq!(
        guess("index question sentence label"),
        Ok((1, Some(2), Some(3)))
    );
    assert_eq!(guess("text score label"), Ok((0, None, Some(2))));
}

#[test]
fn what_the_names_do_not_tell_is_asked_for() {
    assert_eq!(
        guess("body label").unwrap_err(),
        "no column has a usual name for the text; the columns are \"body\", \"label\"; give \
         `text_column`, and `text_pair_column` for a second text"
    );
    let error = guess("text sentence label").unwrap_err();
    assert!(error.starts_with("the text may be any of \"text\", \"sentence\"; give"));
    let error = guess("text class score").unwrap_err();
    assert_eq!(
        error,
        "the label may be any of \"class\", \"score\"; give `label_column`"
    );
    let error = guess("text id").unwrap_err();
    assert!(error.starts_with("no column has a usual name for the label; the columns are"));
}

#[test]
fn columns_go_by_name_and_by_number() {
    let columns = |names: &str, options: &ColumnOptions| {
        let columns = resolve(names, options).unwrap();
        (columns.text, columns.text_pair, columns.label)
    };
    let options = asked("3", Some("b"), Some("1"));
    assert_eq!(columns("a b c", &options), (2, Some(1), Some(0)));
    // A name wins over a number.
    assert_eq!(columns("3 b 1", &options), (0, Some(1), Some(2)));
    assert_eq!(
        columns("a label", &asked("a", None, None)),
        (0, None, Some(1))
    );
}

#[test]
fn columns_that_are_not_there_are_told() {
    let error = |options| resolve("text category", &options).unwrap_err().to_string();
    assert_eq!(
        error(asked("text", None, Some("catgory"))),
        "no column is named \"catgory\" (`label_column`); is \"category\" meant; the columns are \
         \"text\", \"category\""
    );
    assert_eq!(
        error(asked("3", None, None)),
        "no column has the number 3 (`text_column`); there are 2, from 1: \"text\", \"category\""
    );
    assert!(error(asked("0", None, None)).starts_with("no column has the number 0"));
    assert!(error(asked("text", Some("1"), None)).starts_with("`text_pair_column` is the column"));
    assert!(error(asked("category", None, None)).starts_with("`label_column` is the column"));
    let many = (0..20)
        .map(|n| format!("c{n}"))
        .collect::<Vec<_>>()
        .join(" ");
    let error = resolve(&many, &asked("zzz", None, None)).unwrap_err();
    assert!(error.to_string().ends_with("\"c11\" and 8 more"));
}

#[test]
fn labels_are_looked_for_where_they_are_of_use() {
    let resolve = |names: &str, label_use| {
        let header = header(names);
        let columns = TableColumns::resolve(&header, &ColumnOptions::default(), label_use);
        columns.unwrap().label
    };
    assert_eq!(resolve("text label", LabelUse::Optional), Some(1));
    assert_eq!(resolve("text id", LabelUse::Optional), None);
    assert_eq!(resolve("text label", LabelUse::Unused), None);
}
