//! HTTP clients that connect only where they may: to addresses that were checked after their names were resolved.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use reqwest::{
    Client, ClientBuilder, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};

use super::networks::Networks;

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection that is not used is kept: less than servers do, so that none goes away under a request.
const IDLE_TIMEOUT: Duration = Duration::from_secs(4);
/// What the requests say of who sends them.
const USER_AGENT: &str = concat!("plinth/", env!("CARGO_PKG_VERSION"));

/// One client for https and one for http, which may go to fewer addresses.
pub struct Clients {
    networks: Arc<Networks>,
    /// None: the system trusts no certificate.
    encrypted: Option<Client>,
    plain: Client,
}

impl Clients {
    /// Which may call these networks besides the Internet.
    pub fn new(networks: Networks) -> reqwest::Result<Self> {
        let networks = Arc::new(networks);
        let checked = |is_encrypted| Checked { networks: networks.clone(), is_encrypted };
        let encrypted = builder(checked(true)).build();
        if let Err(error) = &encrypted {
            tracing::warn!(error = ?error, "webhooks cannot be called by https");
        }
        // it needs no certificates, so it looks for none
        let plain = builder(checked(false)).tls_certs_only([]).build()?;
        Ok(Self { networks, encrypted: encrypted.ok(), plain })
    }

    /// The client for an address; or why it may not be called. A host that is a number is checked here, because nobody
    /// resolves it.
    pub fn client(&self, url: &Url) -> Result<&Client, String> {
        let is_encrypted = url.scheme() == "https";
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        if let Ok(address) = host.parse::<IpAddr>() {
            check(&self.networks, is_encrypted, address)?;
        }
        match &self.encrypted {
            _ if !is_encrypted => Ok(&self.plain),
            Some(encrypted) => Ok(encrypted),
            None => Err("the system where Plinth runs trusts no certificate".to_owned()),
        }
    }
}

/// Follows no redirect, which could lead anywhere, and asks no proxy, which would resolve names by itself.
fn builder(names: Checked) -> ClientBuilder {
    Client::builder()
        .dns_resolver(Arc::new(names))
        .redirect(Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .user_agent(USER_AGENT)
}

/// Resolves names into addresses that may be called. The connection is made to one of these and to no other, so a name
/// that means something else a moment later leads nowhere.
struct Checked {
    networks: Arc<Networks>,
    is_encrypted: bool,
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let (networks, is_encrypted) = (self.networks.clone(), self.is_encrypted);
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            for address in &found {
                check(&networks, is_encrypted, address.ip())?;
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

fn check(networks: &Networks, is_encrypted: bool, address: IpAddr) -> Result<(), String> {
    if !networks.allow(address) {
        return Err(format!("{address} is not public, and the configuration of Plinth does not allow it"));
    }
    if !is_encrypted && !networks.name(address) {
        return Err(format!("it must be https, because the configuration of Plinth does not name {address}"));
    }
    Ok(())
}
