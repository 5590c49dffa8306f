//! What the hub says of a file before its content comes.

use crate::cache::is_file_name;
use crate::client::{Answer, Client, Fault, Method, Url};
use crate::repo::is_commit;

/// What the hub says of a file.
pub(crate) struct FileMetadata {
    pub commit: String,
    pub etag: String,
    pub size: Option<u64>,
    /// Where its content is.
    pub location: Url,
}

/// Asks what a file is. A redirect to another host is the answer if it says which commit.
pub(crate) fn head(client: &Client, url: &Url) -> Result<FileMetadata, Fault> {
    let commit = |answer: &Answer| answer.header("X-Repo-Commit").map(str::to_owned);
    let answer = client.follow(Method::Head, url, |target, answer| {
        !target.is_same_origin(answer.url()) && commit(answer).is_some()
    })?;
    let answer = answer.check()?;
    let fault = |what: &str| Fault::not_the_hub(answer.url(), what.to_owned());
    let Some(commit) = commit(&answer) else {
        return Err(fault(match answer.is_page() {
            true => "a web page (HTML) came instead of a file",
            false => "it does not say which commit the file is of (X-Repo-Commit)",
        }));
    };
    let etag = answer
        .header("X-Linked-Etag")
        .or_else(|| answer.header("ETag"));
    let etag = etag.map(|etag| etag.trim().trim_start_matches("W/").trim_matches('"'));
    let Some(etag) = etag.filter(|etag| is_file_name(etag) && !etag.contains('/')) else {
        return Err(fault("it does not say what the file is (ETag)"));
    };
    if !is_commit(&commit) {
        return Err(fault("the commit that it names is none"));
    }
    let target = answer.leads_to();
    let own_size = || match target {
        None => answer.number("Content-Length"),
        Some(_) => None,
    };
    Ok(FileMetadata {
        etag: etag.to_owned(),
        size: answer.number("X-Linked-Size").or_else(own_size),
        location: match &target {
            Some(Some(target)) => target.clone(),
            _ => answer.url().clone(),
        },
        commit,
    })
}
