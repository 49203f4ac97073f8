//! Ports for the embedded servers: checks a given one, or picks a free one. It keeps none: the server binds it.

use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;

use super::EmbeddedError;

/// Below the ranges that Linux (32768) and macOS (49152) take ports of outgoing connections from. With a port of that
/// range, a client that keeps dialling a killed server can be given the very port it dials, connect to itself, and so
/// keep the restarted server from binding it.
const FREE_RANGE: Range<u16> = 20_000..32_000;
const TRIES: u32 = 100;

/// `wanted`, if it is free, or any free port.
pub(super) fn choose(server: &'static str, wanted: Option<u16>) -> Result<u16, EmbeddedError> {
    match wanted {
        Some(port) => match bind(port) {
            Ok(()) => Ok(port),
            Err(source) => Err(EmbeddedError::PortTaken { server, port, source }),
        },
        None => any_free(server, None),
    }
}

/// Any free port but `taken`, which the same server is about to bind.
pub(super) fn another(server: &'static str, taken: u16) -> Result<u16, EmbeddedError> {
    any_free(server, Some(taken))
}

fn any_free(server: &'static str, taken: Option<u16>) -> Result<u16, EmbeddedError> {
    let mut drawn = (0..TRIES).map(|_| rand::random_range(FREE_RANGE));
    let free = drawn.find(|port| Some(*port) != taken && bind(*port).is_ok());
    free.ok_or(EmbeddedError::NoFreePort { server, tries: TRIES })
}

fn bind(port: u16) -> std::io::Result<()> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_refused_by_its_number() -> Result<(), Box<dyn std::error::Error>> {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let number = taken.local_addr()?.port();
        let refused = choose("postgres", Some(number));
        assert!(matches!(refused, Err(EmbeddedError::PortTaken { port, .. }) if port == number), "{refused:?}");
        Ok(())
    }

    #[test]
    fn a_free_port_is_outside_the_range_of_outgoing_connections() -> Result<(), EmbeddedError> {
        assert!(FREE_RANGE.contains(&choose("postgres", None)?));
        Ok(())
    }
}
