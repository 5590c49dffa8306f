//! Between the words of a command line and the values of TOML.

use toml::Value;

/// A word as a number where it is one, else as itself.
pub(super) fn of_word(word: &str) -> Value {
    let is_number = word.starts_with(|c: char| c.is_ascii_digit() || c == '-');
    let has_fraction = word.contains(['.', 'e', 'E']);
    match (word.parse::<i64>(), word.parse::<f64>()) {
        // Not `007`, which would come back as another word.
        (Ok(number), _) if number.to_string() == word => Value::Integer(number),
        (_, Ok(number)) if is_number && has_fraction && number.is_finite() => Value::Float(number),
        _ => Value::String(word.to_owned()),
    }
}

/// A number or a name of [`TrainingArguments`](bert_tasks::training::TrainingArguments).
pub(super) fn of_json(value: &serde_json::Value) -> Option<Value> {
    match value {
        serde_json::Value::Bool(value) => Some(Value::Boolean(*value)),
        serde_json::Value::String(text) => Some(Value::String(text.clone())),
        serde_json::Value::Number(number) => Some(match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => Value::Integer(number),
            // Above what TOML's integers are.
            (None, Some(number)) => Value::String(number.to_string()),
            _ => Value::Float(number.as_f64()?),
        }),
        _ => None,
    }
}

/// The word for a value; nothing for what is no single one.
pub(super) fn to_word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        // 1.0 and not 1, which would be written as another kind of number.
        Value::Float(number) => Some(format!("{number:?}")),
        Value::Boolean(value) => Some(value.to_string()),
        Value::Datetime(_) | Value::Array(_) | Value::Table(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back_as_they_were_or_as_the_same_number() {
        for word in ["5", "-3", "0.1", "45m", "007", "auto", "/a/b", "1.", "inf"] {
            let back = to_word(&of_word(word)).unwrap();
            let same = back.parse::<f64>().ok() == word.parse::<f64>().ok();
            assert!(back == word || same, "{word} came back as {back}");
        }
        assert_eq!(of_word("5e-5"), Value::Float(5e-5));
        assert_eq!(of_word("007"), Value::String("007".to_owned()));
        let seed = u64::MAX;
        let back = to_word(&of_json(&seed.into()).unwrap()).unwrap();
        assert_eq!(back.parse(), Ok(seed));
    }
}
