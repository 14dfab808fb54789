//! The daemon's flags, and the keys of daemon.json that they collide with.

/// Flags whose daemon.json key has another name (dockerd's `opts.Named…` and the short forms; 1.10 to 29).
const OTHER_NAME: &[(&str, &str)] = &[
    ("insecure-registry", "insecure-registries"),
    ("registry-mirror", "registry-mirrors"),
    ("host", "hosts"),
    ("H", "hosts"),
    ("label", "labels"),
    ("dns-opt", "dns-opts"),
    ("storage-opt", "storage-opts"),
    ("exec-opt", "exec-opts"),
    ("log-opt", "log-opts"),
    ("default-ulimit", "default-ulimits"),
    ("authorization-plugin", "authorization-plugins"),
    ("D", "debug"),
    ("l", "log-level"),
    ("G", "group"),
    ("g", "graph"),
    ("s", "storage-driver"),
    ("b", "bridge"),
    ("p", "pidfile"),
];

/// Flags that take no value; every other one does.
const SWITCHES: &[&str] = &[
    "debug",
    "D",
    "d",
    "live-restore",
    "selinux-enabled",
    "experimental",
    "ipv6",
    "iptables",
    "ip6tables",
    "ip-forward",
    "ip-masq",
    "userland-proxy",
    "raw-logs",
    "rootless",
    "tls",
    "tlsverify",
    "no-new-privileges",
    "init",
    "icc",
    "validate",
    "daemon",
    "allow-direct-routing",
    "bridge-accept-fwmark-off",
];

/// One flag with its value; a switch has `true`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Flag {
    pub(super) name: String,
    pub(super) value: String,
}

impl Flag {
    /// The key of daemon.json that sets the same thing.
    pub(super) fn key(&self) -> &str {
        OTHER_NAME.iter().find(|(flag, _)| *flag == self.name).map_or(self.name.as_str(), |(_, key)| key)
    }
}

/// The key that is meant by the name of a flag that may be given several times: `insecure-registry` is none by itself.
#[must_use]
pub fn plural(name: &str) -> Option<&'static str> {
    OTHER_NAME.iter().find(|(flag, _)| *flag == name && flag.len() > 2).map(|(_, key)| *key)
}

/// Reads the words of a command line, without the program itself.
pub(super) fn parse<S: AsRef<str>>(words: &[S]) -> Vec<Flag> {
    let mut flags = Vec::new();
    let mut words = words.iter().map(AsRef::as_ref).peekable();
    while let Some(word) = words.next() {
        let Some(name) = word.strip_prefix("--").or_else(|| word.strip_prefix('-')).filter(|name| !name.is_empty())
        else {
            continue;
        };
        if let Some((name, value)) = name.split_once('=') {
            flags.push(Flag { name: name.to_string(), value: value.to_string() });
        } else if SWITCHES.contains(&name) || words.peek().is_none_or(|next| next.starts_with('-')) {
            flags.push(Flag { name: name.to_string(), value: "true".into() });
        } else {
            let value = words.next().unwrap_or_default();
            flags.push(Flag { name: name.to_string(), value: value.to_string() });
        }
    }
    flags
}

/// The values of every flag that sets `key`.
pub(super) fn values<S: AsRef<str>>(words: &[S], key: &str) -> Vec<String> {
    parse(words).into_iter().filter(|flag| flag.key() == key).map(|flag| flag.value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_forms_and_knows_switches() {
        let words =
            ["-H", "fd://", "--debug", "--insecure-registry", "a:5000", "--insecure-registry=b", "--config-file=/x"];
        assert_eq!(values(&words, "insecure-registries"), ["a:5000", "b"]);
        assert_eq!(values(&words, "hosts"), ["fd://"]);
        assert_eq!(values(&words, "debug"), ["true"]);
        assert_eq!(values(&words, "config-file"), ["/x"]);
        assert!(values(&["-"], "x").is_empty());
    }
}
