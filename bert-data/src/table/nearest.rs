//! Names in messages: the one that may have been meant, and those there are.

/// As many names as a message has room for.
const SHOWN: usize = 12;

/// The name most like `given`, if one is like it at all.
pub(crate) fn nearest<'a>(given: &str, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let given = given.trim().to_lowercase();
    let names = names.into_iter();
    let near = names.map(|name| {
        (
            strsim::jaro_winkler(&name.trim().to_lowercase(), &given),
            name,
        )
    });
    let nearest = near
        .filter(|(similarity, _)| *similarity > 0.7)
        .max_by(|one, other| one.0.total_cmp(&other.0));
    nearest.map(|(_, name)| name.to_owned())
}

/// The question after what was not found.
pub(crate) fn or_nearest(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; is {name:?} meant"))
}

/// Names, in quotes; of many, the first.
pub(crate) fn some_of(names: &[String]) -> String {
    let shown = names.iter().take(SHOWN).map(|name| format!("{name:?}"));
    let shown = shown.collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
