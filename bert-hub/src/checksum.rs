//! What a file must be, as the hub names it: by the SHA-256 of its bytes for large files, by Git's
//! name of a blob for the others.

use sha1::{Digest, Sha1};
use sha2::Sha256;

/// The checksum of bytes that come one after the other.
pub(crate) enum Checksum {
    /// Of a file in large storage.
    Sha256(Sha256),
    /// Of a file in Git: over a header with its size, too.
    GitBlob(Sha1),
    /// An etag of another kind says nothing about the bytes.
    Unknown,
}

impl Checksum {
    /// For a file of this etag; `size` is its whole size.
    pub fn for_etag(etag: &str, size: Option<u64>) -> Self {
        let is_hex = etag.bytes().all(|byte| byte.is_ascii_hexdigit());
        match (etag.len(), size) {
            (64, _) if is_hex => Self::Sha256(Sha256::new()),
            (40, Some(size)) if is_hex => {
                let mut sum = Sha1::new();
                sum.update(format!("blob {size}\0"));
                Self::GitBlob(sum)
            }
            _ => Self::Unknown,
        }
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(sum) => sum.update(bytes),
            Self::GitBlob(sum) => sum.update(bytes),
            Self::Unknown => {}
        }
    }

    /// What it comes to, in hexadecimal digits.
    pub fn finish(self) -> Option<String> {
        match self {
            Self::Sha256(sum) => Some(hex(&sum.finalize())),
            Self::GitBlob(sum) => Some(hex(&sum.finalize())),
            Self::Unknown => None,
        }
    }
}

/// Bytes in hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(etag: &str, text: &[u8]) -> Option<String> {
        let mut sum = Checksum::for_etag(etag, Some(text.len() as u64));
        text.chunks(2).for_each(|part| sum.update(part));
        sum.finish()
    }

    #[test]
    fn both_kinds_are_those_of_git_and_sha256sum() {
        // `printf hello | git hash-object --stdin`, `printf hello | sha256sum`.
        let blob = "b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0";
        let sha256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
        assert_eq!(sum(blob, b"hello").as_deref(), Some(blob));
        assert_eq!(sum(sha256, b"hello").as_deref(), Some(sha256));
        for other in ["9a0364b9e99bb480dd25e1f0284c8555-3", "", &"z".repeat(64)] {
            assert_eq!(sum(other, b"hello"), None);
        }
    }
}
