//! The manifests, children before parents, and the question whether the registry has what was sent.

use bytes::Bytes;
use reqwest::Method;

use super::retry::Attempts;
use super::{Job, TransferError};
use crate::client::answer::{self, content_digest};
use crate::client::digest::Digest;
use crate::client::error::{ClientError, Verb};
use crate::client::exchange::Payload;
use crate::client::image::ANY_MANIFEST;
use crate::client::pull::{MANIFEST_BYTES, manifest_path};
use crate::client::source::Document;

impl Job {
    /// The digest under which the registry has the image.
    pub(super) async fn manifests(&self) -> Result<Digest, TransferError> {
        let (root, children) = self.graph.manifests.split_last().ok_or(TransferError::Ended)?;
        for child in children {
            self.put(child, &format!("manifests/{}", child.digest)).await?;
        }
        let path = manifest_path(&self.order.tag)?;
        self.put(root, &path).await?;
        let found = self.asked_again(&path).await?;
        let sent = root.digest.clone();
        match found {
            Some(found) if found == sent => Ok(found),
            other => Err(TransferError::NotThere {
                place: format!("{}:{}", self.order.repository, self.order.tag),
                sent,
                found: other.map_or_else(|| "nothing".into(), |found| found.to_string()),
            }),
        }
    }

    async fn put(&self, document: &Document, path: &str) -> Result<(), TransferError> {
        let mut attempts = Attempts::of(self);
        loop {
            match self.put_once(document, path).await {
                Ok(()) => return Ok(()),
                Err(error) => attempts.after(error).await?,
            }
        }
    }

    async fn put_once(&self, document: &Document, path: &str) -> Result<(), ClientError> {
        let mut call = self.exchange.call(Method::PUT, Verb::PushManifest, &self.order.repository, path)?;
        let bytes = Bytes::copy_from_slice(&document.bytes);
        call.body = Payload::Bytes { media_type: document.media_type.clone(), bytes };
        self.exchange.send(call, &[200, 201, 202]).await.map(|_| ())
    }

    /// What the registry has now; its own word where it gives one, else what it gives.
    async fn asked_again(&self, path: &str) -> Result<Option<Digest>, TransferError> {
        let mut attempts = Attempts::of(self);
        loop {
            match self.look(path).await {
                Ok(found) => return Ok(found),
                Err(error) => attempts.after(error).await?,
            }
        }
    }

    async fn look(&self, path: &str) -> Result<Option<Digest>, ClientError> {
        let verb = Verb::ReadManifestAgain;
        for method in [Method::HEAD, Method::GET] {
            let mut call = self.exchange.call(method.clone(), verb, &self.order.repository, path)?;
            call.accept = ANY_MANIFEST;
            let doing = call.doing.clone();
            let answer = self.exchange.send(call, &[200, 404]).await?;
            if answer.status() == 404 {
                return Ok(None);
            }
            if let Some(digest) = content_digest(answer.headers()) {
                return Ok(Some(digest));
            }
            if method == Method::GET {
                return Ok(Some(Digest::of(&answer::body(answer, &doing, MANIFEST_BYTES).await?)));
            }
        }
        Ok(None)
    }
}
