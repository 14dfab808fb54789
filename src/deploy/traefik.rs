//! Traefik in front of the registry: what it is started with, and what it may read again while it runs.

use super::Request;
use super::config::quoted;

pub const STATIC_PATH: &str = "traefik/traefik.yml";
pub const DYNAMIC_PATH: &str = "traefik/dynamic.yml";
pub const IN_CONTAINER: &str = "/etc/traefik";

/// Traefik sets the X-Forwarded headers itself, buffers no body and limits none. What it does limit, since 2.11.2 and in
/// all of 3, is how long a request may take to be read, its body included: 60 s.
pub fn static_text(request: &Request) -> String {
    format!(
        "# Traefik in front of the registry behind {entry_point}: what it is started with.
global:
  checkNewVersion: false
  sendAnonymousUsage: false
entryPoints:
  registry:
    address: \":{port}\"
    transport:
      respondingTimeouts:
        # A layer may take as long as it needs: the default ends every upload after 60 s.
        readTimeout: 0s
        writeTimeout: 0s
        idleTimeout: 180s
providers:
  file:
    filename: {IN_CONTAINER}/dynamic.yml
",
        entry_point = request.entry_point,
        port = request.port(),
    )
}

pub fn dynamic_text(request: &Request) -> String {
    let (router, stores) = match request.certificate_and_key() {
        None => ("", String::new()),
        Some((certificate, key)) => (
            "      tls: {}\n",
            format!(
                "tls:
  stores:
    default:
      # For clients that come by an address, too, and so name no host in the handshake.
      defaultCertificate:
        certFile: {}
        keyFile: {}
",
                quoted(&certificate),
                quoted(&key)
            ),
        ),
    };
    format!(
        "# Traefik in front of the registry behind {entry_point}: where requests go.
http:
  routers:
    registry:
      entryPoints: [registry]
      rule: PathPrefix(`/v2/`)
      service: registry
{router}  services:
    registry:
      loadBalancer:
        # The host and port that the client used.
        passHostHeader: true
        servers: [{{url: \"http://{behind}\"}}]
{stores}",
        entry_point = request.entry_point,
        behind = request.behind(),
    )
}
