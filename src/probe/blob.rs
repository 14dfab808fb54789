//! The first blob of an image, and the storage that the registry sends its clients to for it.

use super::http::{Fetched, Question, Reading};
use super::manifest::digest_of;
use super::talk::{Keys, Talk};
use super::tls::Proof;
use super::visit::{is_same_server, to_keep};
use crate::model::trace::{Blob, Content};

/// Configurations are a few KiB; of anything larger the start is enough.
const MOST_BYTES: usize = 1024 * 1024;

impl Talk<'_> {
    pub(super) async fn fetch_blob(&self, repository: &str, digest: &str, keys: &Keys) -> Blob {
        let path = format!("/v2/{repository}/blobs/{digest}");
        let question = Question { reading: Reading::Whole(MOST_BYTES), ..Question::get(&path).with(keys.pull.clone()) };
        let fetched = self.ask(&question).await;
        let target = fetched.http.location().and_then(|location| self.url(&path)?.join(location).ok());
        let target = target.filter(|url| matches!(url.scheme(), "http" | "https"));
        let Some(url) = target else {
            let content = content(digest, &fetched);
            return Blob { digest: digest.into(), http: to_keep(fetched.http), target: None, content };
        };
        // Go leaves the authorization out where a redirect leads to another server.
        let key = self.url(&path).filter(|own| is_same_server(own, &url)).and(keys.pull.clone());
        let question = Question { reading: Reading::Whole(MOST_BYTES), ..Question::get("").with(key) };
        let (visit, stored) = Box::pin(self.journey.visit(&url, question, self.redirected(&url))).await;
        let content = content(digest, &stored);
        Blob { digest: digest.into(), http: to_keep(fetched.http), target: Some(Box::new(visit)), content }
    }

    /// What was demanded of the registry is demanded of it again; another server is sent nothing that needs it.
    fn redirected(&self, url: &reqwest::Url) -> Proof {
        let same = self.url("/").is_some_and(|own| is_same_server(&own, url));
        if same { self.route.proof.clone() } else { Proof::Nothing }
    }
}

fn content(digest: &str, fetched: &Fetched) -> Option<Content> {
    let given = fetched.http.status() == Some(200) && fetched.whole;
    given.then(|| Content {
        expected: digest.to_string(),
        received: digest_of(&fetched.body),
        bytes: fetched.body.len() as u64,
    })
}
