use proptest::prelude::*;

use super::*;
use crate::tags::entities;

const WITH_PREFIX: [TagScheme; 6] = [
    TagScheme::Iob2,
    TagScheme::Iob1,
    TagScheme::Iobes,
    TagScheme::Bilou,
    TagScheme::Ioe2,
    TagScheme::Ioe1,
];

fn tags(tags: &str) -> Vec<String> {
    tags.split_whitespace().map(str::to_owned).collect()
}

fn scheme(sentences: &[&str]) -> TagScheme {
    let sentences: Vec<Vec<String>> = sentences.iter().map(|of| tags(of)).collect();
    TagScheme::of_sentences(sentences.iter().map(Vec::as_slice))
}

/// As IOB2, and how many tags were read as others.
fn iob2(scheme: TagScheme, of: &str) -> (String, usize) {
    let (tags, otherwise) = scheme.convert(&tags(of), TagScheme::Iob2);
    (tags.join(" "), otherwise)
}

#[test]
fn a_scheme_is_recognised() {
    assert_eq!(scheme(&["B-a I-a B-a O", "B-b"]), TagScheme::Iob2);
    assert_eq!(scheme(&["I-a I-a B-a O", "I-b"]), TagScheme::Iob1);
    assert_eq!(scheme(&["O I-a"]), TagScheme::Iob1);
    assert_eq!(scheme(&["B-a E-a S-a O"]), TagScheme::Iobes);
    assert_eq!(scheme(&["B-a M-a E-a W-a O"]), TagScheme::Iobes);
    assert_eq!(scheme(&["O S-a"]), TagScheme::Iobes);
    assert_eq!(scheme(&["B-a I-a L-a U-b"]), TagScheme::Bilou);
    assert_eq!(scheme(&["O U-b"]), TagScheme::Bilou);
    assert_eq!(scheme(&["I-a E-a E-a O E-b"]), TagScheme::Ioe2);
    assert_eq!(scheme(&["I-a E-a I-a O I-b"]), TagScheme::Ioe1);
    assert_eq!(scheme(&["DET NOUN S E L"]), TagScheme::Plain);
    assert_eq!(scheme(&["O PER ORG"]), TagScheme::Plain);
    assert_eq!(scheme(&["O B I", "O"]), TagScheme::Iob2);
    assert_eq!(scheme(&["O", ""]), TagScheme::Iob2);
    // B where another entity ends is of IOB1, and elsewhere of IOB2, if it is not a mistake in many.
    assert_eq!(scheme(&["B-a I-a O I-a O I-a"]), TagScheme::Iob2);
    assert_eq!(scheme(&["O I-a B-a O", "I-b"]), TagScheme::Iob1);
    let many = "I-a O ".repeat(40) + "B-a";
    assert_eq!(scheme(&[&many]), TagScheme::Iob1);
    // One mistake in many, and one that fits none.
    assert_eq!(
        scheme(&["O I-a", "B-a I-a", "B-b", "B-b O B-a"]),
        TagScheme::Iob2
    );
    assert_eq!(scheme(&["B-a X"]), TagScheme::Iob2);
    assert!(!TagScheme::Iob2.has("X") && !TagScheme::Iob2.has("B-") && !TagScheme::Iob2.has(""));
    assert!(TagScheme::Plain.has("X") && TagScheme::Iob2.has("B-a-b"));
}

#[test]
fn names_tell_a_scheme() {
    let of = |names: &str| TagScheme::of_names(&tags(names));
    assert_eq!(of("B-a I-a O"), TagScheme::Iob2);
    assert_eq!(of("I-a O"), TagScheme::Iob1);
    assert_eq!(of("B-a I-a E-a S-a O"), TagScheme::Iobes);
    assert_eq!(of("I-a E-a O"), TagScheme::Ioe2);
    assert_eq!(of("B-a I-a L-a U-a O"), TagScheme::Bilou);
    assert_eq!(of("LABEL_0 LABEL_1"), TagScheme::Plain);
}

#[test]
fn what_a_scheme_would_write_otherwise_is_counted() {
    assert_eq!(iob2(TagScheme::Iob2, "O I-a I-a"), ("O B-a I-a".into(), 1));
    assert_eq!(iob2(TagScheme::Iob2, "B-a I-b O"), ("B-a B-b O".into(), 1));
    assert_eq!(iob2(TagScheme::Iob1, "O I-a B-a"), ("O B-a B-a".into(), 0));
    assert_eq!(iob2(TagScheme::Iob1, "O B-a O"), ("O B-a O".into(), 1));
    assert_eq!(
        iob2(TagScheme::Iobes, "B-a M-a E-a W-a"),
        ("B-a I-a I-a B-a".into(), 0)
    );
    assert_eq!(iob2(TagScheme::Iobes, "B-a I-a O"), ("B-a I-a O".into(), 1));
    assert_eq!(
        iob2(TagScheme::Bilou, "U-a U-a B-b L-b"),
        ("B-a B-a B-b I-b".into(), 0)
    );
    assert_eq!(iob2(TagScheme::Iob2, "I B O"), ("B B O".into(), 1));
    assert_eq!(iob2(TagScheme::Plain, "DET O S"), ("DET O S".into(), 0));
}

#[test]
fn names_are_those_of_flags_and_of_serde() {
    for scheme in TagScheme::ALL {
        assert_eq!(scheme.to_string().parse(), Ok(scheme));
        let json = serde_json::to_string(&scheme).unwrap();
        assert_eq!(json, format!("{:?}", scheme.name()));
    }
    assert_eq!(
        "iob".parse::<TagScheme>().unwrap_err().to_string(),
        "\"iob\" is not a tag scheme; choose one of iob2, iob1, iobes, bilou, ioe2, ioe1, plain"
    );
}

proptest! {
    #[test]
    fn every_scheme_says_the_same(words in prop::collection::vec((0usize..3, any::<bool>()), 0..30)) {
        // A kind for each word, or none, and whether it begins an entity anyway.
        let kinds = ["O", "a", "b-c"];
        let mut before = 0;
        let first: Vec<String> = words.iter().map(|&(kind, begins)| {
            let prefix = if begins || kind != before { "B" } else { "I" };
            before = kind;
            match kind {
                0 => "O".to_owned(),
                kind => format!("{prefix}-{}", kinds[kind]),
            }
        }).collect();
        for one in WITH_PREFIX {
            let (written, otherwise) = TagScheme::Iob2.convert(&first, one);
            prop_assert_eq!(otherwise, 0);
            for other in WITH_PREFIX {
                let (again, otherwise) = one.convert(&written, other);
                prop_assert_eq!(otherwise, 0);
                let (back, otherwise) = other.convert(&again, TagScheme::Iob2);
                prop_assert_eq!((&back, otherwise), (&first, 0));
            }
            if one != TagScheme::Bilou {
                prop_assert_eq!(entities(&written), entities(&first));
            }
        }
    }
}
