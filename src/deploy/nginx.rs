//! nginx in front of the registry: one file for `conf.d`, of the image as of Debian's package.

use super::{Request, Runner};

pub const PATH: &str = "nginx/registry.conf";
pub const IN_CONTAINER: &str = "/etc/nginx/conf.d";

/// Each setting is the cure of a cause that `check` names: `proxy-body-size-limit`, `proxy-timeout-or-buffering`,
/// `upload-url-wrong-address`, `proxy-mishandles-registry-requests`. After distribution's recipe (`recipes/nginx.md`).
pub fn text(request: &Request) -> String {
    format!(
        "# nginx in front of the registry behind {entry_point}.

# The registry names the version of its API in every answer; nginx's own answers would lack it.
map $upstream_http_docker_distribution_api_version $registry_api_version {{
    '' registry/2.0;
}}

server {{
{listen}    server_name {host};
{tls}
    # A layer may be as large as it likes: without this, 413 beyond 1 MiB.
    client_max_body_size 0;
    chunked_transfer_encoding on;
    # Between two reads or writes, not for a whole layer.
    client_body_timeout 900s;
    send_timeout 900s;

    location /v2/ {{
        proxy_pass http://{behind};
        # HTTP/1.0, the default before nginx 1.29.7, knows no chunks: bodies would be buffered all the same.
        proxy_http_version 1.1;
        proxy_set_header Connection \"\";

        # What the client used, port and all: $host would drop the port.
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-Host $http_host;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Real-IP $remote_addr;

        # Layers go through as they come, and are not kept on the disk first.
        proxy_request_buffering off;
        proxy_buffering off;
        # The registry takes minutes to finish a very large layer, with no byte on the wire.
        proxy_read_timeout 900s;
        proxy_send_timeout 900s;

        add_header Docker-Distribution-Api-Version $registry_api_version always;
    }}

    location / {{
        return 404;
    }}
}}
",
        entry_point = request.entry_point,
        listen = listen(request),
        host = request.bracketed_host(),
        tls = tls(request),
        behind = request.behind(),
    )
}

/// In a container what comes over IPv6 arrives over IPv4; the host may be reached by both.
fn listen(request: &Request) -> String {
    let (port, tls) = (request.port(), if request.tls.is_some() { " ssl" } else { "" });
    match request.runner {
        Runner::Compose(_) => format!("    listen {port}{tls};\n"),
        Runner::Systemd if request.is_loopback() => format!("    listen {}{port}{tls};\n", request.published_on()),
        Runner::Systemd => format!("    listen {port}{tls};\n    listen [::]:{port}{tls};\n"),
    }
}

fn tls(request: &Request) -> String {
    request.certificate_and_key().map_or_else(String::new, |(certificate, key)| {
        format!(
            "
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    ssl_protocols TLSv1.2 TLSv1.3;
"
        )
    })
}
