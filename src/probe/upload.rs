//! An upload that is started and cancelled: whether the registry takes pushes, and where it sends them.

use hyper::Method;

use super::http::Question;
use super::talk::{Keys, Talk};
use super::tls::Proof;
use super::visit::{is_same_server, path_of, shown, to_keep};
use crate::model::printable::printable;
use crate::model::trace::Upload;

const SHOWN: usize = 500;

impl Talk<'_> {
    pub(super) async fn try_upload(&self, repository: &str, keys: &Keys) -> Upload {
        let path = format!("/v2/{repository}/blobs/uploads/");
        let start = self.ask(&Question::new(Method::POST, &path).with(keys.push.clone())).await.http;
        let started = start.answer().filter(|(_, answer)| answer.status == 202);
        let location = started.and_then(|(_, answer)| answer.header("location")).map(str::to_string);
        let mut upload = Upload {
            location: location.as_deref().map(without_query),
            resolved: None,
            elsewhere: None,
            cancelled: None,
            start: to_keep(start),
        };
        let own = self.url(&path);
        let Some(url) = location.and_then(|location| own.as_ref()?.join(&location).ok()) else { return upload };
        upload.resolved = Some(shown(&url));
        if own.as_ref().is_some_and(|own| is_same_server(own, &url)) {
            let cancel = Question::new(Method::DELETE, path_of(&url)).with(keys.push.clone());
            upload.cancelled = Some(self.ask(&cancel).await.http);
        } else if matches!(url.scheme(), "http" | "https") {
            // Docker's own credentials stay behind as well (classic: no challenge is known there; containerd: dropped).
            let cancel = Question::new(Method::DELETE, "");
            let (visit, _) = Box::pin(self.journey.visit(&url, cancel, Proof::Nothing)).await;
            upload.elsewhere = Some(Box::new(visit));
        }
        upload
    }
}

/// `Location` as it was sent, but for what it carries as permission.
fn without_query(location: &str) -> String {
    match location.split_once('?') {
        Some((before, _)) => format!("{}?…", printable(before, SHOWN)),
        None => printable(location, SHOWN),
    }
}
