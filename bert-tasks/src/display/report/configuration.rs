//! What the run was given: arguments, model, environment, what was loaded; and its warnings.

use serde_json::Value;

use super::markup::{clipped, folded, pairs, section, text};
use crate::display::format::thousands;
use crate::events::{RunHistory, Start, utc};

/// Warnings that are shown, the last ones.
const WARNINGS: usize = 100;

/// Characters that are shown of a value, a warning or the load report.
const LONGEST: usize = 20_000;

/// What somebody should know, with the time of each.
pub(super) fn warnings(history: &RunHistory) -> String {
    let hidden = history.warnings.len().saturating_sub(WARNINGS);
    let warning = |(moment, message): &(f64, String)| {
        format!(
            "<li><time>{}</time> {}</li>\n",
            utc(*moment),
            clipped(message, LONGEST)
        )
    };
    let mut content: String = history.warnings[hidden..].iter().map(warning).collect();
    if !content.is_empty() {
        content = format!("<ul class=\"warnings\">\n{content}</ul>\n");
    }
    if hidden > 0 {
        let hidden = thousands(hidden);
        content += &format!("<p class=\"note\">{hidden} earlier ones are not shown.</p>\n");
    }
    section("warnings", "Warnings", &content)
}

/// Everything that the newest process began with.
pub(super) fn configuration(history: &RunHistory) -> String {
    let Some(start) = &history.start else {
        return String::new();
    };
    let arguments = "<h3>Arguments</h3>\n".to_owned() + &object("Arguments", &start.arguments);
    let environment = "<h3>Environment</h3>\n".to_owned() + &environment(start);
    let mut content = arguments + &data(start) + &environment;
    content += &folded(
        "Model configuration",
        &object("Model configuration", &start.model),
    );
    if !start.load_report.is_empty() {
        let report = clipped(&start.load_report, LONGEST);
        content += &folded("Load report", &format!("<pre>{report}</pre>\n"));
    }
    section("configuration", "Configuration", &content)
}

/// What was unknown or cut of each split.
fn data(start: &Start) -> String {
    let rows = start.data.iter().map(|split| {
        let examples = thousands(split.statistics.examples);
        let value = format!("{examples} examples, {}", split.statistics);
        (split.split.as_str(), text(&value))
    });
    match start.data.is_empty() {
        true => String::new(),
        false => "<h3>Data</h3>\n".to_owned() + &pairs("Data", rows),
    }
}

fn environment(start: &Start) -> String {
    let environment = &start.environment;
    let origin = start.model.get("_name_or_path").and_then(Value::as_str);
    let origin = origin.unwrap_or_default().to_owned();
    let rows = [
        ("model that it began as", &origin),
        ("backend", &environment.backend),
        ("platform", &environment.platform),
        ("host", &environment.host),
        ("version of this library", &environment.version),
    ];
    let given = rows.into_iter().filter(|(_, value)| !value.is_empty());
    let texts = given.map(|(name, value)| (name, text(value)));
    let numbers = [
        ("threads of the machine", environment.threads.to_string()),
        ("process", environment.pid.to_string()),
    ];
    pairs("Environment", texts.chain(numbers))
}

/// The fields of an object, in their order.
fn object(label: &str, value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let field = |(name, value)| (String::as_str(name), plain(value));
            pairs(label, fields.iter().map(field))
        }
        other => pairs(label, [("value", plain(other))]),
    }
}

/// Whether the zeros behind the point are too many to count.
fn is_small(number: f64) -> bool {
    number != 0.0 && number.abs() < 1e-3
}

/// A value without the quotes that JSON has around texts.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(value) => clipped(value, LONGEST),
        Value::Number(number) if number.as_f64().is_some_and(is_small) => {
            format!("{:e}", number.as_f64().unwrap_or_default())
        }
        other => clipped(&other.to_string(), LONGEST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn arguments_keep_their_order_and_read_plainly() {
        let history = RunHistory {
            start: Some(Start {
                arguments: json!({"z": 2e-5, "a": "linear", "b": null, "c": [1, "<"]}),
                ..Start::default()
            }),
            ..RunHistory::default()
        };
        let html = configuration(&history);
        let expected = ["z", "a", "b", "c"].map(|name| html.find(&format!("row\">{name}</th>")));
        assert!(expected.iter().all(Option::is_some) && expected.is_sorted());
        for value in ["2e-5", "linear", "–", "[1,&quot;&lt;&quot;]"] {
            assert!(html.contains(&format!("<td>{value}</td>")), "{html}");
        }
        assert!(!html.contains("Load report"));
    }

    #[test]
    fn of_many_warnings_the_last_are_shown() {
        let warnings_of = |count: usize| {
            warnings(&RunHistory {
                warnings: (0..count).map(|n| (0.0, format!("w{n}."))).collect(),
                ..RunHistory::default()
            })
        };
        assert_eq!(warnings_of(0), "");
        assert!(!warnings_of(WARNINGS).contains("not shown"));
        let html = warnings_of(WARNINGS + 2);
        assert!(html.contains(" w101.<") && html.contains(" w2.<") && !html.contains(" w1.<"));
        assert!(html.contains("2 earlier ones"));
    }
}
