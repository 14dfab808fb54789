//! What is wrong with the host itself, and the loopback.

use super::super::scenario::{Ground, Scenario, Served, Step};
use super::super::workshop::{Shown, Workshop, leaf, root};
use super::TRUSTED;

fn right(_: &Workshop) -> Result<Shown, String> {
    leaf(&root("lab root", |_| ())?, |_| ())
}

const fn plain(name: &'static str, host: &'static [Step]) -> Scenario {
    Scenario::new(name, Served::Plain(&[])).host(host)
}

const fn tls(name: &'static str, host: &'static [Step]) -> Scenario {
    Scenario::new(name, Served::Tls(right, &[])).host(host)
}

/// Variables of the daemon.
macro_rules! environment {
    ($words:literal) => {
        Step::Run(concat!(
            "if [ -d /run/systemd/system ]; then mkdir -p /etc/systemd/system/docker.service.d; ",
            "{ echo '[Service]'; for word in ",
            $words,
            "; do echo \"Environment=$word\"; done; } > /etc/systemd/system/docker.service.d/proxy.conf; ",
            "else for word in ",
            $words,
            "; do echo \"export $word\"; done >> /etc/default/docker; fi"
        ))
    };
}

const PROXIES: Step = environment!("HTTPS_PROXY=http://{peer}");

/// Settings of the unit, in a file beside it.
macro_rules! drop_in {
    ($lines:literal) => {
        Step::Run(concat!(
            "mkdir -p /etc/systemd/system/docker.service.d; printf '[Service]\\n",
            $lines,
            "\\n' > /etc/systemd/system/docker.service.d/lab.conf"
        ))
    };
}

/// A registry on the machine itself, with the scenario's image.
macro_rules! inside {
    ($listen:literal) => {
        Step::Run(concat!(
            "regdoctor serve-test-registry --quiet --data /root/data --listen ",
            $listen,
            " > /dev/null 2>&1 & echo $! >> /run/lab-started; i=0; until curl -so /dev/null 'http://",
            $listen,
            "/v2/' || [ $i -ge 50 ]; do i=$((i+1)); sleep 0.1; done"
        ))
    };
}

pub const ALL: &[Scenario] = &[
    Scenario::new("loopback", Served::Nothing).by("127.0.0.1:{port}").host(&[inside!("127.0.0.1:{port}")]),
    Scenario::new("loopback-by-name", Served::Nothing).by("localhost:{port}").host(&[inside!("127.0.0.1:{port}")]),
    // Go reads /etc/hosts again after five seconds.
    Scenario::new("loopback-by-own-name", Served::Nothing)
        .by("own.lab:{port}")
        .host(&[Step::Run("echo 127.0.0.1 own.lab >> /etc/hosts; sleep 5.2"), inside!("127.0.0.1:{port}")])
        .cause(&["http-registry-treated-as-https", "containerd-store-ignores-insecure"]),
    Scenario::new("loopback-by-own-name-and-entry", Served::Nothing)
        .by("own.lab:{port}")
        .host(&[
            Step::Run("echo 127.0.0.1 own.lab >> /etc/hosts; sleep 5.2"),
            inside!("127.0.0.1:{port}"),
            Step::Json("{\"insecure-registries\": [\"other.lab:1\"]}"),
        ]),
    Scenario::new("loopback-of-ipv6", Served::Nothing)
        .by("six.lab:{port}")
        .host(&[Step::Run("echo ::1 six.lab >> /etc/hosts; sleep 5.2"), inside!("[::1]:{port}")])
        .fixed(&["http-registry-treated-as-https", "containerd-store-ignores-insecure"]),
    plain("flag-and-file", &[
        Step::Run("printf 'DOCKER_OPTS=\"--insecure-registry={reg}\"\\n' > /etc/default/docker"),
        Step::Run("rm /etc/docker/daemon.json"),
        Step::Restart,
        Step::Run("echo '{\"insecure-registries\": [\"other.lab:1\"]}' > /etc/docker/daemon.json"),
    ])
    .on(|ground| ground.store == super::super::scenario::Store::Classic),
    plain("not-reloaded-after-broken", &[Step::Unread("{\"insecure-registries\": [\"{reg}\",]}")])
        .cause(&["daemon-json-unparsable"]),
    plain("singular-key", &[Step::Json("{\"insecure-registry\": [\"{reg}\"]}")])
        .fixed(&["http-registry-treated-as-https", "registry-entry-malformed", "daemon-json-unknown-key"]),
    plain("variable-that-the-unit-does-not-read", &[
        drop_in!("ExecStart=\\nExecStart=/usr/sbin/dockerd -H fd://"),
        Step::Run("printf 'DOCKER_OPTS=\"--insecure-registry={reg}\"\\n' > /etc/default/docker"),
        Step::Restart,
    ])
    .on(Ground::has_systemd)
    .fixed(&["docker-opts-ignored-systemd"]),
    tls("resolver-of-its-own", &[
        TRUSTED,
        Step::Run("echo 127.0.0.1 localhost > /root/hosts"),
        drop_in!("BindReadOnlyPaths=/root/hosts:/etc/hosts"),
        Step::Restart,
    ])
    .on(Ground::has_systemd)
    .cause(&["daemon-resolver-stale-or-different"]),
    tls("resolver-with-another-address", &[
        TRUSTED,
        Step::Run("echo 127.0.0.9 reg.lab > /root/hosts"),
        drop_in!("BindReadOnlyPaths=/root/hosts:/etc/hosts"),
        Step::Restart,
    ])
    .on(Ground::has_systemd)
    .cause(&["daemon-resolver-stale-or-different"]),
    plain("socket-denied", &[]).user("alice").cause(&["docker-socket-permission"]),
    plain("daemon-down", &[
        Step::Json("{\"insecure-registries\": [\"{reg}\"]}"),
        Step::Run("if [ -d /run/systemd/system ]; then systemctl stop docker.socket docker.service; elif command -v rc-service >/dev/null; then rc-service docker stop; else service docker stop; fi"),
    ])
    .cause(&["engine-not-running"]),
    tls("proxy", &[TRUSTED, Step::Peer("proxy"), PROXIES, Step::Restart]),
    tls("proxy-denies", &[TRUSTED, Step::Peer("deny"), PROXIES, Step::Restart]).cause(&["proxy-denies", "daemon-proxy-no-bypass"]),
    tls("proxy-asks", &[TRUSTED, Step::Peer("ask"), PROXIES, Step::Restart]).cause(&["proxy-denies", "daemon-proxy-no-bypass"]),
    tls("proxy-dead", &[TRUSTED, PROXIES, Step::Restart]).cause(&["proxy-setting-wrong", "daemon-proxy-no-bypass"]),
    tls("socks", &[TRUSTED, Step::Peer("socks"), environment!("HTTPS_PROXY=socks5://{peer}"), Step::Restart]),
    tls("socks-by-its-other-name", &[
        TRUSTED,
        Step::Peer("socks"),
        environment!("HTTPS_PROXY=socks5h://{peer}"),
        Step::Restart,
    ])
    .cause(&["proxy-setting-wrong"]),
    plain("socks-for-plain-http", &[
        Step::Json("{\"insecure-registries\": [\"{reg}\"]}"),
        Step::Peer("socks"),
        environment!("HTTPS_PROXY=socks5://{peer} HTTP_PROXY=socks5://{peer}"),
        Step::Restart,
    ]),
    tls("socks-denies", &[TRUSTED, Step::Peer("socks-deny"), environment!("HTTPS_PROXY=socks5://{peer}"), Step::Restart])
        .cause(&["proxy-denies", "daemon-proxy-no-bypass"]),
    tls("socks-asks", &[TRUSTED, Step::Peer("socks-ask"), environment!("HTTPS_PROXY=socks5://{peer}"), Step::Restart])
        .cause(&["proxy-denies", "daemon-proxy-no-bypass"]),
    tls("socks-that-is-none", &[TRUSTED, Step::Peer("banner"), environment!("HTTPS_PROXY=socks5://{peer}"), Step::Restart])
        .cause(&["proxy-setting-wrong", "daemon-proxy-no-bypass"]),
    tls("proxy-bypassed", &[TRUSTED, environment!("HTTPS_PROXY=http://{peer} NO_PROXY=reg.lab"), Step::Restart]),
    tls("proxy-bypassed-by-domain", &[TRUSTED, environment!("HTTPS_PROXY=http://{peer} NO_PROXY=.lab"), Step::Restart]),
    tls("proxy-not-bypassed-by-range", &[TRUSTED, environment!("HTTPS_PROXY=http://{peer} NO_PROXY=10.0.0.0/8"), Step::Restart])
        .cause(&["daemon-proxy-no-bypass", "proxy-setting-wrong"]),
    tls("proxy-bypassed-other-port", &[TRUSTED, environment!("HTTPS_PROXY=http://{peer} NO_PROXY=reg.lab:1"), Step::Restart])
        .cause(&["daemon-proxy-no-bypass", "proxy-setting-wrong"]),
    tls("proxy-of-the-shell", &[TRUSTED, Step::Run("echo HTTPS_PROXY=http://{peer} >> /root/.profile")]),
];
