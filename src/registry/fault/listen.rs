//! A port that is not served: nobody listens, or packets to it are lost.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;

use super::act::Listening;

/// A connection on this machine is there at once, unless the queue is full.
const AT_ONCE: Duration = Duration::from_millis(200);
/// A queue of length 0 takes one or two.
const FILLERS: usize = 8;

/// A port in our hands, for as long as this lives.
#[derive(Debug)]
pub struct Closed {
    address: SocketAddr,
    _socket: Option<TcpSocket>,
    _listener: Option<TcpListener>,
    _fillers: Vec<TcpStream>,
}

impl Closed {
    pub async fn new(listening: &Listening, address: SocketAddr) -> io::Result<Self> {
        match listening {
            Listening::Refused => Self::refusing(address),
            Listening::Blackhole => Self::swallowing(address).await,
            Listening::Ipv6Blackhole => Self::swallowing(twin(address)).await,
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Taken, so that nobody else gets it, and not listened on.
    fn refusing(address: SocketAddr) -> io::Result<Self> {
        let socket = bound(address)?;
        let address = socket.local_addr()?;
        Ok(Self { address, _socket: Some(socket), _listener: None, _fillers: Vec::new() })
    }

    /// With the queue full and nobody to empty it, the kernel drops what asks for a connection, as a firewall does.
    async fn swallowing(address: SocketAddr) -> io::Result<Self> {
        let listener = bound(address)?.listen(0)?;
        let address = listener.local_addr()?;
        let mut fillers = Vec::new();
        while fillers.len() < FILLERS {
            match timeout(AT_ONCE, TcpStream::connect(reachable(address))).await {
                Ok(stream) => fillers.push(stream?),
                Err(_) => break,
            }
        }
        Ok(Self { address, _socket: None, _listener: Some(listener), _fillers: fillers })
    }
}

fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// The address of IPv6 that a name with both leads to.
fn twin(address: SocketAddr) -> SocketAddr {
    let ip = if address.ip().is_unspecified() { Ipv6Addr::UNSPECIFIED } else { Ipv6Addr::LOCALHOST };
    SocketAddr::new(ip.into(), address.port())
}
