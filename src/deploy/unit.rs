//! The package's own unit, `docker-registry.service`, with another configuration: a drop-in for it.

use super::Request;

pub const PATH: &str = "systemd/regdoctor.conf";
pub const INSTALLED: &str = "/etc/systemd/system/docker-registry.service.d/regdoctor.conf";

/// Ports below need a capability.
const FIRST_FREE_PORT: u16 = 1024;

/// The unit runs `/usr/bin/docker-registry serve /etc/docker/registry/config.yml` as the user docker-registry (Debian
/// 2.8.2 and 2.8.3). That file is the package's, which asks at each upgrade what to do with a changed one.
pub fn text(request: &Request) -> String {
    let port = if request.front.is_none() && request.port() < FIRST_FREE_PORT {
        format!("# Port {} is not for everybody.\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n", request.port())
    } else {
        String::new()
    };
    format!(
        "# The registry behind {entry_point}, instead of the package's own configuration.
[Unit]
StartLimitIntervalSec=0

[Service]
# A service has one ExecStart: the empty one takes the package's away.
ExecStart=
ExecStart=/usr/bin/docker-registry serve {folder}/config.yml
Restart=on-failure
RestartSec=2
NoNewPrivileges=yes
{port}",
        entry_point = request.entry_point,
        folder = request.runner.config_folder(),
    )
}
