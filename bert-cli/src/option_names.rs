//! Options as people give them on a command line: the libraries name their fields.

use std::borrow::Cow;

/// What is called otherwise here, or takes a value.
const OTHERS: [(&str, &str); 6] = [
    ("Resume::Newest", "--resume"),
    ("Resume::Overwrite", "--overwrite-output-dir"),
    ("auto_batch_size", "--train-batch-size auto"),
    ("masked_lm_probability", "--masked-lm-prob"),
    ("next_sentence: false", "--no-next-sentence"),
    ("short_seq_probability", "--short-seq-prob"),
];

/// A message of a library in which every option between backticks is a flag.
pub fn as_flags(message: &str) -> String {
    let mut parts = message.split('`');
    let mut text = parts.next().unwrap_or_default().to_owned();
    while let Some(inside) = parts.next() {
        match (flag(inside), parts.next()) {
            (Some(flag), Some(after)) => {
                text.push_str(&flag);
                text.push_str(after);
            }
            (_, after) => {
                text.push('`');
                text.push_str(inside);
                if let Some(after) = after {
                    text.push('`');
                    text.push_str(after);
                }
            }
        }
    }
    text
}

fn flag(option: &str) -> Option<Cow<'static, str>> {
    if let Some((_, flag)) = OTHERS.iter().find(|(name, _)| *name == option) {
        return Some((*flag).into());
    }
    let is_name = |letter: char| letter.is_ascii_lowercase() || matches!(letter, '0'..='9' | '_');
    let is_field = option.starts_with(|first: char| first.is_ascii_lowercase());
    (is_field && option.chars().all(is_name))
        .then(|| format!("--{}", option.replace('_', "-")).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_become_flags_and_the_rest_stays() {
        for (message, expected) in [
            ("`learning_rate` is -1", "--learning-rate is -1"),
            (
                "use `Resume::Newest` or `output_dir`",
                "use --resume or --output-dir",
            ),
            (
                "from 5 (3 with `next_sentence: false`)",
                "from 5 (3 with --no-next-sentence)",
            ),
            ("a `Word` and `a b` stay", "a `Word` and `a b` stay"),
            ("one ` alone, or `adam_beta1", "one ` alone, or `adam_beta1"),
            ("", ""),
        ] {
            assert_eq!(as_flags(message), expected);
        }
    }
}
