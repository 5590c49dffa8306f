//! Which proxy stands between this machine and a host.

use std::fmt;

/// The proxies of `HTTPS_PROXY`, `HTTP_PROXY` and `ALL_PROXY`, and the hosts of `NO_PROXY`, which
/// are reached without one. Their passwords are not shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    https: Option<String>,
    http: Option<String>,
    all: Option<String>,
    direct: Vec<String>,
}

impl Proxies {
    /// Of variables, which `get` knows; small letters go first, as in curl.
    pub fn of_variables(get: impl Fn(&str) -> Option<String>) -> Self {
        let get = |name: &str| {
            let small = get(&name.to_lowercase()).or_else(|| get(name));
            small.filter(|value| !value.trim().is_empty())
        };
        let direct = get("NO_PROXY").unwrap_or_default();
        let direct = direct.split(',').map(|host| host.trim().to_lowercase());
        Self {
            https: get("HTTPS_PROXY"),
            http: get("HTTP_PROXY"),
            all: get("ALL_PROXY"),
            direct: direct.filter(|host| !host.is_empty()).collect(),
        }
    }

    /// The proxy on the way to a host.
    pub(crate) fn between(&self, is_https: bool, host: &str, port: u16) -> Option<&str> {
        let host = host.trim_matches(['[', ']']).to_lowercase();
        if self.direct.iter().any(|name| covers(name, &host, port)) {
            return None;
        }
        let own = if is_https { &self.https } else { &self.http };
        own.as_deref().or(self.all.as_deref())
    }
}

/// Whether an entry of `NO_PROXY` means a host: it, all below it, or all there are.
fn covers(entry: &str, host: &str, port: u16) -> bool {
    let (name, of_port) = match entry.rsplit_once(':') {
        Some((name, number)) if !name.contains(':') => (name, number.parse::<u16>().ok()),
        _ => (entry, None),
    };
    if of_port.is_some_and(|of_port| of_port != port) {
        return false;
    }
    let name = name.trim_start_matches("*.").trim_start_matches('.');
    let below = || {
        host.strip_suffix(name)
            .is_some_and(|rest| rest.ends_with('.'))
    };
    name == "*" || host == name || (!name.is_empty() && below())
}

/// A proxy's address without who asks.
pub(crate) fn without_password(proxy: &str) -> String {
    match proxy.rsplit_once('@') {
        Some((before, host)) => match before.split_once("://") {
            Some((scheme, _)) => format!("{scheme}://{host}"),
            None => host.to_owned(),
        },
        None => proxy.to_owned(),
    }
}

impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |proxy: &Option<String>| proxy.as_deref().map(without_password);
        f.debug_struct("Proxies")
            .field("https", &shown(&self.https))
            .field("http", &shown(&self.http))
            .field("all", &shown(&self.all))
            .field("direct", &self.direct)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Proxies {
        Proxies::of_variables(|name| {
            let mut variables = variables.iter();
            let found = variables.find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_proxy_is_chosen_by_scheme_and_host() {
        let proxies = of(&[
            ("HTTPS_PROXY", "http://secure:1"),
            ("all_proxy", "socks5://any:2"),
            ("HTTP_PROXY", " "),
            ("NO_PROXY", "localhost, .inner.org,example.com:81,10.0.0.1"),
        ]);
        let between = |is_https, host, port| proxies.between(is_https, host, port);
        assert_eq!(
            between(true, "huggingface.co", 443),
            Some("http://secure:1")
        );
        assert_eq!(between(false, "huggingface.co", 80), Some("socks5://any:2"));
        for direct in [
            "localhost",
            "LOCALHOST",
            "a.inner.org",
            "inner.org",
            "10.0.0.1",
        ] {
            assert_eq!(between(true, direct, 443), None, "{direct}");
        }
        assert_eq!(between(true, "a.example.com", 81), None);
        for proxied in ["example.com", "notinner.org", "10.0.0.10"] {
            assert!(between(true, proxied, 443).is_some(), "{proxied}");
        }
        let none = of(&[("ALL_PROXY", "http://a"), ("no_proxy", "*")]);
        assert_eq!(none.between(false, "b", 80), None);
    }

    #[test]
    fn passwords_are_not_shown() {
        let proxies = of(&[
            ("HTTPS_PROXY", "http://me:secret@p:1"),
            ("ALL_PROXY", "me:secret@q"),
        ]);
        let shown = format!("{proxies:?}");
        assert!(
            shown.contains("http://p:1") && !shown.contains("secret"),
            "{shown}"
        );
    }
}
