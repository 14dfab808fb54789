//! What faults of TLS need before the first connection: wrong certificates, and a second port that nobody trusts.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use time::OffsetDateTime;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::builder::StartError;
use super::fault::{Act, Certificate, Fault, certificate};
use super::server::Site;
use super::state::State;
use super::tls::{self, ClientAuthority, Prepared, Terms, TlsError, TlsMode};
use crate::cert::issue::Authority;

#[derive(Default)]
pub struct Wrong {
    pub certificates: Vec<(Certificate, TlsAcceptor)>,
    /// For TLS where none is spoken.
    pub unwanted: Option<TlsAcceptor>,
    /// What servers of another age show, in DER.
    pub chain: Vec<Vec<u8>>,
}

impl Wrong {
    pub fn prepare(faults: &[Fault], right: &Prepared, now: OffsetDateTime, terms: &Terms) -> Result<Self, StartError> {
        let mut wrong = Self::default();
        for fault in faults {
            for act in fault.acts() {
                match act {
                    Act::Certificate(kind) => match &right.authority {
                        Some(authority) => {
                            let acceptor = wrong_acceptor(*kind, authority, &right.names, now, terms)?;
                            wrong.certificates.push((*kind, acceptor));
                        }
                        None if fault.acts().len() > 1 => {}
                        None => return Err(StartError::NoAuthority { fault: fault.name() }),
                    },
                    Act::Handshake(_) => {
                        let issued = certificate::issue(
                            Certificate::OtherAuthority,
                            &Authority::create(now).map_err(TlsError::from)?,
                            &right.names,
                            now,
                        );
                        let issued = issued.map_err(TlsError::from)?;
                        let shown = if right.chain_pem.is_empty() { &issued.chain_pem } else { &right.chain_pem };
                        wrong.chain =
                            tls::certificates("the certificate", shown)?.iter().map(|der| der.to_vec()).collect();
                        wrong.unwanted = Some(tls::acceptor("the certificate", &issued, terms)?);
                    }
                    _ => {}
                }
            }
        }
        Ok(wrong)
    }
}

fn wrong_acceptor(
    kind: Certificate,
    authority: &Authority,
    names: &[String],
    now: OffsetDateTime,
    terms: &Terms,
) -> Result<TlsAcceptor, TlsError> {
    let issued = certificate::issue(kind, authority, names, now)?;
    let mut terms = terms.clone();
    if kind == Certificate::ClientDemanded && terms.client_authority.is_none() {
        terms.client_authority = Some(ClientAuthority::Pem(authority.certificate_pem().to_string()));
    }
    tls::acceptor("the certificate", &issued, &terms)
}

/// A second port of the same registry, with a certificate that nobody trusts.
pub struct Elsewhere {
    listener: TcpListener,
    prepared: Prepared,
    pub base: String,
}

impl Elsewhere {
    pub async fn open(ip: IpAddr, now: OffsetDateTime, log: &super::log::Log) -> Result<Self, StartError> {
        let address = SocketAddr::new(ip, 0);
        let listening = |source| StartError::Listen { address, source };
        let mode = TlsMode::FreshAuthority { names: Vec::new() };
        let prepared = mode.prepare(ip, now, &Terms::default(), log)?;
        let listener = TcpListener::bind(address).await.map_err(listening)?;
        let base = format!("https://{}", listener.local_addr().map_err(listening)?);
        Ok(Self { listener, prepared, base })
    }

    pub fn site(self, state: &Arc<State>) -> (TcpListener, Arc<Site>) {
        let (state, tls) = (Arc::clone(state), self.prepared.acceptor);
        (self.listener, Arc::new(Site { state, tls, wrong: Wrong::default(), faulty: false }))
    }
}

impl fmt::Debug for Wrong {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Wrong").field("certificates", &self.certificates.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Elsewhere {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Elsewhere").field("base", &self.base).finish_non_exhaustive()
    }
}
