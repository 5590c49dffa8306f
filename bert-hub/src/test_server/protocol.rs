//! The hub's own protocol: addresses, headers, redirects and the codes of its errors.

use serde_json::{Value, json};

use super::http::{Answer, Asked};
use super::repos::{TestRepo, blob_id, etag, is_large};
use super::{Shared, lock};

/// What tests ask the server about itself.
pub(super) fn own(shared: &Shared, asked: &Asked) -> Answer {
    match asked.path.as_str() {
        "/_requests" => {
            let requests = std::mem::take(&mut *lock(&shared.requests));
            json_answer(&json!(requests))
        }
        _ => Answer::new(404, Vec::new()),
    }
}

/// What a hub answers, or its storage.
pub(super) fn answer(shared: &Shared, host: &str, asked: &Asked) -> Answer {
    let path = asked.path.split('?').next().unwrap_or_default();
    let parts: Vec<String> = path
        .trim_start_matches('/')
        .split('/')
        .map(unquoted)
        .collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    if host == "storage" {
        return storage(shared, asked, &parts);
    }
    match parts[..] {
        [
            "api",
            "resolve-cache",
            kind,
            org,
            name,
            commit,
            ref file @ ..,
        ] => small(
            shared,
            asked,
            kind,
            &format!("{org}/{name}"),
            commit,
            &file.join("/"),
        ),
        ["api", kind @ ("models" | "datasets"), ref rest @ ..] => api(shared, asked, kind, rest),
        ["datasets", ref rest @ ..] => resolve(shared, asked, "datasets", rest),
        ref rest => resolve(shared, asked, "models", rest),
    }
}

/// `ORG/NAME/resolve/REVISION/FILE`: where a file is and what.
fn resolve(shared: &Shared, asked: &Asked, kind: &str, parts: &[&str]) -> Answer {
    let Some(at) = parts.iter().position(|part| *part == "resolve") else {
        return error(404, "RepoNotFound", "no such page");
    };
    let id = parts[..at].join("/");
    if let Some(new) = shared.repos.renamed.get(&id) {
        // Of this host, without its name.
        return redirect(asked.path.replacen(&id, new, 1), Vec::new());
    }
    let revision = parts.get(at + 1).copied().unwrap_or_default();
    let file = parts[(at + 2).min(parts.len())..].join("/");
    let repo = match allowed(shared, asked, kind, &id, revision) {
        Ok(repo) => repo,
        Err(answer) => return answer,
    };
    let commit = repo.commit();
    let Some(bytes) = repo.files.get(&file) else {
        let mut answer = error(404, "EntryNotFound", "Entry not found");
        answer.headers.push(("X-Repo-Commit", commit));
        return answer;
    };
    let mut headers = vec![
        ("X-Repo-Commit", commit.clone()),
        ("X-Linked-Size", bytes.len().to_string()),
        ("X-Linked-Etag", format!("\"{}\"", etag(bytes))),
    ];
    if is_large(bytes) {
        let name = etag(bytes);
        let place = format!("http://{}/{name}?X-Signature=secret-{name}", shared.storage);
        // The etag of the page itself, which is not that of the file.
        headers.push(("ETag", "\"00000000000000000000000000000000\"".to_owned()));
        return redirect(place, headers);
    }
    redirect(
        format!("/api/resolve-cache/{kind}/{id}/{commit}/{}", quoted(&file)),
        headers,
    )
}

/// A small file, from the hub itself.
fn small(shared: &Shared, asked: &Asked, kind: &str, id: &str, commit: &str, file: &str) -> Answer {
    let repo = match allowed(shared, asked, kind, id, commit) {
        Ok(repo) => repo,
        Err(answer) => return answer,
    };
    match repo.files.get(file) {
        None => error(404, "EntryNotFound", "Entry not found"),
        Some(bytes) => content(
            asked,
            bytes,
            vec![
                ("X-Repo-Commit", repo.commit()),
                ("ETag", format!("\"{}\"", etag(bytes))),
                ("Content-Type", "text/plain; charset=utf-8".to_owned()),
            ],
        ),
    }
}

/// A large file, by its checksum. A token has no business here.
fn storage(shared: &Shared, asked: &Asked, parts: &[&str]) -> Answer {
    let name = parts.first().copied().unwrap_or_default();
    let files = shared
        .repos
        .repos
        .iter()
        .flat_map(|repo| repo.files.values());
    let mut files = files.filter(|bytes| is_large(bytes) && etag(bytes) == name);
    match files.next() {
        Some(_) if !asked.path.contains("X-Signature=secret-") => Answer::new(403, Vec::new()),
        Some(_) if asked.header("authorization").is_some() => Answer::new(400, Vec::new()),
        Some(bytes) => content(
            asked,
            bytes,
            vec![("ETag", "\"of-the-storage\"".to_owned())],
        ),
        None => Answer::new(404, Vec::new()),
    }
}

/// `ORG/NAME`, `ORG/NAME/revision/REVISION`, `ORG/NAME/tree/REVISION`.
fn api(shared: &Shared, asked: &Asked, kind: &str, parts: &[&str]) -> Answer {
    let at = parts
        .iter()
        .position(|part| matches!(*part, "revision" | "tree"));
    let id = parts[..at.unwrap_or(parts.len())].join("/");
    if let Some(new) = shared.repos.renamed.get(&id) {
        return redirect(asked.path.replacen(&id, new, 1), Vec::new());
    }
    let revision = at
        .and_then(|at| parts.get(at + 1))
        .copied()
        .unwrap_or("main");
    let repo = match allowed(shared, asked, kind, &id, revision) {
        Ok(repo) => repo,
        Err(answer) => return answer,
    };
    if at.is_some_and(|at| parts[at] == "tree") {
        let files = repo.files.iter().map(|(name, bytes)| {
            let lfs = json!({"oid": etag(bytes), "size": bytes.len(), "pointerSize": 134});
            let lfs = if is_large(bytes) { lfs } else { Value::Null };
            json!({"type": "file", "path": name, "size": bytes.len(), "oid": blob_id(bytes), "lfs": lfs})
        });
        return json_answer(&files.collect());
    }
    let siblings: Value = repo
        .files
        .keys()
        .map(|name| json!({"rfilename": name}))
        .collect();
    json_answer(&json!({
        "id": repo.id,
        "sha": repo.commit(),
        "private": repo.token.is_some(),
        "siblings": siblings,
    }))
}

/// The repository at a revision, for whoever may see it.
fn allowed<'a>(
    shared: &'a Shared,
    asked: &Asked,
    kind: &str,
    id: &str,
    revision: &str,
) -> Result<&'a TestRepo, Answer> {
    let Some(at_revision) = shared.repos.find(kind, id, revision) else {
        // Whoever has no name does not learn what there is not.
        let status = if asked.header("authorization").is_some() {
            404
        } else {
            401
        };
        return Err(error(status, "RepoNotFound", "Repository not found"));
    };
    let Some(repo) = at_revision else {
        return Err(error(
            404,
            "RevisionNotFound",
            &format!("Invalid rev id: {revision}"),
        ));
    };
    let given = asked.header("authorization");
    let may_read = repo
        .token
        .as_ref()
        .is_none_or(|token| given == Some(format!("Bearer {token}")));
    match (may_read, repo.is_gated, given.is_some()) {
        (true, ..) => Ok(repo),
        (false, true, true) => Err(error(403, "GatedRepo", "Access to this repo is restricted")),
        (false, true, false) => Err(error(401, "GatedRepo", "Access to this repo is restricted")),
        (false, false, true) => Err(error(
            401,
            "",
            "Invalid credentials in Authorization header",
        )),
        (false, false, false) => Err(error(401, "RepoNotFound", "Repository not found")),
    }
}

fn content(asked: &Asked, bytes: &[u8], mut headers: Vec<(&'static str, String)>) -> Answer {
    headers.push(("Accept-Ranges", "bytes".to_owned()));
    let (status, range) = match asked.from() {
        Some(from) if from >= bytes.len() => return Answer::new(416, headers),
        Some(from) => (206, Some(from)),
        None => (200, None),
    };
    Answer {
        status,
        headers,
        body: bytes.to_vec(),
        range,
    }
}

fn redirect(to: String, mut headers: Vec<(&'static str, String)>) -> Answer {
    headers.push(("Location", to));
    Answer::new(307, headers)
}

fn error(status: u16, code: &str, message: &str) -> Answer {
    let mut headers = vec![("X-Error-Message", message.to_owned())];
    if !code.is_empty() {
        headers.push(("X-Error-Code", code.to_owned()));
    }
    Answer::new(status, headers)
}

fn json_answer(value: &Value) -> Answer {
    Answer {
        body: value.to_string().into_bytes(),
        ..Answer::new(200, vec![("Content-Type", "application/json".to_owned())])
    }
}

fn quoted(file: &str) -> String {
    crate::client::quoted(file, true)
}

fn unquoted(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, more @ ..] = rest {
        let code = more.get(..2).filter(|_| *first == b'%');
        let code =
            code.and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok());
        match code {
            Some(byte) => {
                bytes.push(byte);
                rest = &more[2..];
            }
            None => {
                bytes.push(*first);
                rest = more;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
