//! The token that says who asks.

use std::fmt;

/// A token of the hub. It is shown nowhere: its `Debug` and `Display` are stars.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Of what a variable or a file says: without the space around it; none where nothing is left,
    /// or what no header can carry.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let can_be_sent = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        can_be_sent.then(|| Self(text.to_owned()))
    }

    /// The value of the header `Authorization`.
    pub(crate) fn header(&self) -> String {
        format!("Bearer {}", self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(***)")
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_sent_and_never_shown() {
        let token = Token::new(" hf_secret\n").unwrap();
        assert_eq!(token.header(), "Bearer hf_secret");
        let shown = format!("{token:?} {token}");
        assert!(!shown.contains("secret"), "{shown}");
        for empty in ["", " \n", "hf_a\r\nX-Other: b", "hf_\u{e4}"] {
            assert_eq!(Token::new(empty), None);
        }
    }
}
