//! The registry of a scenario, on the other side of the machine's cable, and its names.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use regdoctor::client::{Client, Image, Trust};
use regdoctor::model::entry_point;
use regdoctor::registry::{Registry, Storage};

use super::scenario::{Scenario, Served};
use super::workshop::{Shown, Workshop};
use crate::machine::Machine;

pub const REPOSITORY: &str = "team/app";
pub const TAG: &str = "1";

/// What a scenario's texts may name.
pub struct Names {
    pub ip: String,
    pub port: u16,
    /// As the image reference has it.
    pub registry: String,
}

impl Names {
    pub fn new(scenario: &Scenario, ip: String, port: u16) -> Self {
        let mut names = Self { ip, port, registry: String::new() };
        names.registry = names.fill(scenario.reference);
        names
    }

    pub fn fill(&self, text: &str) -> String {
        let pairs = [
            ("{reg}", self.registry.as_str()),
            ("{name}", "reg.lab"),
            ("{ip}", &self.ip),
            ("{port}", &self.port.to_string()),
            ("{peer}", &self.peer_address()),
            ("{image}", &self.image()),
        ];
        pairs.iter().fold(text.to_string(), |text, (key, value)| text.replace(key, value))
    }

    pub fn image(&self) -> String {
        format!("{}/{REPOSITORY}:{TAG}", self.registry)
    }

    pub fn address(&self) -> String {
        format!("{}:{}", self.ip, self.port)
    }

    /// Of whatever stands beside the registry.
    pub fn peer_address(&self) -> String {
        format!("{}:{}", self.ip, self.port + 1)
    }

    /// Of a registry behind something else.
    fn behind(&self) -> String {
        format!("{}:{}", self.ip, self.port + 2)
    }
}

/// A process that is ended with the scenario.
pub struct Server(Child);

impl Server {
    fn start(mut command: Command) -> Result<Self, String> {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("{command:?}: {error}"))?;
        let pipe = child.stdout.take().ok_or("no output")?;
        let server = Self(child);
        let mut line = String::new();
        BufReader::new(pipe).read_line(&mut line).map_err(|error| error.to_string())?;
        if line.starts_with("listening on ") { Ok(server) } else { Err(format!("{command:?} said {line:?}")) }
    }

    pub fn peer(machine: &Machine, kind: &str, address: &str) -> Result<Self, String> {
        let own = std::env::current_exe().map_err(|error| error.to_string())?;
        let mut command = machine.outside(&own.display().to_string());
        command.args(["--peer", kind, address]).env("LAB_REGISTRY", machine.registry_ip());
        Self::start(command)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let pid = nix::unistd::Pid::from_raw(self.0.id().cast_signed());
        let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM);
        let _ = self.0.wait();
    }
}

/// Everything of one scenario on the registry's side.
pub struct Site {
    pub servers: Vec<Server>,
    /// What its administrator hands out.
    pub files: Vec<(&'static str, Vec<u8>)>,
    /// With the data of the registry, gone with it.
    pub folder: tempfile::TempDir,
}

impl Site {
    /// The registry's data, for one on the machine itself.
    pub fn copy_data(&self, to: &Path) -> Result<(), String> {
        let ran = Command::new("cp").arg("-a").arg(self.folder.path().join("data")).arg(to).status();
        ran.map(|_| ()).map_err(|error| error.to_string())
    }
}

/// Starts what the scenario needs; its image is there already.
pub fn open(machine: &Machine, binary: &Path, scenario: &Scenario, names: &Names) -> Result<Site, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let data = folder.path().join("data");
    seed(&data, &format!("{} {}", scenario.name, names.port))?;
    let mut site = Site { servers: Vec::new(), files: Vec::new(), folder };
    let workshop = Workshop { ip: names.ip.parse().map_err(|_| format!("{} is no address", names.ip))? };
    let beside = site.folder.path().to_path_buf();
    let registry = |listen: &str, faults: &[&str]| {
        let mut command = machine.outside(&binary.display().to_string());
        command.args(["serve-test-registry", "--quiet", "--listen", listen, "--data"]).arg(&data);
        for words in faults {
            let words = names.fill(words).replace("{folder}", &beside.display().to_string());
            command.args(words.split_whitespace());
        }
        command
    };
    match &scenario.served {
        Served::Plain(faults) => site.servers.push(Server::start(registry(&names.address(), faults))?),
        Served::Tls(make, faults) => {
            let shown = make(&workshop)?;
            let (chain, key) = lay(site.folder.path(), &shown)?;
            let mut command = registry(&names.address(), faults);
            command.arg("--certificate").arg(chain).arg("--key").arg(key);
            site.servers.push(Server::start(command)?);
            site.files = shown.files;
        }
        Served::OpenSsl(make, options) => {
            let shown = make(&workshop)?;
            let (chain, key) = lay(site.folder.path(), &shown)?;
            site.servers.push(Server::start(registry(&names.behind(), &[]))?);
            site.servers.push(in_front(machine, site.folder.path(), (&chain, &key), names, options)?);
            site.files = shown.files;
        }
        Served::Peer(kind) => site.servers.push(Server::peer(machine, kind, &names.address())?),
        Served::Nothing => {}
    }
    Ok(site)
}

fn lay(folder: &Path, shown: &Shown) -> Result<(PathBuf, PathBuf), String> {
    let (chain, key) = (folder.join("chain.pem"), folder.join("key.pem"));
    fs::write(&chain, &shown.chain).and_then(|()| fs::write(&key, &shown.key)).map_err(|error| error.to_string())?;
    for (name, bytes) in &shown.files {
        fs::write(folder.join(name), bytes).map_err(|error| error.to_string())?;
    }
    Ok((chain, key))
}

/// socat with OpenSSL at its most lenient.
fn in_front(
    machine: &Machine,
    folder: &Path,
    (chain, key): (&Path, &Path),
    names: &Names,
    options: &str,
) -> Result<Server, String> {
    let lenient = "openssl_conf = lab\n[lab]\nssl_conf = tls\n[tls]\nsystem_default = old\n\
                   [old]\nMinProtocol = TLSv1\nCipherString = DEFAULT@SECLEVEL=0\n";
    let settings = folder.join("openssl.cnf");
    fs::write(&settings, lenient).map_err(|error| error.to_string())?;
    let options = options.replace("{folder}", &folder.display().to_string());
    let listen = format!(
        "OPENSSL-LISTEN:{},bind={},fork,reuseaddr,cert={},key={}{options}",
        names.port,
        names.ip,
        chain.display(),
        key.display()
    );
    let mut command = machine.outside("sh");
    command.env("OPENSSL_CONF", settings).args([
        "-c",
        "echo listening on it; exec socat \"$1\" \"TCP:$2\"",
        "sh",
        &listen,
        &names.behind(),
    ]);
    let server = Server::start(command)?;
    std::thread::sleep(std::time::Duration::from_millis(100));
    Ok(server)
}

/// A folder of data with an image of its own, so that no Docker has any part of it yet.
fn seed(data: &Path, unique: &str) -> Result<(), String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let registry = Registry::builder().storage(Storage::Folder(data.to_path_buf()));
    let running = registry.start_in_background().map_err(|error| text(&error))?;
    let place = entry_point::parse(&running.address().to_string()).map_err(|error| text(&error))?.entry_point;
    let client = Client::new(place, &Trust::PlainHttp).map_err(|error| text(&error))?;
    client.push(&Image::tiny(unique), REPOSITORY, TAG).map_err(|error| text(&error))?;
    running.stop();
    Ok(())
}
