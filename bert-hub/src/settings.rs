//! What decides where the hub is, who asks and where its files are kept.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::HubError;
use crate::proxies::Proxies;
use crate::token::Token;

/// The hub itself.
const ENDPOINT: &str = "https://huggingface.co";

/// Seconds, for asking and for each read of a download, where nothing says how many.
const TIMEOUT: u64 = 10;

/// Everything that the environment decides. Fields can be changed; a program that does not want
/// its environment begins with [`HubSettings::at`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HubSettings {
    /// Where the hub is, or a mirror: `HF_ENDPOINT`.
    pub endpoint: String,
    /// The folder of the cache: `HF_HUB_CACHE`, or `hub` in `HF_HOME`, or that of
    /// `XDG_CACHE_HOME`.
    pub cache: PathBuf,
    /// Who asks: `HF_TOKEN`, or what is in the file of `HF_TOKEN_PATH` (`token` in `HF_HOME`).
    pub token: Option<Token>,
    /// Nothing is asked, the cache has to do: `HF_HUB_OFFLINE`.
    pub offline: bool,
    /// How long the hub may take to say what a file is: `HF_HUB_ETAG_TIMEOUT`.
    pub etag_timeout: Duration,
    /// How long a download may stand still: `HF_HUB_DOWNLOAD_TIMEOUT`.
    pub download_timeout: Duration,
    /// What is between this machine and the hub.
    pub proxies: Proxies,
    /// Whether files are links to blobs, where the file system can have some:
    /// `HF_HUB_DISABLE_SYMLINKS`.
    pub symlinks: bool,
    /// How often something that may pass is tried again without any progress.
    pub retries: u32,
    /// Until the first of these; twice as long each time after, up to eight times.
    pub retry_wait: Duration,
}

impl HubSettings {
    /// With this cache, and otherwise as without any variable.
    pub fn at(cache: impl Into<PathBuf>) -> Self {
        Self {
            endpoint: ENDPOINT.to_owned(),
            cache: cache.into(),
            token: None,
            offline: false,
            etag_timeout: Duration::from_secs(TIMEOUT),
            download_timeout: Duration::from_secs(TIMEOUT),
            proxies: Proxies::default(),
            symlinks: true,
            retries: 5,
            retry_wait: Duration::from_secs(1),
        }
    }

    /// Of this process's environment.
    ///
    /// # Errors
    /// When a variable has a value that cannot be meant.
    pub fn from_env() -> Result<Self, HubError> {
        Self::of_variables(|name| std::env::var(name).ok())
    }

    /// Of variables, which `get` knows, as `huggingface_hub` reads them.
    ///
    /// # Errors
    /// When one has a value that cannot be meant.
    pub fn of_variables(get: impl Fn(&str) -> Option<String>) -> Result<Self, HubError> {
        let user = get("HOME")
            .or_else(|| get("USERPROFILE"))
            .map(PathBuf::from);
        let said = |name: &str| get(name).filter(|value| !value.trim().is_empty());
        let path = |name: &str| said(name).map(|value| expanded(&value, user.as_deref()));
        let is_on = |name: &str| {
            let value = said(name).unwrap_or_default().to_uppercase();
            matches!(value.as_str(), "1" | "ON" | "YES" | "TRUE")
        };
        let seconds = |name: &'static str| match said(name) {
            None => Ok(Duration::from_secs(TIMEOUT)),
            Some(value) => match value.trim().parse::<u32>() {
                Ok(0) => Ok(Duration::from_secs(TIMEOUT)),
                Ok(seconds) => Ok(Duration::from_secs(seconds.into())),
                Err(_) => Err(HubError::Variable {
                    name,
                    value,
                    expected: "a whole number of seconds",
                }),
            },
        };

        let caches = path("XDG_CACHE_HOME");
        let home = path("HF_HOME").or_else(|| {
            let caches = caches.or_else(|| Some(user.as_deref()?.join(".cache")));
            Some(caches?.join("huggingface"))
        });
        let cache = path("HF_HUB_CACHE").or_else(|| path("HUGGINGFACE_HUB_CACHE"));
        let cache = cache.or_else(|| Some(home.as_deref()?.join("hub")));
        let Some(cache) = cache else {
            return Err(HubError::NoHome);
        };
        let token_file = path("HF_TOKEN_PATH").or_else(|| Some(home?.join("token")));
        let said_token = ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"];
        let token = said_token.iter().find_map(|name| Token::new(&get(name)?));
        let token = token.or_else(|| Token::new(&std::fs::read_to_string(token_file?).ok()?));
        let offline = match said("HF_HUB_OFFLINE") {
            Some(_) => is_on("HF_HUB_OFFLINE"),
            None => is_on("TRANSFORMERS_OFFLINE"),
        };
        let endpoint = said("HF_ENDPOINT").unwrap_or_else(|| ENDPOINT.to_owned());
        Ok(Self {
            endpoint: endpoint.trim().trim_end_matches('/').to_owned(),
            token: token.filter(|_| !is_on("HF_HUB_DISABLE_IMPLICIT_TOKEN")),
            offline,
            etag_timeout: seconds("HF_HUB_ETAG_TIMEOUT")?,
            download_timeout: seconds("HF_HUB_DOWNLOAD_TIMEOUT")?,
            proxies: Proxies::of_variables(&get),
            symlinks: !is_on("HF_HUB_DISABLE_SYMLINKS"),
            ..Self::at(cache)
        })
    }
}

/// A path with its `~`.
fn expanded(value: &str, user: Option<&Path>) -> PathBuf {
    match (value.strip_prefix('~'), user) {
        (Some(rest), Some(user)) if rest.is_empty() || rest.starts_with('/') => {
            user.join(rest.trim_start_matches('/'))
        }
        _ => PathBuf::from(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Result<HubSettings, HubError> {
        HubSettings::of_variables(|name| {
            let mut variables = variables.iter();
            let found = variables.find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_cache_is_where_huggingface_hub_has_it() {
        for (variables, cache) in [
            (&[("HOME", "/u")][..], "/u/.cache/huggingface/hub"),
            (&[("USERPROFILE", "/w")], "/w/.cache/huggingface/hub"),
            (
                &[("HOME", "/u"), ("XDG_CACHE_HOME", "/x")],
                "/x/huggingface/hub",
            ),
            (&[("XDG_CACHE_HOME", "/x"), ("HF_HOME", "/h")], "/h/hub"),
            (&[("HF_HOME", "/h"), ("HF_HUB_CACHE", "/c")], "/c"),
            (
                &[("HF_HOME", "/h"), ("HUGGINGFACE_HUB_CACHE", "/old")],
                "/old",
            ),
            (&[("HOME", "/u"), ("HF_HUB_CACHE", "~/c")], "/u/c"),
            (
                &[("HOME", "/u"), ("HF_HOME", "")],
                "/u/.cache/huggingface/hub",
            ),
        ] {
            assert_eq!(
                of(variables).unwrap().cache,
                Path::new(cache),
                "{variables:?}"
            );
        }
        assert!(matches!(of(&[]), Err(HubError::NoHome)));
    }

    #[test]
    fn a_token_is_taken_from_a_variable_or_a_file() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("token"), "hf_file\n").unwrap();
        let other = home.path().join("other");
        std::fs::write(&other, "hf_other").unwrap();
        let (home, other) = (home.path().to_str().unwrap(), other.to_str().unwrap());
        let token = |more: &[(&str, &str)]| {
            of(&[&[("HF_HOME", home)][..], more].concat())
                .unwrap()
                .token
        };
        assert_eq!(token(&[]), Token::new("hf_file"));
        assert_eq!(token(&[("HF_TOKEN_PATH", other)]), Token::new("hf_other"));
        assert_eq!(token(&[("HF_TOKEN", "hf_said")]), Token::new("hf_said"));
        assert_eq!(token(&[("HF_TOKEN", "")]), Token::new("hf_file"));
        assert_eq!(token(&[("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")]), None);
    }

    #[test]
    fn switches_and_times_are_read() {
        let base = ("HOME", "/u");
        assert!(of(&[base, ("HF_HUB_OFFLINE", "yes")]).unwrap().offline);
        assert!(of(&[base, ("TRANSFORMERS_OFFLINE", "1")]).unwrap().offline);
        let both = [base, ("HF_HUB_OFFLINE", "0"), ("TRANSFORMERS_OFFLINE", "1")];
        assert!(!of(&both).unwrap().offline);
        assert!(
            !of(&[base, ("HF_HUB_DISABLE_SYMLINKS", "true")])
                .unwrap()
                .symlinks
        );
        let mirror = of(&[base, ("HF_ENDPOINT", "https://mirror.org/hf/")]).unwrap();
        assert_eq!(mirror.endpoint, "https://mirror.org/hf");
        let slow = of(&[base, ("HF_HUB_DOWNLOAD_TIMEOUT", "60")]).unwrap();
        assert_eq!(slow.download_timeout.as_secs(), 60);
        assert_eq!(slow.etag_timeout.as_secs(), 10);
        let message = of(&[base, ("HF_HUB_ETAG_TIMEOUT", "soon")])
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("HF_HUB_ETAG_TIMEOUT") && message.contains("soon"),
            "{message}"
        );
    }
}
