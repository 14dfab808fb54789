//! Signing in: challenges, realms, tokens.

use super::super::act::{Act, On, TokenFault};
use super::super::given::Given;
use super::super::kind::Kind;
use super::super::reply::{Reply, error, page};
use super::front::everywhere;
use super::hostile::repeated;

pub const KINDS: &[Kind] = &[
    Kind {
        name: "auth-challenge-missing",
        summary: "401 that does not say how to sign in",
        make: |_| everywhere(denied()),
    },
    Kind {
        name: "not-logged-in",
        summary: "everybody is asked for a password, and none is right",
        make: |_| everywhere(denied().header("www-authenticate", "Basic realm=\"Registry\"")),
    },
    Kind {
        name: "token-realm-wrong-address",
        summary: "tokens are to be had at an address that is the registry's own alone",
        make: |given| realm(given, "http://localhost:1/token"),
    },
    Kind {
        name: "token-realm-dead",
        summary: "tokens are to be had where nobody listens",
        make: |given| realm(given, "{scheme}://127.0.0.1:1/token"),
    },
    Kind {
        name: "token-realm-http",
        summary: "tokens are to be had over plain HTTP",
        make: |given| realm(given, "http://{authority}/token"),
    },
    Kind {
        name: "token-realm-no-address",
        summary: "the realm of the challenge is no address",
        make: |given| realm(given, "Registry"),
    },
    Kind {
        name: "token-endpoint-not-trusted",
        summary: "tokens are to be had at a server whose certificate nobody trusts",
        make: |given| realm(given, "{elsewhere}/token"),
    },
    Kind {
        name: "anonymous-pull-not-enabled",
        summary: "tokens are given to everybody, and with no right to anything",
        make: |_| vec![Act::Token(TokenFault::NoAnonymous)],
    },
    Kind {
        name: "token-scope-wrong",
        summary: "the challenge asks for a right to another repository",
        make: |_| vec![Act::Token(TokenFault::OtherScope)],
    },
    Kind {
        name: "token-expired",
        summary: "tokens are over when they are handed out",
        make: |_| vec![Act::Token(TokenFault::Expired)],
    },
    Kind {
        name: "token-endless",
        summary: "the answer with the token never ends",
        make: |_| token_reply(repeated(b"{\"token\":\"", b"0123456789abcdef", None)),
    },
    Kind {
        name: "token-unreadable",
        summary: "the answer of the token endpoint is a web page",
        make: |_| token_reply(Reply::new(200, page("Sign in", "sso"))),
    },
    Kind {
        name: "token-endpoint-broken",
        summary: "the token endpoint answers with this status",
        make: |given| {
            let status = given.status("code", 500);
            token_reply(Reply::new(status, page(&format!("{status} Internal Server Error"), "nginx")))
        },
    },
    Kind {
        name: "basic-and-bearer-mixed",
        summary: "a challenge of each kind, and neither is of use",
        make: |_| {
            let reply = denied()
                .header("www-authenticate", "Basic realm=\"Registry\"")
                .header("www-authenticate", "Bearer realm=\"{base}/token\",service=\"registry\"");
            everywhere(reply)
        },
    },
    Kind {
        name: "unknown-challenge",
        summary: "a challenge of a kind that Docker does not know",
        make: |given| {
            let scheme = given.text("scheme", "Negotiate");
            everywhere(denied().header("www-authenticate", scheme))
        },
    },
    Kind {
        name: "refused-after-upload",
        summary: "the end of each push is refused, after all bytes were taken",
        make: |given| {
            let status = given.status("code", 403);
            let reply = Reply::new(status, error("DENIED", "requested access to the resource is denied"));
            vec![Act::Reply { on: On::EndOfPush, reply }]
        },
    },
];

/// Tokens are needed, and this is what their endpoint answers.
fn token_reply(reply: Reply) -> Vec<Act> {
    vec![Act::Token(TokenFault::Needed), Act::Reply { on: On::Token, reply }]
}

fn denied() -> Reply {
    Reply::new(401, error("UNAUTHORIZED", "authentication required"))
}

fn realm(given: &mut Given<'_>, realm: &str) -> Vec<Act> {
    let realm = given.text("realm", realm);
    let service = given.text("service", "registry");
    everywhere(denied().header("www-authenticate", format!("Bearer realm=\"{realm}\",service=\"{service}\"")))
}
