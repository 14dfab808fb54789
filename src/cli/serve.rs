//! `regdoctor serve-test-registry`: a real registry until a signal comes.

use std::path::Path;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use time::OffsetDateTime;
use tokio::runtime::Builder;

use super::arguments::{Format, LogForm, ServeOptions};
use super::failure::{Failure, Kind, quoted};
use super::screen::Screen;
use super::{Ended, authority_folder, faults, new_files};
use crate::cert::issue::Authority;
use crate::host::{Live, StopSignals};
use crate::registry::{Access, Care, Challenge, Form, Log, Registry, Storage, TlsMode, Users};

const MOST_CONNECTIONS: usize = 100_000;
/// Each thread takes time at the start, and memory; so many push more than disks take.
const MOST_THREADS: usize = 8;

pub fn run(options: &ServeOptions, screen: &Screen) -> Result<Ended, Failure> {
    if options.list_faults {
        screen.answer(&match options.format {
            Format::Human => faults::human(screen.style()),
            Format::Json => faults::json(),
        });
        return Ok(Ended::Well);
    }
    let registry = builder(options)?;
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Kind::Environment, format!("cannot start the server: {error}")))?;
    runtime.block_on(async {
        let mut signals = StopSignals::listen();
        let running = registry.start().await?;
        announce(options, screen, running.address());
        signals.wait().await;
        running.stop().await;
        Ok(Ended::Well)
    })
}

fn builder(options: &ServeOptions) -> Result<Registry, Failure> {
    let tls = match (&options.tls, &options.certificate, &options.key) {
        (Some(folder), ..) => TlsMode::Authority { authority: authority(folder)?, names: options.name.clone() },
        (None, Some(certificate), Some(key)) => TlsMode::Files { certificate: certificate.clone(), key: key.clone() },
        _ => TlsMode::Off,
    };
    let storage = options.data.clone().map_or(Storage::Temporary, Storage::Folder);
    let form = if options.log == LogForm::Json { Form::Json } else { Form::Human };
    let log = if options.quiet { Log::Off } else { Log::To(form, Arc::new(super::screen::log_line)) };
    let registry = Registry::builder().listen(options.listen).storage(storage).care(care(options)).tls(tls).log(log);
    let registry = registry.access(access(options)).connections(connections()).threads(threads());
    let registry = match &options.client_ca {
        Some(file) => registry.client_authority(file.clone()),
        None => registry,
    };
    let registry = options.fault.iter().cloned().fold(registry, Registry::fault);
    Ok(match options.chunk_min_length {
        Some(bytes) => registry.chunk_minimum(bytes),
        None => registry,
    })
}

/// The one in the folder; a new one may sign for whatever name the registry will have the next time.
fn authority(folder: &Path) -> Result<Arc<Authority>, Failure> {
    let host = Live::new();
    let found = authority_folder::kept(&host, folder, || Authority::create(OffsetDateTime::now_utc()));
    let found = found.and_then(|found| new_files::write(&host, &found.files).map(|()| found));
    match found {
        Ok(found) => Ok(Arc::new(found.authority)),
        Err(failure) => Err(failure.hint("--tls takes a folder that may be written")),
    }
}

fn access(options: &ServeOptions) -> Access {
    Access {
        users: options.htpasswd.clone().map_or(Users::Nobody, Users::Htpasswd),
        challenge: if options.bearer { Challenge::Bearer } else { Challenge::Basic },
        rights: options.rights.clone(),
        read_only: options.read_only,
    }
}

/// As many as this process may have, and half of them may have a file open as well.
fn connections() -> usize {
    let most = getrlimit(Resource::RLIMIT_NOFILE).map_or(1024, |(soft, hard)| {
        // Where that is not allowed, what there is has to do.
        if setrlimit(Resource::RLIMIT_NOFILE, hard, hard).is_ok() { hard } else { soft }
    });
    usize::try_from(most / 3 * 2).unwrap_or(usize::MAX).min(MOST_CONNECTIONS)
}

/// One for each core that this process may use.
fn threads() -> usize {
    available_parallelism().map_or(1, usize::from).min(MOST_THREADS)
}

fn care(options: &ServeOptions) -> Care {
    Care {
        durable: options.durable,
        collect_after: options.gc.map(Duration::from_secs),
        quota: options.quota.map(|mebibytes| mebibytes << 20),
    }
}

/// The address on the first line, for scripts; then the trust command for it, for people.
fn announce(options: &ServeOptions, screen: &Screen, address: std::net::SocketAddr) {
    let tls = options.tls.is_some() || options.certificate.is_some();
    screen.answer(&format!("listening on {}://{address}\n", if tls { "https" } else { "http" }));
    let name = options.name.first().map_or_else(|| address.ip().to_string(), Clone::clone);
    // `[::1]:5000` is a pattern for some shells.
    let entry_point = quoted(&match name.parse::<std::net::Ipv6Addr>() {
        Ok(v6) => format!("[{v6}]:{}", address.port()),
        Err(_) => format!("{name}:{}", address.port()),
    });
    let command = match (&options.tls, tls) {
        (Some(folder), _) => {
            let file = quoted(&folder.join("ca.crt").display().to_string());
            format!("sudo regdoctor trust {entry_point} --ca {file}")
        }
        (None, true) => format!("sudo regdoctor trust {entry_point}"),
        (None, false) => format!("sudo regdoctor trust {entry_point} --insecure"),
    };
    screen.answer(&format!("to make Docker trust it: {command}\n"));
    if !tls && address.ip().is_loopback() {
        screen.say("Docker takes loopback addresses as insecure anyway: on this machine nothing needs to be done");
    }
    if !address.ip().is_loopback() {
        screen.warning(match (&options.htpasswd, &options.client_ca, options.read_only) {
            (None, None, false) => "anyone who reaches this address can push and pull: this registry asks for no login",
            (None, None, true) => "anyone who reaches this address can pull: this registry asks for no login",
            _ if !tls => "passwords and tokens go over the network as they are: this is plain HTTP",
            _ => "this is a registry for tests, and others can reach its address",
        });
    }
}
