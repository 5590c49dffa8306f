//! Addresses, as far as a client of the hub has to know them.

use std::fmt;

use ureq::http::Uri;

/// An absolute address of HTTP. Shown without its query and without who asks: both may be secret.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Url(Uri);

impl Url {
    /// Of a text; none if that is no address of HTTP.
    pub fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
        (is_http && uri.host().is_some_and(|host| !host.is_empty())).then_some(Self(uri))
    }

    /// The address that a `Location` means here.
    pub fn join(&self, location: &str) -> Option<Self> {
        let location = location.split('#').next().unwrap_or(location);
        if let Some(url) = Self::parse(location) {
            return Some(url);
        }
        let scheme = self.0.scheme_str().unwrap_or_default();
        if location.starts_with("//") {
            return Self::parse(&format!("{scheme}:{location}"));
        }
        let authority = self
            .0
            .authority()
            .map_or("", |authority| authority.as_str());
        let path = self.0.path();
        let text = match location {
            location if location.starts_with('/') => location.to_owned(),
            location if location.starts_with('?') => format!("{path}{location}"),
            location if location.contains("://") => return None,
            location => format!(
                "{}/{location}",
                path.rsplit_once('/').map_or("", |(dir, _)| dir)
            ),
        };
        Self::parse(&format!("{scheme}://{authority}{text}"))
    }

    /// The address itself.
    pub fn as_uri(&self) -> &Uri {
        &self.0
    }

    /// Whether it is asked through TLS.
    pub fn is_https(&self) -> bool {
        self.0.scheme_str() == Some("https")
    }

    /// Who is asked.
    pub fn host(&self) -> &str {
        self.0.host().unwrap_or_default()
    }

    /// At which port.
    pub fn port(&self) -> u16 {
        let usual = if self.is_https() { 443 } else { 80 };
        self.0.port_u16().unwrap_or(usual)
    }

    /// Whether two addresses have scheme, host and port in common.
    pub fn is_same_origin(&self, other: &Self) -> bool {
        self.is_https() == other.is_https()
            && self.host().eq_ignore_ascii_case(other.host())
            && self.port() == other.port()
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.0.scheme_str().unwrap_or_default();
        write!(f, "{scheme}://{}", self.host())?;
        if let Some(port) = self.0.port_u16() {
            write!(f, ":{port}")?;
        }
        f.write_str(self.0.path())
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A part of a path in an address; `/` stays where it parts folders.
pub(crate) fn quoted(text: &str, keep_slashes: bool) -> String {
    let mut quoted = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'/' if keep_slashes => quoted.push('/'),
            b'-' | b'_' | b'.' | b'~' => quoted.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => quoted.push(char::from(byte)),
            byte => quoted.push_str(&format!("%{byte:02X}")),
        }
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_are_relative_to_where_they_come_from() {
        let url = Url::parse("https://hub.org:444/a/b?c").unwrap();
        let join = |location| url.join(location).map(|url| url.as_uri().to_string());
        for (location, expected) in [
            ("/x?y=1", "https://hub.org:444/x?y=1"),
            ("x", "https://hub.org:444/a/x"),
            ("?y", "https://hub.org:444/a/b?y"),
            ("//cdn.org/x", "https://cdn.org/x"),
            ("http://cdn.org/x#part", "http://cdn.org/x"),
        ] {
            assert_eq!(join(location).as_deref(), Some(expected));
        }
        for none in ["file:///etc/passwd", "ftp://x/y", "https://"] {
            assert_eq!(join(none), None, "{none}");
        }
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let same = |a, b| {
            Url::parse(a)
                .unwrap()
                .is_same_origin(&Url::parse(b).unwrap())
        };
        assert!(same("https://hub.org/a", "https://HUB.org:443/b"));
        for other in [
            "http://hub.org",
            "https://hub.org:8443",
            "https://cdn.hub.org",
            "https://hub.org.evil.com",
            "https://hub.org@evil.com",
        ] {
            assert!(!same("https://hub.org", other), "{other}");
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let url = Url::parse("https://me:pass@cdn.org/x?Signature=secret").unwrap();
        assert_eq!(
            format!("{url} {url:?}"),
            "https://cdn.org/x https://cdn.org/x"
        );
        assert_eq!(quoted("refs/pr/1", false), "refs%2Fpr%2F1");
        assert_eq!(quoted("a b/\u{e4}.json", true), "a%20b/%C3%A4.json");
    }
}
