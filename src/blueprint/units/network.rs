use std::{fmt, str::FromStr};

use ipnet::Ipv4Net;

use super::{Written, written};

/// A TCP port, 1 to 65535.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(try_from = "u16", into = "u16")]
#[schemars(inline, extend("minimum" = 1, "maximum" = 65535, "x-expected" = "a port from 1 to 65535"))]
pub struct Port(u16);

impl Port {
    /// This port.
    pub const fn new(port: u16) -> Self {
        Self(port)
    }

    /// The number.
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl TryFrom<u16> for Port {
    type Error = &'static str;

    fn try_from(port: u16) -> Result<Self, Self::Error> {
        if port == 0 { Err("0 is not a port: from 1 to 65535") } else { Ok(Self(port)) }
    }
}

impl From<Port> for u16 {
    fn from(port: Port) -> Self {
        port.0
    }
}

/// An IPv4 block in CIDR notation, without bits set beyond its prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr(Ipv4Net);

impl Cidr {
    /// This block.
    pub const fn new(net: Ipv4Net) -> Self {
        Self(net)
    }

    /// The block.
    pub const fn net(self) -> Ipv4Net {
        self.0
    }

    /// Whether it is the whole internet.
    pub fn is_everyone(self) -> bool {
        self.0.prefix_len() == 0
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl Written for Cidr {
    fn format() -> &'static str {
        "Cidr"
    }

    fn expected() -> String {
        "an IPv4 block such as 10.0.0.0/16".into()
    }

    fn example() -> &'static str {
        "10.0.0.0/16"
    }

    fn parse(text: &str) -> Result<Self, String> {
        let net = Ipv4Net::from_str(text).map_err(|_| match text.parse::<std::net::Ipv4Addr>() {
            Ok(address) => format!("`{text}` has no prefix: write {address}/32 for one address"),
            Err(_) => format!("`{text}` is not an IPv4 block such as 10.0.0.0/16"),
        })?;
        if net.addr() != net.network() {
            return Err(format!("`{text}` has bits set beyond its prefix: write {}", net.trunc()));
        }
        Ok(Self(net))
    }
}

written!(Cidr, "Cidr");
