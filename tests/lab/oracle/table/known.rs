//! What is known to be foretold wrongly, by daemon and scenario, with the reason: it counts as wrong, and is no news.

/// The beginning of the daemon's name (nothing: every daemon), the scenario, and why.
const KNOWN: &[(&str, &str, &str)] = &[
    ("bullseye 20.10.5", GC, ONLY_A_PUSH),
    ("bookworm 20.10.24", GC, ONLY_A_PUSH),
    ("trixie 26.1.5", GC, ONLY_A_PUSH),
    ("forky 28.5.2", GC, ONLY_A_PUSH),
    ("", "close-after-answer", "Docker loses a race now and then: it sends on a connection that is just being closed"),
    ("", "manifest-format-mismatch", "named registry-gc-or-delete-damage: by digest it is not found"),
    ("", "not-a-registry-at-this-address", "named manifest-format-mismatch: the page stands where the manifest should"),
    ("", "registry-v1-only", "named not-a-registry-at-this-address"),
    ("", "upload-url-wrong-address", "named client-plain-http-to-https-port, which is how it ends"),
    ("forky 28.5.2 containerd", "upload-location-relative", "foretold right, and no finding names it yet"),
    ("", "upload-location-prefix", "named multi-instance-no-shared-state: the upload is not known there"),
    (
        "forky 28.5.2 containerd",
        "hosts-toml-plain",
        "named trusted-ca-file-wrong: hosts.toml is not named as the reason",
    ),
];

const GC: &str = "registry-gc-or-delete-damage";
const ONLY_A_PUSH: &str = "the classic store looks a pushed blob up once more, and only a push would show it gone";

pub fn reason(daemon: &str, scenario: &str) -> Option<&'static str> {
    let found = KNOWN.iter().find(|(of, name, _)| daemon.starts_with(of) && *name == scenario);
    found.map(|(_, _, why)| *why)
}
