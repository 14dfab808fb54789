//! Caddy in front of the registry.

use super::Request;

pub const PATH: &str = "caddy/Caddyfile";
pub const IN_CONTAINER: &str = "/etc/caddy";

/// Caddy hands on Host with its port, sets the X-Forwarded headers itself, buffers no body and limits none, and waits
/// without end (`reverse_proxy`, its defaults since 2.5); so little has to be said.
pub fn text(request: &Request) -> String {
    let tls = request
        .certificate_and_key()
        .map_or_else(String::new, |(certificate, key)| format!("\ttls {certificate} {key}\n\n"));
    format!(
        "# Caddy in front of the registry behind {entry_point}.
{{
	# The certificate is given below: nothing is fetched, and port 80 is left alone.
	auto_https off
}}

# By whatever name or address it is reached.
{scheme}://:{port} {{
{bind}{tls}	handle /v2/* {{
		reverse_proxy {behind} {{
			# Layers go through as they come.
			flush_interval -1
		}}
	}}
	handle {{
		respond 404
	}}
}}
",
        entry_point = request.entry_point,
        scheme = request.scheme(),
        port = request.port(),
        bind = bind(request),
        behind = request.behind(),
    )
}

/// Inside a container the published port decides who can reach it.
fn bind(request: &Request) -> &'static str {
    if request.runner == super::Runner::Systemd && request.is_loopback() { "\tbind 127.0.0.1 ::1\n" } else { "" }
}
