//! Which cards are this program's.

use std::path::Path;

/// Stands before the checksum of what is above it.
const MARK: &str = "<!-- Written by bert-burn. A card that is changed stays as it is; checksum ";
const END: &str = " -->\n";

/// A card with its mark at the end.
pub(super) fn marked(card: &str) -> String {
    format!("{card}{MARK}{:08x}{END}", crc32fast::hash(card.as_bytes()))
}

/// Whether nothing is there, or a card that this program has written and nobody has changed.
pub(super) fn may_replace(path: &Path) -> bool {
    match std::fs::read(path) {
        Ok(bytes) => std::str::from_utf8(&bytes).is_ok_and(is_own),
        // A link that leads nowhere is somebody's, too.
        Err(_) => std::fs::symlink_metadata(path).is_err(),
    }
}

fn is_own(card: &str) -> bool {
    let parts = card.rsplit_once(MARK);
    parts.is_some_and(|(above, checksum)| {
        let found = checksum.strip_suffix(END);
        found == Some(&format!("{:08x}", crc32fast::hash(above.as_bytes())))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_known_until_it_is_changed() {
        let card = marked("---\ntags: []\n---\n# A model\n");
        assert!(is_own(&card));
        for changed in [
            card.replace("A model", "My model"),
            card.replace("\n", "\r\n"),
            format!("{card}More.\n"),
            card[1..].to_owned(),
            "# Mine\n".to_owned(),
            String::new(),
        ] {
            assert!(!is_own(&changed), "{changed}");
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("README.md");
        assert!(may_replace(&path));
        std::fs::write(&path, &card).unwrap();
        assert!(may_replace(&path));
        std::fs::write(&path, b"\xff").unwrap();
        assert!(!may_replace(&path));
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert!(!may_replace(&path));
    }
}
