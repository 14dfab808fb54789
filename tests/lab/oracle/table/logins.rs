//! Who is logged in, where that is written down, and what a login may do.

use super::super::scenario::{Ground, Scenario, Served, Step};
use super::super::workshop::{Shown, Workshop, leaf, root};
use super::TRUSTED;

/// `lab` with the password `secret`, and `guest` with the same one.
const HTPASSWD: &str = "lab:$2b$04$eQjzeW/7PSkzaSsg/nEZC.lT7N1NkJFEjKk3q9t9PKIT5rI2V1PVC\n\
                        guest:$2b$04$eQjzeW/7PSkzaSsg/nEZC.lT7N1NkJFEjKk3q9t9PKIT5rI2V1PVC\n";

const RIGHTS: &str = "lab ** *\nguest ** pull\n* team/open pull\n";

fn guarded(_: &Workshop) -> Result<Shown, String> {
    Ok(leaf(&root("lab root", |_| ())?, |_| ())?.file("htpasswd", HTPASSWD).file("rights", RIGHTS))
}

/// A registry that asks for a password with every request.
const fn basic(name: &'static str, host: &'static [Step]) -> Scenario {
    Scenario::new(name, Served::Tls(guarded, &["--htpasswd {folder}/htpasswd"])).host(host)
}

/// One with a token endpoint, where each user has rights.
const fn bearer(name: &'static str, host: &'static [Step]) -> Scenario {
    let words = &["--htpasswd {folder}/htpasswd --rights {folder}/rights --bearer"];
    Scenario::new(name, Served::Tls(guarded, words)).host(host)
}

macro_rules! login {
    ($user:literal) => {
        Step::Run(concat!("docker login -u ", $user, " -p secret '{reg}'"))
    };
}

/// The file of logins with one entry: `lab:wrong`.
macro_rules! stored {
    ($name:literal, $pair:literal) => {
        Step::Run(concat!(
            "mkdir -p ~/.docker; printf '{\"auths\":{\"",
            $name,
            "\":{\"auth\":\"%s\"}}}' \"$(printf '",
            $pair,
            "' | base64)\" > ~/.docker/config.json"
        ))
    };
}

/// A helper of this name, which does this.
macro_rules! helper {
    ($does:literal) => {
        Step::Run(concat!(
            "mkdir -p ~/.docker; printf '{\"credHelpers\":{\"{reg}\":\"lab\"}}' > ~/.docker/config.json; ",
            "printf '#!/bin/sh\\n%s\\n' '",
            $does,
            "' > /usr/local/bin/docker-credential-lab; chmod 755 /usr/local/bin/docker-credential-lab"
        ))
    };
}

const MISSING: &[&str] = &["not-logged-in", "anonymous-pull-not-enabled"];

/// Only containerd's image store of 28 fails there.
const UNKNOWN_TO_THE_SYSTEM: &[&str] = &["token-endpoint-not-trusted"];

pub const ALL: &[Scenario] = &[
    basic("nobody-is-logged-in", &[TRUSTED]).cause(MISSING),
    basic("logged-in", &[TRUSTED, login!("lab")]),
    basic("logged-in-with-scheme", &[TRUSTED, stored!("https://{reg}/v1/", "lab:secret")]),
    basic("logged-in-without-port", &[TRUSTED, stored!("reg.lab", "lab:secret")])
        .cause(&["login-stored-under-other-name"]),
    basic("logged-in-by-address", &[TRUSTED, stored!("{ip}:{port}", "lab:secret")])
        .cause(&["login-stored-under-other-name"]),
    basic("logged-in-with-a-wrong-password", &[TRUSTED, stored!("{reg}", "lab:wrong")])
        .cause(&["credentials-expired-or-altered"]),
    basic("logged-in-as-another-user", &[TRUSTED, Step::Run("usermod -aG docker alice"), login!("lab")])
        .user("alice")
        // Without rights, nobody sees into another one's home.
        .cause(&["login-in-other-users-config", "not-logged-in"])
        .on(Ground::has_systemd),
    basic(
        "a-file-of-logins-that-is-no-json",
        &[TRUSTED, Step::Run("mkdir -p ~/.docker; echo '{' > ~/.docker/config.json")],
    )
    .cause(&["credentials-expired-or-altered"]),
    basic(
        "a-helper-gives-the-login",
        &[
            TRUSTED,
            helper!(
                "echo \"{\\\"ServerURL\\\":\\\"x\\\",\\\"Username\\\":\\\"lab\\\",\\\"Secret\\\":\\\"secret\\\"}\""
            ),
        ],
    ),
    basic(
        "a-helper-is-missing",
        &[TRUSTED, Step::Run("mkdir -p ~/.docker; echo '{\"credsStore\": \"nowhere\"}' > ~/.docker/config.json")],
    )
    .cause(&["credential-helper-unusable"]),
    basic("a-helper-fails", &[TRUSTED, helper!("echo the keyring is locked; exit 1")])
        .cause(&["credential-helper-unusable"]),
    basic("a-helper-knows-nothing", &[TRUSTED, helper!("echo credentials not found in native keychain; exit 1")])
        .cause(MISSING),
    bearer("tokens-for-a-login", &[TRUSTED, login!("lab")]).fixed(UNKNOWN_TO_THE_SYSTEM),
    bearer("tokens-for-nobody", &[TRUSTED]).cause(&["not-logged-in", "token-endpoint-not-trusted"]),
    bearer("tokens-without-the-right-to-push", &[TRUSTED, login!("guest")])
        .cause(&["denied-no-permission", "token-endpoint-not-trusted"]),
    bearer("tokens-for-a-wrong-password", &[TRUSTED, stored!("{reg}", "lab:wrong")])
        .cause(&["credentials-expired-or-altered", "token-endpoint-not-trusted"]),
];
