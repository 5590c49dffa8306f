//! How a server fails.

use std::time::Duration;

use super::http::{Answer, Asked};

/// What goes wrong with an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// The connection ends after so many bytes of the body.
    CutAfter(usize),
    /// Every chunk of this many bytes takes so long.
    Slow(usize, Duration),
    /// Nothing comes for so long.
    Hang(Duration),
    /// Another status, with these headers.
    Status(u16, Vec<(&'static str, String)>),
    /// Another header.
    Header(&'static str, String),
    /// A page for people, as a proxy or a login sends it.
    Page,
    /// The whole file, whatever part was asked for.
    IgnoreRange,
    /// Bytes of the right number that are others.
    OtherBytes,
    /// Without what makes it a hub's answer.
    NoMetadata,
}

/// When it does.
#[derive(Clone, Debug)]
pub struct Rule {
    /// `hub`, `storage`, or either.
    pub host: Option<&'static str>,
    /// `HEAD`, `GET`, or either.
    pub method: Option<&'static str>,
    /// What the path has in it.
    pub path: String,
    /// For how many requests.
    pub times: usize,
    /// How.
    pub fault: Fault,
}

impl Rule {
    /// For every request whose path has `path` in it.
    pub fn always(path: &str, fault: Fault) -> Self {
        Self {
            host: None,
            method: None,
            path: path.to_owned(),
            times: usize::MAX,
            fault,
        }
    }

    /// For the next so many of them.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    /// Of one method.
    #[must_use]
    pub fn of(mut self, method: &'static str) -> Self {
        self.method = Some(method);
        self
    }

    /// At one host.
    #[must_use]
    pub fn at(mut self, host: &'static str) -> Self {
        self.host = Some(host);
        self
    }

    pub(super) fn fits(&self, host: &str, asked: &Asked) -> bool {
        self.times > 0
            && self.host.is_none_or(|own| own == host)
            && self.method.is_none_or(|own| own == asked.method)
            && asked.path.contains(&self.path)
    }
}

impl Fault {
    /// What becomes of an answer before it is sent.
    pub(super) fn change(&self, mut answer: Answer) -> Answer {
        match self {
            Self::Status(status, headers) => Answer {
                status: *status,
                headers: headers.clone(),
                body: Vec::new(),
                range: None,
            },
            Self::Header(name, value) => {
                answer
                    .headers
                    .retain(|(known, _)| !known.eq_ignore_ascii_case(name));
                answer.headers.push((name, value.clone()));
                answer
            }
            Self::Page => Answer {
                status: 200,
                headers: vec![("Content-Type", "text/html; charset=utf-8".to_owned())],
                body: b"<!DOCTYPE html><html>Log in to the network".to_vec(),
                range: None,
            },
            Self::IgnoreRange => Answer {
                status: if answer.status == 206 {
                    200
                } else {
                    answer.status
                },
                range: None,
                ..answer
            },
            Self::OtherBytes => {
                answer.body.iter_mut().for_each(|byte| *byte = !*byte);
                answer
            }
            Self::NoMetadata => {
                answer.headers.retain(|(name, _)| {
                    !name.starts_with("X-") && !name.eq_ignore_ascii_case("ETag")
                });
                answer
            }
            Self::Hang(time) => {
                std::thread::sleep(*time);
                answer
            }
            Self::CutAfter(_) | Self::Slow(..) => answer,
        }
    }
}
