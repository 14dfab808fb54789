//! The port that a registry listens on.

use std::net::SocketAddr;

use nix::sys::socket::setsockopt;
use nix::sys::socket::sockopt::TcpCongestion;
use tokio::net::TcpListener;

use super::builder::StartError;
use super::fault::listen::Closed;
use super::fault::{Act, Faults, Listening};

/// The port, as the faults leave it.
pub struct Port {
    pub address: SocketAddr,
    /// `None` when it is not served.
    pub listener: Option<TcpListener>,
    pub closed: Vec<Closed>,
}

impl Port {
    pub async fn open(wanted: SocketAddr, faults: &Faults) -> Result<Self, StartError> {
        let listening = |source| StartError::Listen { address: wanted, source };
        let fault = faults.acts().find_map(|act| match act {
            Act::Listen(fault) => Some(fault),
            _ => None,
        });
        if let Some(fault @ (Listening::Refused | Listening::Blackhole)) = fault {
            let closed = Closed::new(fault, wanted).await.map_err(listening)?;
            return Ok(Self { address: closed.address(), listener: None, closed: vec![closed] });
        }
        let listener = TcpListener::bind(wanted).await.map_err(listening)?;
        if wanted.ip().is_loopback() {
            do_not_pace(&listener);
        }
        let address = listener.local_addr().map_err(listening)?;
        let closed = match fault {
            Some(fault) => vec![Closed::new(fault, address).await.map_err(listening)?],
            None => Vec::new(),
        };
        Ok(Self { address, listener: Some(listener), closed })
    }
}

/// Where BBR is the default of the host, the kernel paces what is sent, over loopback as well: pulls took a third more
/// CPU there and were a fifth slower than with Reno, which every kernel has and everybody may choose (tcp(7)).
fn do_not_pace(listener: &TcpListener) {
    // With the default it works as well.
    let _ = setsockopt(listener, TcpCongestion, &"reno".into());
}

#[cfg(test)]
mod tests {
    use nix::sys::socket::getsockopt;

    use super::*;

    /// A connection takes it over from the listener; the kernel says so.
    #[tokio::test]
    async fn nothing_is_paced_over_loopback() {
        let wanted = "127.0.0.1:0".parse().unwrap();
        let port = Port::open(wanted, &Faults::new(&[])).await.unwrap();
        let listener = port.listener.unwrap();
        let _client = tokio::net::TcpStream::connect(port.address).await.unwrap();
        let (accepted, _) = listener.accept().await.unwrap();
        let chosen = getsockopt(&accepted, TcpCongestion).unwrap();
        assert_eq!(chosen.to_string_lossy().trim_end_matches('\0'), "reno");
    }
}
