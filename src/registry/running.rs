//! A registry that has been started, and its end.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::builder::{Registry, StartError};
use super::fault::listen::Closed;
use super::workers::Workers;

/// The server ends by itself before that.
const STOPPED_WITHIN: Duration = Duration::from_secs(5);

/// A registry on the caller's runtime, and on threads of its own where it was given some. Dropping it ends it at once;
/// [`Running::stop`] lets open requests end first.
#[derive(Debug)]
pub struct Running {
    pub(super) address: SocketAddr,
    pub(super) authority_pem: Option<String>,
    pub(super) data_folder: PathBuf,
    pub(super) stop: watch::Sender<bool>,
    pub(super) servers: JoinSet<()>,
    /// Where the connections are.
    pub(super) _workers: Workers,
    /// Ports that are held and not served.
    pub(super) _closed: Vec<Closed>,
}

impl Running {
    /// Where it listens, with the port that was chosen.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The certificate of its private authority, when it has one.
    pub fn authority_pem(&self) -> Option<&str> {
        self.authority_pem.as_deref()
    }

    pub fn data_folder(&self) -> &Path {
        &self.data_folder
    }

    /// Ends it: no new connections, open requests may end, at most five seconds.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        // When the time is over, dropping `self` ends what is left.
        let ended = async { while self.servers.join_next().await.is_some() {} };
        let _ = timeout(STOPPED_WITHIN, ended).await;
    }
}

/// A registry on a thread of its own. Dropping it stops it and waits for its end.
#[derive(Debug)]
pub struct Background {
    address: SocketAddr,
    authority_pem: Option<String>,
    data_folder: PathBuf,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Background {
    pub(super) fn start(registry: Registry) -> Result<Self, StartError> {
        let (stop, stopped) = oneshot::channel();
        let (report, reported) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("registry".into())
            .spawn(move || run(registry, &report, stopped))
            .map_err(|source| StartError::Thread { source })?;
        let (address, authority_pem, data_folder) = reported.recv().map_err(|_| StartError::ThreadEnded)??;
        Ok(Self { address, authority_pem, data_folder, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it listens, with the port that was chosen.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The certificate of its private authority, when it has one.
    pub fn authority_pem(&self) -> Option<&str> {
        self.authority_pem.as_deref()
    }

    pub fn data_folder(&self) -> &Path {
        &self.data_folder
    }

    /// Ends it as [`Running::stop`] does, and waits for that.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // An error means that it has ended already.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

type Report = Result<(SocketAddr, Option<String>, PathBuf), StartError>;

fn run(registry: Registry, report: &mpsc::Sender<Report>, stopped: oneshot::Receiver<()>) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(source) => {
            // Nobody to tell means nobody is waiting; the same below.
            let _ = report.send(Err(StartError::Thread { source }));
            return;
        }
    };
    runtime.block_on(async {
        match registry.start().await {
            Ok(running) => {
                let told = (running.address, running.authority_pem.clone(), running.data_folder.clone());
                let _ = report.send(Ok(told));
                let _ = stopped.await;
                running.stop().await;
            }
            Err(error) => {
                let _ = report.send(Err(error));
            }
        }
    });
}
