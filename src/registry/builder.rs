//! How a registry is described and started.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;
use time::OffsetDateTime;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::access::Access;
use super::fault::Fault;
use super::log::Log;
use super::running::{Background, Running};
use super::server;
use super::session::Sessions;
use super::state::State;
use super::store::{Care, FolderStore, Store, StoreError};
use super::tls::{TlsError, TlsMode};
use super::upkeep;

/// Where the data lie.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Storage {
    /// A folder of its own, gone at the end.
    #[default]
    Temporary,
    Folder(PathBuf),
}

/// A registry that is still to be started.
#[derive(Debug, Clone)]
pub struct Registry {
    listen: SocketAddr,
    storage: Storage,
    care: Care,
    chunk_minimum: Option<u64>,
    tls: TlsMode,
    access: Access,
    log: Log,
    faults: Vec<Fault>,
}

/// Why it did not start.
#[derive(Debug, Error)]
pub enum StartError {
    #[error("cannot listen on {address}")]
    Listen { address: SocketAddr, source: io::Error },
    #[error("the data folder cannot be used")]
    Storage(#[from] StoreError),
    #[error("TLS cannot be set up")]
    Tls(#[from] TlsError),
    #[error("no thread could be started")]
    Thread { source: io::Error },
    #[error("the thread of the registry ended before it had started")]
    ThreadEnded,
}

impl Registry {
    /// An open registry on a free port of 127.0.0.1, over plain HTTP, with temporary storage and no log.
    #[must_use]
    pub fn builder() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            storage: Storage::default(),
            care: Care::default(),
            chunk_minimum: None,
            tls: TlsMode::default(),
            access: Access::default(),
            log: Log::default(),
            faults: Vec::new(),
        }
    }

    #[must_use]
    pub fn listen(self, address: SocketAddr) -> Self {
        Self { listen: address, ..self }
    }

    #[must_use]
    pub fn storage(self, storage: Storage) -> Self {
        Self { storage, ..self }
    }

    /// How the data are looked after; not at all by default.
    #[must_use]
    pub fn care(self, care: Care) -> Self {
        Self { care, ..self }
    }

    /// Demands that every chunk of an upload but the last one has so many bytes (`OCI-Chunk-Min-Length`).
    #[must_use]
    pub fn chunk_minimum(self, bytes: u64) -> Self {
        Self { chunk_minimum: Some(bytes), ..self }
    }

    #[must_use]
    pub fn tls(self, tls: TlsMode) -> Self {
        Self { tls, ..self }
    }

    #[must_use]
    pub fn access(self, access: Access) -> Self {
        Self { access, ..self }
    }

    #[must_use]
    pub fn log(self, log: Log) -> Self {
        Self { log, ..self }
    }

    /// Adds one thing to do wrong.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Starts it on the runtime of the caller. It answers when this returns.
    pub async fn start(self) -> Result<Running, StartError> {
        let store: Arc<dyn Store> = Arc::new(match &self.storage {
            Storage::Temporary => FolderStore::temporary(self.care)?,
            Storage::Folder(folder) => FolderStore::open(folder, self.care)?,
        });
        let listening = |source| StartError::Listen { address: self.listen, source };
        let prepared = self.tls.prepare(self.listen.ip(), OffsetDateTime::now_utc())?;
        let listener = TcpListener::bind(self.listen).await.map_err(listening)?;
        let address = listener.local_addr().map_err(listening)?;
        let data_folder = store.folder().to_path_buf();
        let sessions = Sessions::new(self.chunk_minimum);
        let state = Arc::new(State { store, sessions, access: self.access, faults: self.faults, log: self.log });
        let (stop, stopped) = watch::channel(false);
        let upkeep = tokio::spawn(upkeep::run(Arc::clone(&state), self.care.collect_after, stopped.clone()));
        let server = tokio::spawn(server::serve(listener, prepared.acceptor, state, stopped));
        Ok(Running { address, authority_pem: prepared.authority_pem, data_folder, stop, server, upkeep })
    }

    /// Starts it on a thread with a runtime of its own, for callers that have none.
    pub fn start_in_background(self) -> Result<Background, StartError> {
        Background::start(self)
    }
}
