//! Requests to the hub, and to where it redirects.
//!
//! The token goes to the origin of the endpoint only ([`Client::send`]); redirects are followed
//! here, one by one, and not by the library below.

mod agents;
mod answer;
mod fault;
mod url;

use std::io::Read;
use std::time::Duration;

use agents::Agents;
pub(crate) use answer::Answer;
pub(crate) use fault::{Fault, Wanted};
pub(crate) use url::{Url, quoted};

use crate::error::HubError;
use crate::settings::HubSettings;

/// Redirects in a row, as in `huggingface_hub`.
const MOST_REDIRECTS: usize = 20;

/// The longest wait that another side may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// The largest answer of the API that is read.
const MOST_JSON: u64 = 64 << 20;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Method {
    /// What a file is.
    Head,
    /// Its content, from this byte on.
    Get { from: u64 },
}

/// Whoever asks.
pub(crate) struct Client {
    agents: Agents,
    endpoint: Url,
    token: Option<String>,
    etag_timeout: Duration,
    download_timeout: Duration,
    retries: u32,
    retry_wait: Duration,
}

impl Client {
    /// Connects to nothing yet.
    pub fn new(settings: &HubSettings) -> Result<Self, HubError> {
        let endpoint = Url::parse(&settings.endpoint).ok_or_else(|| HubError::Variable {
            name: "HF_ENDPOINT",
            // It may have a password in it.
            value: "...".to_owned(),
            expected: "an address such as https://huggingface.co",
        })?;
        Ok(Self {
            agents: Agents::new(settings),
            endpoint,
            token: settings.token.as_ref().map(crate::Token::header),
            etag_timeout: settings.etag_timeout,
            download_timeout: settings.download_timeout,
            retries: settings.retries,
            retry_wait: settings.retry_wait,
        })
    }

    /// Who is asked first.
    pub fn endpoint(&self) -> &Url {
        &self.endpoint
    }

    /// Whether somebody is named who asks.
    pub fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// An address below the endpoint.
    pub fn url(&self, path: &str) -> Result<Url, HubError> {
        let base = self.endpoint.as_uri().to_string();
        Url::parse(&format!("{}/{path}", base.trim_end_matches('/'))).ok_or_else(|| {
            HubError::Redirect {
                url: self.endpoint.to_string(),
                why: format!("an address that is none: {path}"),
            }
        })
    }

    /// Ends every connection; a read that waits fails at once.
    pub fn shut_down(&self) {
        self.agents.shut_down();
    }

    /// One request, without going where it leads.
    pub fn send(&self, method: Method, url: &Url) -> Result<Answer, Fault> {
        let agent = self.agents.agent(url)?;
        let uri = url.as_uri();
        let mut request = match method {
            Method::Head => agent.head(uri),
            Method::Get { .. } => agent.get(uri),
        };
        // Sizes and ranges are of the file itself.
        request = request.header("Accept-Encoding", "identity");
        if let Method::Get { from } = method
            && from > 0
        {
            request = request.header("Range", format!("bytes={from}-"));
        }
        if let Some(token) = &self.token
            && url.is_same_origin(&self.endpoint)
        {
            request = request.header("Authorization", token);
        }
        let timeout = match method {
            Method::Head => self.etag_timeout,
            Method::Get { .. } => self.download_timeout,
        };
        let request = request
            .config()
            .timeout_resolve(Some(timeout))
            .timeout_connect(Some(timeout))
            .timeout_recv_response(Some(timeout))
            .timeout_per_read(Some(timeout))
            .build();
        let response = request.call().map_err(|error| Fault::of(url, &error))?;
        Ok(Answer::new(url.clone(), response))
    }

    /// A request that goes where it is led. `is_enough` says which redirect is an answer itself.
    pub fn follow(
        &self,
        method: Method,
        url: &Url,
        is_enough: impl Fn(&Url, &Answer) -> bool,
    ) -> Result<Answer, Fault> {
        let mut at = url.clone();
        for _ in 0..=MOST_REDIRECTS {
            let answer = self.send(method, &at)?;
            let Some(target) = answer.leads_to() else {
                return Ok(answer);
            };
            let target = match target {
                Some(target) if at.is_https() && !target.is_https() => {
                    let why = format!("{target}, which is not encrypted; that is not followed");
                    return Err(Fault::redirect(&at, why));
                }
                Some(target) => target,
                None => return Err(Fault::redirect(&at, "an address that is none".to_owned())),
            };
            if is_enough(&target, &answer) {
                return Ok(answer);
            }
            at = target;
        }
        let why = format!("ever other addresses ({MOST_REDIRECTS} redirects in a row)");
        Err(Fault::redirect(url, why))
    }

    /// A document of the API, tried again as long as its fault may pass.
    pub fn json(
        &self,
        path: &str,
        wanted: &Wanted<'_>,
        wait: &dyn Fn(&str, Duration) -> Result<(), HubError>,
    ) -> Result<serde_json::Value, HubError> {
        let url = self.url(path)?;
        self.again(wanted, wait, || {
            let answer = self.follow(Method::Get { from: 0 }, &url, |_, _| false)?;
            let answer = answer.check()?;
            let mut text = Vec::new();
            let mut body = answer.into_body().take(MOST_JSON);
            body.read_to_end(&mut text)
                .map_err(|error| Fault::broken(&url, &error))?;
            serde_json::from_slice(&text)
                .map_err(|_| Fault::not_the_hub(&url, "its answer is no JSON".to_owned()))
        })
    }

    /// Does something again as long as its fault may pass.
    pub fn again<T>(
        &self,
        wanted: &Wanted<'_>,
        wait: &dyn Fn(&str, Duration) -> Result<(), HubError>,
        mut ask: impl FnMut() -> Result<T, Fault>,
    ) -> Result<T, HubError> {
        let mut tries = 0;
        loop {
            let fault = match ask() {
                Ok(value) => return Ok(value),
                Err(fault) => fault,
            };
            tries += 1;
            match self.wait_before(tries, &fault) {
                Some(after) => wait(&fault.in_words(), after)?,
                None => return Err(fault.into_error(wanted, tries)),
            }
        }
    }

    /// How long to wait before the try that follows `tries` of them; none if it is no use.
    pub fn wait_before(&self, tries: u32, fault: &Fault) -> Option<Duration> {
        let usual = self.retry_wait * 2_u32.pow(tries.saturating_sub(1).min(3));
        let after = fault.retry_after().unwrap_or(usual);
        let is_use = fault.may_pass() && tries <= self.retries && after <= LONGEST_WAIT;
        is_use.then_some(after)
    }
}
