//! Blobs that are taken over from another repository, and who may.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::super::Challenge;
use super::access::Files;
use super::*;

/// Who asks for a blob that is in `hidden` alone, from where, and what is answered.
const MOUNTS: &[(&str, &str, u16)] = &[
    ("alice", "&from=hidden", 202),
    ("alice", "", 202),
    ("alice", "&from=", 202),
    // She may read these, and it is not in them: the first is there, the second is not, the third cannot be.
    ("alice", "&from=team/b", 202),
    ("alice", "&from=team/none", 202),
    ("alice", "&from=team/No", 202),
    ("alice", "&from=team/b&from=hidden", 202),
    ("admin", "&from=hidden", 201),
    // It is in her own repository now.
    ("alice", "&from=team/a", 201),
];

#[tokio::test]
async fn a_blob_of_others_is_not_taken_over() {
    for challenge in [Challenge::Basic, Challenge::Bearer] {
        let files = Files::new();
        let site = Site::start(Registry::builder().access(files.access(challenge))).await;
        let digest = digest("secret");
        let as_admin = authorization(&site, challenge, "admin").await;
        for (repository, content) in [("hidden", "secret"), ("team/b", "other")] {
            let path = format!("/v2/{repository}/blobs/uploads/?digest={}", super::digest(content));
            let push = site.ask("POST", &path).header("authorization", &as_admin).body(content).send().await.unwrap();
            assert_eq!(push.status(), 201);
        }
        for (user, from, want) in MOUNTS {
            let path = format!("/v2/team/a/blobs/uploads/?mount={digest}{from}");
            let header = authorization(&site, challenge, user).await;
            let mount = site.ask("POST", &path).header("authorization", header).send().await.unwrap();
            assert_eq!(mount.status().as_u16(), *want, "{challenge:?} {user} {from}");
        }
    }
}

/// What a client sends that asked for every right that the rows need.
async fn authorization(site: &Site, challenge: Challenge, user: &str) -> String {
    let password: String = user.chars().rev().collect();
    if challenge == Challenge::Basic {
        return format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
    }
    let repositories = ["team/a", "team/b", "team/none", "team/No", "hidden"];
    token(site, user, &repositories.map(|name| format!("repository:{name}:pull,push")).join(" ")).await
}

/// A token for these scopes, as far as the user gets them.
async fn token(site: &Site, user: &str, scopes: &str) -> String {
    let password: String = user.chars().rev().collect();
    let asked =
        site.ask("GET", &format!("/token?scope={}", scopes.replace(' ', "%20"))).basic_auth(user, Some(password));
    let body: Value = serde_json::from_str(&asked.send().await.unwrap().text().await.unwrap()).unwrap();
    format!("Bearer {}", body["token"].as_str().unwrap())
}

/// The query of an upload by alice, whose token is for `team/a` alone; status, and what the challenge then asks for.
const NARROW: &[(&str, u16, &str)] = &[
    // The blob is there, and she may read it.
    ("&from=team/b", 401, "repository:team/a:pull,push repository:team/b:pull"),
    // She would be given nothing more for these.
    ("&from=hidden", 202, ""),
    ("&from=team/No", 202, ""),
    ("&from=%22,error=%22", 202, ""),
    ("", 202, ""),
];

#[tokio::test]
async fn a_token_is_widened_to_take_a_blob_over() {
    let files = Files::new();
    let site = Site::start(Registry::builder().access(files.access(Challenge::Bearer))).await;
    let as_admin = authorization(&site, Challenge::Bearer, "admin").await;
    let path = format!("/v2/team/b/blobs/uploads/?digest={}", digest("x"));
    let push = site.ask("POST", &path).header("authorization", &as_admin).body("x").send().await.unwrap();
    assert_eq!(push.status(), 201);
    let mount = async |from: &str, header: Option<&str>| {
        let ask = site.ask("POST", &format!("/v2/team/a/blobs/uploads/?mount={}{from}", digest("x")));
        let answer =
            header.into_iter().fold(ask, |ask, header| ask.header("authorization", header)).send().await.unwrap();
        let challenge = scope_asked_for(&answer);
        (answer.status().as_u16(), challenge)
    };
    let narrow = token(&site, "alice", "repository:team/a:pull,push").await;
    for (from, status, asked) in NARROW {
        assert_eq!(mount(from, Some(&narrow)).await, (*status, (*asked).to_string()), "{from}");
    }
    // Who has no token yet asks for the right one at once.
    let (status, asked) = mount("&from=team/b", None).await;
    assert_eq!((status, asked.as_str()), (401, NARROW[0].2));
    let wide = token(&site, "alice", &asked).await;
    assert_eq!(mount("&from=team/b", Some(&wide)).await, (201, String::new()));
    // The same query elsewhere asks for nothing.
    let list = site.ask("GET", "/v2/team/a/tags/list?mount=x&from=team/b").header("authorization", &narrow);
    assert_eq!(list.send().await.unwrap().status(), 200);
}

fn scope_asked_for(answer: &Response) -> String {
    let challenge = header(answer, "www-authenticate");
    challenge.split_once("scope=\"").and_then(|(_, rest)| rest.split_once('"')).unwrap_or_default().0.to_string()
}
