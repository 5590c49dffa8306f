//! Connections, by the proxy that is in between.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, Proxy};

use super::fault::Fault;
use super::url::Url;
use crate::proxies::{Proxies, without_password};
use crate::settings::HubSettings;

/// What asks, for whoever counts it.
const USER_AGENT: &str = concat!("bert-hub/", env!("CARGO_PKG_VERSION"), "; rust");

/// An agent for each proxy, and one for none; made when it is needed, as are the certificates.
pub(super) struct Agents {
    proxies: Proxies,
    made: Mutex<HashMap<(Option<String>, bool), Agent>>,
}

impl Agents {
    pub fn new(settings: &HubSettings) -> Self {
        Self {
            proxies: settings.proxies.clone(),
            made: Mutex::new(HashMap::new()),
        }
    }

    /// The one that reaches an address.
    pub fn agent(&self, url: &Url) -> Result<Agent, Fault> {
        let proxy = self.proxies.between(url.is_https(), url.host(), url.port());
        let needs_tls = url.is_https() || proxy.is_some_and(|proxy| proxy.starts_with("https:"));
        let key = (proxy.map(str::to_owned), needs_tls);
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(agent) = made.get(&key) {
            return Ok(agent.clone());
        }
        let agent = new_agent(url, proxy, needs_tls)?;
        made.insert(key, agent.clone());
        Ok(agent)
    }

    /// Ends all connections, for good.
    pub fn shut_down(&self) {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.drain().for_each(|(_, agent)| agent.shutdown());
    }
}

fn new_agent(url: &Url, proxy: Option<&str>, needs_tls: bool) -> Result<Agent, Fault> {
    let proxy = proxy.map(|proxy| {
        Proxy::new(proxy).map_err(|_| {
            let proxy = without_password(proxy);
            Fault::unreachable(url, format!("the proxy {proxy} is no address of one"))
        })
    });
    let mut config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent(USER_AGENT)
        .proxy(proxy.transpose()?);
    if needs_tls {
        config = config.tls_config(tls(url)?);
    }
    Ok(config.build().new_agent())
}

/// Rustls with the certificates that this system trusts, or those of `SSL_CERT_FILE`.
fn tls(url: &Url) -> Result<TlsConfig, Fault> {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        let why = found
            .errors
            .first()
            .map_or_else(String::new, |error| format!(" ({error})"));
        let why = format!(
            "this system has no certificates that it trusts{why}; install ca-certificates, or set \
             SSL_CERT_FILE"
        );
        return Err(Fault::unreachable(url, why));
    }
    let roots = found.certs.iter();
    let roots = roots.map(|root| Certificate::from_der(root.as_ref()).to_owned());
    Ok(TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(RootCerts::Specific(Arc::new(roots.collect())))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build())
}
