//! At which server does Kochava listen?

use alloc::format;
use alloc::string::String;
use core::fmt;

/// Scheme, host and port of the server that takes the calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint(String);

/// Why a URL cannot be Kochava's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAnEndpoint {
    /// It is not `scheme://host` or `scheme://host:port`.
    NotAnOrigin,
    /// It is not https, and the host is not this machine.
    NotSecure,
}

impl Default for Endpoint {
    /// Kochava itself, over TLS.
    fn default() -> Self {
        Endpoint(String::from("https://control.kochava.com"))
    }
}

impl Endpoint {
    /// Reads the origin of a server: https, or http on a loopback host, for development.
    ///
    /// # Errors
    /// `control.kochava.com`, `https://control.kochava.com/track/json`, `https://user@host`, `http://control.kochava.com`.
    ///
    /// # Example
    /// ```
    /// use kochava_edge::Endpoint;
    /// assert!(Endpoint::parse("http://127.0.0.1:8788").is_ok());
    /// assert!(Endpoint::parse("http://control.kochava.com").is_err());
    /// ```
    pub fn parse(url: &str) -> Result<Self, NotAnEndpoint> {
        let origin = url.trim().trim_end_matches('/');
        let (scheme, authority) = origin.split_once("://").ok_or(NotAnEndpoint::NotAnOrigin)?;
        let host = host(authority).ok_or(NotAnEndpoint::NotAnOrigin)?;
        match scheme {
            "https" => {}
            "http" if is_loopback(host) => {}
            "http" => return Err(NotAnEndpoint::NotSecure),
            _ => return Err(NotAnEndpoint::NotAnOrigin),
        }
        Ok(Endpoint(String::from(origin)))
    }

    /// The server's origin.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.0
    }

    /// Whether the server is this machine: `localhost`, `127.0.0.0/8` or `[::1]`.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.0
            .split_once("://")
            .and_then(|(_, authority)| host(authority))
            .is_some_and(is_loopback)
    }

    /// The URL of a path on this server.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}

impl fmt::Display for NotAnEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NotAnEndpoint::NotAnOrigin => "must be a scheme, a host and perhaps a port, such as https://control.kochava.com, without a path",
            NotAnEndpoint::NotSecure => "must be https; http is for a server on this machine alone",
        })
    }
}

/// The host of `host`, `host:port`, `[v6]` or `[v6]:port`.
fn host(authority: &str) -> Option<&str> {
    let is_name = |host: &str| {
        !host.is_empty()
            && host
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
    };
    let (host, port) = if let Some(rest) = authority.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        address.parse::<core::net::Ipv6Addr>().ok()?;
        (address, port)
    } else {
        let (host, port) = authority
            .find(':')
            .map_or((authority, ""), |colon| authority.split_at(colon));
        (Some(host).filter(|host| is_name(host))?, port)
    };
    let is_port = port.is_empty()
        || port
            .strip_prefix(':')
            .is_some_and(|port| port.parse::<u16>().is_ok());
    is_port.then_some(host)
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host
            .parse::<core::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}
