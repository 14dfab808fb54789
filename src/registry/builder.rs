//! How a registry is described and started.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;
use time::OffsetDateTime;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::access::{Access, AccessError};
use super::buffers::Buffers;
use super::fault::{Act, Fault, Faults};
use super::log::Log;
use super::port::Port;
use super::running::{Background, Running};
use super::seats::Seats;
use super::server::{self, Site};
use super::session::Sessions;
use super::state::State;
use super::store::{Care, FolderStore, Store, StoreError};
use super::tls::{ClientAuthority, Terms, TlsError, TlsMode};
use super::upkeep;
use super::workers::Workers;
use super::wrong::{Elsewhere, Wrong};

/// How many connections may be open at a time. Each may have a file open as well.
const CONNECTIONS: usize = 10_000;

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
    client_authority: Option<PathBuf>,
    now: Option<OffsetDateTime>,
    access: Access,
    log: Log,
    faults: Vec<Fault>,
    connections: usize,
    threads: usize,
}

/// Why it did not start.
#[derive(Debug, Error)]
pub enum StartError {
    #[error("cannot listen on {address}")]
    Listen { address: SocketAddr, source: io::Error },
    #[error("the data folder cannot be used")]
    Storage(#[from] StoreError),
    #[error("access cannot be set up")]
    Access(#[from] AccessError),
    #[error("TLS cannot be set up")]
    Tls(#[from] TlsError),
    #[error("{fault} needs TLS from an authority of the registry's own")]
    NoAuthority { fault: &'static str },
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
            client_authority: None,
            now: None,
            access: Access::default(),
            log: Log::default(),
            faults: Vec::new(),
            connections: CONNECTIONS,
            threads: 0,
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

    /// Clients have to show a certificate that an authority in this PEM file signed.
    #[must_use]
    pub fn client_authority(self, file: PathBuf) -> Self {
        Self { client_authority: Some(file), ..self }
    }

    /// The time that certificates are made for, instead of now.
    #[must_use]
    pub fn at(self, now: OffsetDateTime) -> Self {
        Self { now: Some(now), ..self }
    }

    #[must_use]
    pub fn access(self, access: Access) -> Self {
        Self { access, ..self }
    }

    #[must_use]
    pub fn log(self, log: Log) -> Self {
        Self { log, ..self }
    }

    /// How many connections may be open at a time; more send the idle ones away.
    #[must_use]
    pub fn connections(self, most: usize) -> Self {
        Self { connections: most, ..self }
    }

    /// Spreads connections over so many threads; without them they are served where [`Registry::start`] was called.
    #[must_use]
    pub fn threads(self, count: usize) -> Self {
        Self { threads: count, ..self }
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
        let data_folder = store.folder().to_path_buf();
        let (now, faults) = (self.now.unwrap_or_else(OffsetDateTime::now_utc), Faults::new(&self.faults));
        let terms = Terms {
            client_authority: self.client_authority.clone().map(ClientAuthority::File),
            http1_only: faults.acts().any(Act::is_of_the_wire),
        };
        let prepared = self.tls.prepare(self.listen.ip(), now, &terms, &self.log)?;
        let wrong = Wrong::prepare(&self.faults, &prepared, now, &terms)?;
        let authority_pem = prepared.authority.map(|authority| authority.certificate_pem().to_string());
        let port = Port::open(self.listen, &faults).await?;
        let address = port.address;
        let elsewhere = if faults.acts().any(Act::leads_elsewhere) {
            Some(Elsewhere::open(address.ip(), now, &self.log).await?)
        } else {
            None
        };
        let access = self.access.open(faults.acts().any(Act::is_of_tokens), &self.log)?;
        let state = Arc::new(State {
            store,
            sessions: Sessions::new(self.chunk_minimum),
            buffers: Buffers::default(),
            access,
            elsewhere: elsewhere.as_ref().map_or_else(String::new, |elsewhere| elsewhere.base.clone()),
            faults,
            log: self.log,
        });
        let (stop, stopped) = watch::channel(false);
        let seats = Seats::new(self.connections);
        let workers = Workers::start(self.threads).map_err(|source| StartError::Thread { source })?;
        let mut servers = JoinSet::new();
        servers.spawn(upkeep::run(Arc::clone(&state), self.care.collect_after, stopped.clone()));
        if let Some((listener, site)) = elsewhere.map(|elsewhere| elsewhere.site(&state)) {
            servers.spawn(server::serve(listener, site, Arc::clone(&seats), workers.runtimes(), stopped.clone()));
        }
        if let Some(listener) = port.listener {
            let site = Arc::new(Site { state, tls: prepared.acceptor, wrong, faulty: true });
            servers.spawn(server::serve(listener, site, seats, workers.runtimes(), stopped));
        }
        Ok(Running { address, authority_pem, data_folder, stop, servers, _workers: workers, _closed: port.closed })
    }

    /// Starts it on a thread with a runtime of its own, for callers that have none.
    pub fn start_in_background(self) -> Result<Background, StartError> {
        Background::start(self)
    }
}
