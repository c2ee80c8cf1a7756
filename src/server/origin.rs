//! Where a request comes from. Only a trusted proxy is believed when it names somebody else.

use super::settings::{Network, Settings};
use axum::{
    extract::{Request, State},
    http::HeaderMap,
    middleware::Next,
    response::Response,
};
use leptos::prelude::use_context;
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

/// The other end of the connection; the accept loop adds it to every request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Peer(pub SocketAddr);

/// Whose request it is, as an extension of every request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClientIp(pub IpAddr);

impl ClientIp {
    /// The network that counts as one client: an IPv4 address, or the /64 that a provider hands to one household.
    pub fn network(self) -> IpAddr {
        match self.0.to_canonical() {
            IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
            address @ IpAddr::V4(_) => address,
        }
    }
}

/// The layer that finds out.
pub async fn note_client(State(settings): State<Arc<Settings>>, mut request: Request, next: Next) -> Response {
    // A request that came through no connection (a test's) is this machine's.
    let peer = request.extensions().get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.0.ip());
    let client = client_of(peer, request.headers(), &settings.trusted_proxies);
    request.extensions_mut().insert(client);
    next.run(request).await
}

/// The client of the request that is being answered, inside a server function or a page.
pub fn client() -> ClientIp {
    use_context::<axum::http::request::Parts>()
        .and_then(|parts| parts.extensions.get::<ClientIp>().copied())
        .unwrap_or(ClientIp(IpAddr::V4(Ipv4Addr::LOCALHOST)))
}

/// Walks `X-Forwarded-For` from its end: each trusted machine vouches for the one before it. What stands further left
/// was written by the client, who can write anything.
fn client_of(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> ClientIp {
    let mut client = peer.to_canonical();
    let named: Vec<_> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    for text in named.into_iter().rev() {
        if !trusted.iter().any(|network| network.contains(client)) {
            break;
        }
        let Some(address) = address_of(text.trim()) else { break };
        client = address.to_canonical();
    }
    ClientIp(client)
}

/// `203.0.113.7`, `2001:db8::7`, and both with a port, as some proxies write them.
fn address_of(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    text.trim_matches(['[', ']']).parse().ok().or_else(with_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        let trusted: Vec<_> = trusted.iter().map(|text| Network::parse(text).unwrap()).collect();
        client_of(peer.parse().unwrap(), &headers, &trusted).0.to_string()
    }

    #[test]
    fn a_stranger_cannot_say_who_it_is() {
        assert_eq!(client("203.0.113.7", &["198.51.100.1"], &[]), "203.0.113.7");
        assert_eq!(client("203.0.113.7", &["198.51.100.1"], &["10.0.0.0/8"]), "203.0.113.7");
    }

    #[test]
    fn a_trusted_proxy_can() {
        let proxies = ["10.0.0.0/8"];
        assert_eq!(client("10.0.0.1", &["203.0.113.7"], &proxies), "203.0.113.7");
        assert_eq!(
            client("10.0.0.1", &["198.51.100.1, 203.0.113.7"], &proxies),
            "203.0.113.7",
            "the left one is a claim"
        );
        assert_eq!(client("10.0.0.1", &["198.51.100.1", "203.0.113.7, 10.0.0.2"], &proxies), "203.0.113.7");
        assert_eq!(client("::ffff:10.0.0.1", &["[2001:db8::7]:443"], &proxies), "2001:db8::7");
        assert_eq!(client("10.0.0.1", &["203.0.113.7:5123"], &proxies), "203.0.113.7");
    }

    #[test]
    fn nonsense_ends_the_walk() {
        assert_eq!(client("10.0.0.1", &["203.0.113.7, unknown"], &["10.0.0.0/8"]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &[], &["10.0.0.0/8"]), "10.0.0.1");
    }

    #[test]
    fn a_household_is_one_client() {
        let network = |text: &str| ClientIp(text.parse().unwrap()).network().to_string();
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(network("203.0.113.7"), "203.0.113.7");
    }
}
