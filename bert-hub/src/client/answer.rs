//! What comes back.

use std::time::Duration;

use ureq::http::Response;
use ureq::{Body, BodyReader};

use super::fault::{Fault, What};
use super::url::Url;

/// An answer, its body not read yet.
pub(crate) struct Answer {
    url: Url,
    response: Response<Body>,
}

impl Answer {
    pub(super) fn new(url: Url, response: Response<Body>) -> Self {
        Self { url, response }
    }

    /// Who has answered.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// A header as a number.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.header(name)?.trim().parse().ok()
    }

    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// Where a redirect leads; `Some(None)` if that is no address.
    pub fn leads_to(&self) -> Option<Option<Url>> {
        let is_redirect = matches!(self.status(), 301 | 302 | 303 | 307 | 308);
        let location = self.header("Location").filter(|_| is_redirect)?;
        Some(self.url.join(location))
    }

    /// Whether a page came that people read in a browser.
    pub fn is_page(&self) -> bool {
        let kind = self.header("Content-Type").unwrap_or_default();
        kind.trim_start()
            .to_ascii_lowercase()
            .starts_with("text/html")
    }

    /// The answer, if it is one of success or a redirect that was enough.
    pub fn check(self) -> Result<Self, Fault> {
        match self.status() {
            200..=399 => Ok(self),
            status => {
                let what = What::Status {
                    status,
                    code: self.header("X-Error-Code").map(str::to_owned),
                    commit: self.header("X-Repo-Commit").map(str::to_owned),
                    after: self.retry_after(),
                };
                Err(Fault::new(&self.url, what))
            }
        }
    }

    /// What `Retry-After`, or the limit of the hub, says.
    fn retry_after(&self) -> Option<Duration> {
        let limit = || {
            let limit = self.header("RateLimit")?;
            let value = |name: &str| {
                let mut parts = limit.split(';').map(str::trim);
                let part = parts.find_map(|part| part.strip_prefix(name));
                part.and_then(|value| value.parse::<u64>().ok())
            };
            (value("r=") == Some(0)).then(|| value("t="))?
        };
        let seconds = self.number("Retry-After").or_else(limit);
        seconds.map(Duration::from_secs)
    }

    /// What comes after the headers.
    pub fn into_body(self) -> BodyReader<'static> {
        self.response.into_body().into_reader()
    }
}
