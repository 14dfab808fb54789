//! Who gets in.

use std::path::PathBuf;

use reqwest::StatusCode;
use serde_json::Value;

use super::super::{Access, Challenge, TlsMode, Users};
use super::*;

#[tokio::test]
async fn basic_access_challenges_and_admits() {
    let access = Access::one("alice", "secret-word");
    let site = Site::start(Registry::builder().access(access)).await;
    for path in ["/v2/", "/v2/a/tags/list", "/v2/_catalog", "/nowhere"] {
        let answer = site.ask("GET", path).send().await.unwrap();
        assert_eq!(header(&answer, "www-authenticate"), "Basic realm=\"regdoctor test registry\"");
        assert_eq!(header(&answer, "docker-distribution-api-version"), "registry/2.0");
        assert_eq!(refusal(answer).await, (401, "UNAUTHORIZED".into()), "{path}");
    }
    let wrong = site.ask("GET", "/v2/").basic_auth("alice", Some("guess")).send().await.unwrap();
    assert_eq!(wrong.status(), 401);
    let right = site.ask("GET", "/v2/").basic_auth("alice", Some("secret-word")).send().await.unwrap();
    assert_eq!(right.status(), 200);
    let push = site.ask("POST", "/v2/a/blobs/uploads/").body("x".repeat(100_000)).send().await.unwrap();
    assert_eq!(push.status(), 401);
}

/// A folder with users and rights; every password is the name backwards.
pub struct Files(tempfile::TempDir);

const RIGHTS: &str = "* public/** pull\nalice team/* pull,push\nadmin ** *\n";

impl Files {
    pub fn new() -> Self {
        let files = Self(tempfile::tempdir().unwrap());
        files.users(&["alice", "admin"]);
        write(&files.path("rights"), RIGHTS);
        files
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn users(&self, names: &[&str]) {
        let line = |name: &&str| {
            let password: String = name.chars().rev().collect();
            format!("{name}:{}\n", bcrypt::hash(password, 4).unwrap())
        };
        write(&self.path("users"), &names.iter().map(line).collect::<String>());
    }

    pub fn access(&self, challenge: Challenge) -> Access {
        let (users, rights) = (Users::Htpasswd(self.path("users")), Some(self.path("rights")));
        Access { users, challenge, rights, read_only: false }
    }
}

#[expect(clippy::disallowed_methods, reason = "the registry reads files")]
fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
}

/// Who asks, how and for what, and what is answered: the same with passwords and with tokens.
const RIGHTS_SEEN: &[(&str, &str, &str, u16, u16)] = &[
    ("", "GET", "/v2/public/a/manifests/v1", 404, 404),
    ("", "POST", "/v2/public/a/blobs/uploads/", 401, 401),
    ("", "GET", "/v2/team/a/manifests/v1", 401, 401),
    ("alice", "GET", "/v2/", 200, 200),
    ("alice", "POST", "/v2/team/a/blobs/uploads/", 202, 202),
    ("alice", "POST", "/v2/other/blobs/uploads/", 403, 401),
    ("alice", "DELETE", "/v2/team/a/manifests/v1", 403, 401),
    ("alice", "GET", "/v2/_catalog", 403, 401),
    ("admin", "GET", "/v2/_catalog", 200, 200),
    ("admin", "DELETE", "/v2/team/a/manifests/v1", 404, 404),
    ("eve", "GET", "/v2/", 401, 401),
];

#[tokio::test]
async fn rights_are_by_user_repository_and_action() {
    let files = Files::new();
    let basic = Site::start(Registry::builder().access(files.access(Challenge::Basic))).await;
    let bearer = Site::start(Registry::builder().access(files.access(Challenge::Bearer))).await;
    for (user, method, path, with_password, with_token) in RIGHTS_SEEN {
        let password: String = user.chars().rev().collect();
        let asked = basic.ask(method, path);
        let asked = if user.is_empty() { asked } else { asked.basic_auth(user, Some(&password)) };
        let seen = asked.send().await.unwrap().status().as_u16();
        assert_eq!(seen, *with_password, "Basic {user} {method} {path}");
        let seen = as_docker(&bearer, user, method, path).await.as_u16();
        assert_eq!(seen, *with_token, "Bearer {user} {method} {path}");
    }
}

/// Asks, goes for a token when it is told to, and asks again.
async fn as_docker(site: &Site, user: &str, method: &str, path: &str) -> StatusCode {
    let first = site.ask(method, path).send().await.unwrap();
    assert_eq!(first.status(), 401);
    let challenge = header(&first, "www-authenticate").to_string();
    let part = |name: &str| challenge.split(&format!("{name}=\"")).nth(1).and_then(|rest| rest.split('"').next());
    let realm = part("realm").unwrap();
    assert_eq!(realm, format!("{}/token", site.base));
    let mut url = reqwest::Url::parse(realm).unwrap();
    url.query_pairs_mut().append_pair("service", part("service").unwrap());
    part("scope").map(|scope| url.query_pairs_mut().append_pair("scope", scope).finish().as_str().len());
    let password: String = user.chars().rev().collect();
    let asked = site.ask("GET", url.as_str());
    let asked = if user.is_empty() { asked } else { asked.basic_auth(user, Some(&password)) };
    let answer = asked.send().await.unwrap();
    if !answer.status().is_success() {
        return answer.status();
    }
    let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    let again = site.ask(method, path).bearer_auth(body["token"].as_str().unwrap()).send().await.unwrap();
    again.status()
}

#[tokio::test]
async fn tokens_are_given_for_a_form_and_for_a_refresh_token() {
    let files = Files::new();
    let site = Site::start(Registry::builder().access(files.access(Challenge::Bearer))).await;
    let form = |body: &str| {
        let asked = site.ask("POST", "/token").header("content-type", "application/x-www-form-urlencoded");
        asked.body(body.to_string()).send()
    };
    let scope = "scope=repository:team/a:pull,push&service=x&client_id=docker";
    let login = format!("grant_type=password&username=alice&password=ecila&access_type=offline&{scope}");
    let answer: Value = serde_json::from_str(&form(&login).await.unwrap().text().await.unwrap()).unwrap();
    assert_eq!(
        (&answer["expires_in"], &answer["scope"]),
        (&300.into(), &"repository:team/a:pull repository:team/a:pull,push".into())
    );
    let refresh =
        format!("grant_type=refresh_token&refresh_token={}&{scope}", answer["refresh_token"].as_str().unwrap());
    let again: Value = serde_json::from_str(&form(&refresh).await.unwrap().text().await.unwrap()).unwrap();
    let token = again["access_token"].as_str().unwrap();
    let push = site.ask("POST", "/v2/team/a/blobs/uploads/").bearer_auth(token).send().await.unwrap();
    assert_eq!(push.status(), 202);
    for (body, want) in [
        ("grant_type=password&username=alice&password=wrong", 401),
        ("grant_type=refresh_token&refresh_token=a.b.c", 401),
        ("grant_type=client_credentials", 400),
    ] {
        assert_eq!(form(body).await.unwrap().status().as_u16(), want, "{body}");
    }
}

#[tokio::test]
async fn a_file_of_users_is_read_again_when_it_changes() {
    let files = Files::new();
    let lines = Lines::default();
    let registry = Registry::builder().access(files.access(Challenge::Basic)).log(lines.log());
    let site = Site::start(registry).await;
    let asking = &site;
    let status = |user: &'static str, password: &'static str| async move {
        asking.ask("GET", "/v2/").basic_auth(user, Some(password)).send().await.unwrap().status().as_u16()
    };
    assert_eq!((status("alice", "ecila").await, status("bob", "bob").await), (200, 401));
    files.users(&["bob"]);
    assert_eq!((status("alice", "ecila").await, status("bob", "bob").await), (401, 200));
    write(&files.path("users"), "bob:{SHA}x\n");
    assert_eq!(status("bob", "bob").await, 200);
    let told = lines.all().join("\n");
    assert!(told.contains("users changed and was read again") && told.contains("only bcrypt is taken"), "{told}");
    assert!(!told.contains("ecila") && !told.contains("$2"), "{told}");
}

#[tokio::test]
async fn nothing_is_changed_where_nothing_may_be() {
    let access = Access { read_only: true, ..Access::default() };
    let site = Site::start(Registry::builder().access(access)).await;
    assert_eq!(site.get("/v2/").await.0, 200);
    for (method, path) in
        [("POST", "/v2/a/blobs/uploads/"), ("PUT", "/v2/a/manifests/v1"), ("DELETE", "/v2/a/manifests/v1")]
    {
        let answer = site.ask(method, path).send().await.unwrap();
        assert_eq!(refusal(answer).await, (405, "UNSUPPORTED".into()), "{method}");
    }
}

#[tokio::test]
async fn faults_of_tokens_are_those_of_clients_too() {
    let rows = [
        ("token-expired", 401),
        ("token-scope-wrong", 401),
        ("anonymous-pull-not-enabled", 401),
        ("token-endpoint-broken", 500),
        ("token-expired:path=/v2/other", 404),
    ];
    for (fault, want) in rows {
        let site = Site::start(Registry::builder().fault(fault.parse().unwrap())).await;
        assert_eq!(as_docker(&site, "", "GET", "/v2/a/manifests/v1").await.as_u16(), want, "{fault}");
    }
}

#[tokio::test]
async fn a_client_certificate_opens_the_door() {
    use crate::cert::issue::{Authority, ServerRequest, Usage};
    crate::cert::provider::install();
    let now = time::OffsetDateTime::now_utc();
    let clients = Authority::create(now).unwrap();
    let request = ServerRequest { usage: Usage::ClientOnly, ..ServerRequest::new(vec!["carol".into()], now) };
    let issued = clients.issue(&request).unwrap();
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("clients.pem"), clients.certificate_pem());
    let lines = Lines::default();
    let tls = TlsMode::FreshAuthority { names: Vec::new() };
    let registry = Registry::builder().tls(tls).client_authority(folder.path().join("clients.pem")).log(lines.log());
    let running = registry.start().await.unwrap();
    let trusted = reqwest::Certificate::from_pem(running.authority_pem().unwrap().as_bytes()).unwrap();
    let builder = || Client::builder().no_proxy().tls_certs_only([trusted.clone()]);
    let url = format!("https://{}/v2/", running.address());
    assert!(builder().build().unwrap().get(&url).send().await.is_err());
    let identity = reqwest::Identity::from_pem(format!("{}{}", issued.key_pem, issued.chain_pem).as_bytes()).unwrap();
    let known = || builder().identity(identity.clone()).build().unwrap().get(&url).send();
    let answer = known().await.unwrap();
    assert_eq!(answer.status(), 200);
    drop(answer);
    write(&folder.path().join("clients.pem"), Authority::create(now).unwrap().certificate_pem());
    assert!(known().await.is_err(), "another authority is asked for by now");
    running.stop().await;
    assert!(lines.all().iter().any(|line| line.contains(" carol GET /v2/ 200 ")), "{:?}", lines.all());
}
