//! Why an answer is none, and what is said of it.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::url::Url;
use crate::error::HubError;
use crate::repo::Repo;

/// What was asked for, for messages.
pub(crate) struct Wanted<'a> {
    /// Of which repository.
    pub repo: &'a Repo,
    /// Which file of it; none for the whole.
    pub file: Option<&'a str>,
    /// The folder of the cache that does not have it.
    pub cache: PathBuf,
    /// The endpoint.
    pub endpoint: &'a Url,
    /// Whether a token was sent.
    pub has_token: bool,
}

/// Why an answer is none, before it is known what to say of it.
#[derive(Debug)]
pub(crate) struct Fault {
    url: Box<Url>,
    what: Box<What>,
}

#[derive(Debug)]
pub(super) enum What {
    /// No connection.
    Unreachable(String),
    /// A connection that broke or stood still.
    Broken(String),
    Status {
        status: u16,
        code: Option<String>,
        commit: Option<String>,
        after: Option<Duration>,
    },
    Redirect(String),
    NotTheHub(String),
}

impl Fault {
    pub(super) fn new(url: &Url, what: What) -> Self {
        Self {
            url: Box::new(url.clone()),
            what: Box::new(what),
        }
    }

    pub(super) fn of(url: &Url, error: &ureq::Error) -> Self {
        use io::ErrorKind as Kind;
        let what = match error {
            ureq::Error::HostNotFound => What::Unreachable("there is no such host".to_owned()),
            // What TLS does not accept comes so, too.
            ureq::Error::Io(error) if error.kind() == Kind::InvalidData => What::no_tls(error),
            ureq::Error::Rustls(error) => What::no_tls(error),
            ureq::Error::Io(error)
                if matches!(
                    error.kind(),
                    Kind::BrokenPipe
                        | Kind::ConnectionAborted
                        | Kind::ConnectionReset
                        | Kind::Interrupted
                        | Kind::NotConnected
                        | Kind::TimedOut
                        | Kind::UnexpectedEof
                        | Kind::WouldBlock
                ) =>
            {
                What::of_io(error)
            }
            // Names that are not known, ways that do not lead there.
            ureq::Error::Io(error) => What::Unreachable(error.to_string()),
            ureq::Error::Timeout(_) => What::Broken("nothing came for too long".to_owned()),
            other => What::Broken(other.to_string()),
        };
        Self::new(url, what)
    }

    pub fn broken(url: &Url, error: &io::Error) -> Self {
        Self::new(url, What::of_io(error))
    }

    /// The body ended too early.
    pub fn cut(url: &Url) -> Self {
        Self::new(
            url,
            What::Broken("the connection was closed too early".to_owned()),
        )
    }

    pub(super) fn unreachable(url: &Url, why: String) -> Self {
        Self::new(url, What::Unreachable(why))
    }

    pub(super) fn redirect(url: &Url, why: String) -> Self {
        Self::new(url, What::Redirect(why))
    }

    pub fn not_the_hub(url: &Url, why: String) -> Self {
        Self::new(url, What::NotTheHub(why))
    }

    /// Whether it may be otherwise in a moment.
    pub fn may_pass(&self) -> bool {
        match &*self.what {
            What::Broken(_) => true,
            What::Status { status, .. } => matches!(status, 408 | 429 | 500 | 502 | 503 | 504),
            _ => false,
        }
    }

    /// Whether the hub was not heard at all, so that the cache may do.
    pub fn is_silence(&self) -> bool {
        match &*self.what {
            What::Unreachable(_) | What::Broken(_) | What::NotTheHub(_) | What::Redirect(_) => true,
            What::Status { status, code, .. } => {
                // Whoever may no longer see a repository is told that there is none.
                matches!(status, 401 | 403 | 408 | 429 | 500..)
                    || code.as_deref() == Some("RepoNotFound")
            }
        }
    }

    /// The commit that lacks a file, where it was that.
    pub fn absent_in(&self) -> Option<&str> {
        match &*self.what {
            What::Status {
                status: 404,
                code: Some(code),
                commit,
                ..
            } if code == "EntryNotFound" => commit.as_deref(),
            _ => None,
        }
    }

    pub fn status(&self) -> Option<u16> {
        match *self.what {
            What::Status { status, .. } => Some(status),
            _ => None,
        }
    }

    pub fn retry_after(&self) -> Option<Duration> {
        match *self.what {
            What::Status { after, .. } => after,
            _ => None,
        }
    }

    /// A few words, for whoever waits.
    pub fn in_words(&self) -> String {
        let host = self.url.host();
        match &*self.what {
            What::Unreachable(why) | What::Broken(why) | What::NotTheHub(why) => {
                format!("{host}: {why}")
            }
            What::Redirect(why) => format!("{host} leads to {why}"),
            What::Status { status: 429, .. } => format!("{host} takes no more requests for now"),
            What::Status { status, .. } => format!("{host} answers {status}"),
        }
    }

    /// What is said of it at the end.
    pub fn into_error(self, wanted: &Wanted<'_>, tries: u32) -> HubError {
        let Wanted { repo, file, .. } = *wanted;
        let (kind, id) = (repo.kind(), repo.id().to_owned());
        let page = format!(
            "{}/{}",
            wanted.endpoint.to_string().trim_end_matches('/'),
            repo.url_path()
        );
        let (url, host) = (self.url.to_string(), self.url.host().to_owned());
        let (status, code, after) = match *self.what {
            What::Unreachable(why) | What::Broken(why) => {
                return HubError::Unreachable {
                    host,
                    why,
                    what: file.map_or_else(|| repo.to_string(), |file| format!("{file} of {repo}")),
                    cache: wanted.cache.clone(),
                };
            }
            What::Redirect(why) => return HubError::Redirect { url, why },
            What::NotTheHub(what) => return HubError::NotTheHub { url, what },
            What::Status {
                status,
                code,
                after,
                ..
            } => (status, code.unwrap_or_default(), after),
        };
        match (status, code.as_str()) {
            (_, "GatedRepo") => HubError::Gated {
                id,
                page,
                hint: match wanted.has_token {
                    true => ", with the account of your token",
                    false => ", then set HF_TOKEN to a token of your account",
                },
            },
            (_, "RevisionNotFound") => HubError::NoRevision {
                kind,
                id,
                revision: repo.revision().to_owned(),
                page,
            },
            (_, "EntryNotFound") => HubError::NoFile {
                kind,
                id,
                file: file.unwrap_or_default().to_owned(),
                nearest: Vec::new(),
            },
            (401 | 404, "RepoNotFound") => HubError::NoRepo {
                host,
                kind,
                id,
                hint: match wanted.has_token {
                    true => "check its name, and whether your token may read it",
                    false => "check its name, or set HF_TOKEN if it is private",
                },
            },
            (401 | 403, _) => match wanted.has_token {
                true => HubError::Token { host, status, id },
                false => HubError::Forbidden { host, status, id },
            },
            (429, _) => HubError::TooMany {
                host,
                after: after.unwrap_or(Duration::from_secs(60)),
            },
            _ => HubError::Status { url, status, tries },
        }
    }
}

impl What {
    fn no_tls(error: &dyn std::error::Error) -> Self {
        Self::Unreachable(format!(
            "TLS fails ({error}); SSL_CERT_FILE names other certificates than the system's, such \
             as those of a proxy"
        ))
    }

    fn of_io(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::TimedOut => Self::Broken("nothing came for too long".to_owned()),
            io::ErrorKind::UnexpectedEof => {
                Self::Broken("the connection was closed too early".to_owned())
            }
            _ => Self::Broken(error.to_string()),
        }
    }
}
