//! Addresses of this machine that are not loopback.

use std::net::IpAddr;

use nix::ifaddrs::getifaddrs;

/// The first IPv4 address of an interface that is not loopback.
#[must_use]
pub fn own_address() -> Option<IpAddr> {
    let addresses = getifaddrs().ok()?.filter_map(|one| Some(one.address?.as_sockaddr_in()?.ip()));
    let mut usable = addresses.filter(|address| !address.is_loopback() && !address.is_link_local());
    usable.next().map(IpAddr::V4)
}
