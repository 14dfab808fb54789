//! `compose.yaml`: the official image, and the front end's.

use super::config::quoted;
use super::{Front, Pair, Request, TLS, Version, caddy, nginx, traefik};

pub fn text(request: &Request, version: Version) -> String {
    let front = request.front.map_or_else(String::new, |front| front_service(request, front));
    format!(
        "services:
  registry:
    image: registry:{number}
    restart: unless-stopped
{environment}{ports}    volumes:
      - \"./registry:{config}:ro,z\"
{certificates}      - \"images:{data}\"
    # `/` is answered without a login, and with 503 once the storage fails (distribution's registry.go).
    healthcheck:
      test: {health}
      interval: 30s
      timeout: 10s
      retries: 3
      start_period: 30s
{front}
volumes:
  images:
",
        number = match version {
            Version::Two => 2,
            Version::Three => 3,
        },
        environment = environment(version),
        ports = if request.front.is_none() { ports(request, INSIDE) } else { String::new() },
        config = request.runner.config_folder(),
        certificates = if request.front.is_none() { certificates(request) } else { String::new() },
        data = request.runner.data_folder(),
        health = health(request),
    )
}

const INSIDE: u16 = 5000;

/// Version 3 sends traces to a collector on its own loopback, and complains in its log of each that finds none
/// (distribution issue 4270).
fn environment(version: Version) -> &'static str {
    match version {
        Version::Two => "",
        Version::Three => {
            "    environment:
      # There is no collector of traces here; without this the log fills with complaints of that.
      OTEL_TRACES_EXPORTER: none
"
        }
    }
}

fn ports(request: &Request, inside: u16) -> String {
    let published = format!("{}{}:{inside}", request.published_on(), request.port());
    format!("    ports:\n      - {}\n", quoted(&published))
}

/// Folders, not files, where that can be: a file that is replaced would stay the old one in the container.
fn certificates(request: &Request) -> String {
    let folder = request.certificate_folder();
    match &request.tls {
        None => String::new(),
        Some(Pair::Issued { .. }) => format!("      - \"./{TLS}:{folder}:ro,z\"\n"),
        Some(pair @ Pair::Given { certificate, key }) => {
            let (certificate_name, key_name) = pair.names();
            [(certificate, certificate_name), (key, key_name)]
                .map(|(path, name)| {
                    // Compose reads `$` as a variable.
                    let source = quoted(&path.display().to_string().replace('$', "$$"));
                    format!("      - {{type: bind, source: {source}, target: {folder}/{name}, read_only: true}}\n")
                })
                .concat()
        }
    }
}

/// Busybox's wget is in both images; what it verifies here would be its own machine.
fn health(request: &Request) -> String {
    let scheme = if request.front.is_none() { request.scheme() } else { "http" };
    let unverified = if scheme == "https" { "\"--no-check-certificate\", " } else { "" };
    format!("[\"CMD\", \"wget\", \"-q\", \"-O\", \"/dev/null\", {unverified}\"{scheme}://127.0.0.1:{INSIDE}/\"]")
}

/// It listens on the same port inside as outside, so that all that it says of its port is right.
fn front_service(request: &Request, front: Front) -> String {
    let (image, folder) = match front {
        Front::Nginx => ("nginx:stable-alpine", nginx::IN_CONTAINER),
        Front::Caddy => ("caddy:2-alpine", caddy::IN_CONTAINER),
        Front::Traefik => ("traefik:v3", traefik::IN_CONTAINER),
    };
    format!(
        "  {name}:
    image: {image}
    restart: unless-stopped
    depends_on:
      registry:
        condition: service_healthy
        # A registry that was made anew has another address.
        restart: true
{ports}    volumes:
      - \"./{name}:{folder}:ro,z\"
{certificates}",
        name = front.name(),
        ports = ports(request, request.port()),
        certificates = certificates(request),
    )
}

impl Front {
    /// What it is called, as a service and as a folder.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Caddy => "caddy",
            Self::Traefik => "traefik",
        }
    }
}
