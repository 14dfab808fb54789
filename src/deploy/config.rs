//! The registry's own configuration, the same for version 2 and 3.
//!
//! Settings: `docs/content/about/configuration.md` of distribution. Left out on purpose: `storage.cache`, since the
//! descriptors that it keeps in memory outlive what a garbage collection removes (distribution issue 2367).

use super::{Access, HTPASSWD, Request};
use crate::model::secret::Secret;

pub fn text(request: &Request) -> String {
    format!(
        "# The registry behind {entry_point}.
version: 0.1
log:
  fields:
    service: registry
storage:
  filesystem:
    rootdirectory: {data}
  # Tags and images can be deleted. That frees no room yet: stop all pushes and run
  # `registry garbage-collect` (Debian: `docker-registry garbage-collect`) with this file.
  delete:
    enabled: true
http:
  addr: {listens}
  # Signs the state of uploads; several registries behind one name need the same.
  secret: {secret}
{uploads}  headers:
    X-Content-Type-Options: [nosniff]
{tls}{auth}health:
  storagedriver:
    enabled: true
    interval: 10s
    threshold: 3
",
        entry_point = request.entry_point,
        data = request.runner.data_folder(),
        listens = quoted(&request.registry_listens()),
        secret = request.http_secret.expose(),
        uploads = uploads(request),
        tls = tls(request),
        auth = auth(request),
    )
}

/// The http secret of a configuration that was written before: uploads that are under way go on with it.
#[must_use]
pub fn kept_secret(config: &str) -> Option<Secret> {
    let value = config.lines().find_map(|line| line.trim().strip_prefix("secret: "))?;
    let right = value.len() >= 32 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    right.then(|| Secret::new(value))
}

/// The front end hands on what clients used; this way nothing depends on one more in front of it doing so, too.
fn uploads(request: &Request) -> &'static str {
    if request.front.is_none() {
        return "";
    }
    "  # Where an upload goes on is said without scheme, host and port, so no proxy can get them wrong.
  relativeurls: true
"
}

fn tls(request: &Request) -> String {
    match (request.front, request.certificate_and_key()) {
        (None, Some((certificate, key))) => format!(
            "  tls:
    certificate: {}
    key: {}
    minimumtls: tls1.2
",
            quoted(&certificate),
            quoted(&key)
        ),
        _ => String::new(),
    }
}

/// The file is read again when it changes; only bcrypt is understood.
fn auth(request: &Request) -> String {
    if request.access == Access::Everybody {
        return String::new();
    }
    let name = HTPASSWD.rsplit('/').next().unwrap_or(HTPASSWD);
    format!(
        "auth:
  htpasswd:
    realm: {}
    path: {}/{name}
",
        quoted(request.entry_point.host()),
        request.runner.config_folder()
    )
}

/// A string of YAML, whatever it holds: JSON's strings are YAML's.
pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
