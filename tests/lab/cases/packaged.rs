//! What a person installs: the .deb through its whole life, with its timer, and the tarball.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::bench::{Bench, holds};
use crate::machine::Ran;
use crate::roots;

const LIST: &str = "/etc/regdoctor/registries.txt";
/// Where Debian's node_exporter reads.
const TEXTFILES: &str = "/var/lib/prometheus/node-exporter";
const TIMER: &str = "regdoctor-check.timer";
const SERVICE: &str = "regdoctor-check.service";

/// Installed, used, upgraded, removed and purged: what is left is the trust that was asked for.
pub fn whole_life(bench: &mut Bench) -> Result<(), String> {
    let packages = Packages::made(bench, &["0.1.0-1", "0.1.1-1"])?;
    packages.carry(bench)?;
    // What the other cases use would be found first.
    bench.must("rm /usr/local/bin/regdoctor")?;
    let authority = packages.folder.path().join("authority");
    let (registry, dead) = (bench.serve(5000, Some(&authority))?, "reg.lab:5001");
    let ca = fs::read_to_string(authority.join("ca.crt")).map_err(|error| error.to_string())?;
    bench.write("/root/ca.crt", &ca)?;
    bench.image()?;
    bench.must(&format!("mkdir -p {TEXTFILES}"))?;
    let before = everything(bench)?;

    bench.must("dpkg -i /root/regdoctor_0.1.0-1_amd64.deb")?;
    bench.must("dpkg --verify regdoctor && test -s /usr/share/man/man1/regdoctor-check.1.gz")?;
    is(&bench.run(&format!("systemctl is-enabled {TIMER}; systemctl is-active {TIMER}")), "disabled inactive")?;
    bench.refused(&registry)?;
    bench.expect(0, &format!("trust {registry} --ca /root/ca.crt --yes"))?;
    bench.works(&registry)?;
    timer(bench, &registry, dead)?;

    bench.must("dpkg -i /root/regdoctor_0.1.1-1_amd64.deb")?;
    is(&bench.run("dpkg-query -W -f '${Version} ${db:Status-Status}' regdoctor"), "0.1.1-1 installed")?;
    is(&bench.run(&format!("systemctl is-enabled {TIMER}; systemctl is-active {TIMER}")), "enabled active")?;
    holds(&bench.must(&format!("cat {LIST}"))?.stdout, &[&registry])?;
    holds(&bench.expect(0, "history")?.stdout, &[&registry])?;

    bench.must("dpkg --remove regdoctor")?;
    // A measurement that nobody makes any more would be believed for ever; what was done is still known.
    bench.must(&format!(
        "test ! -e {TEXTFILES}/regdoctor.prom && test -e {LIST} && test -d /var/lib/regdoctor/journal"
    ))?;
    is(&bench.run(&format!("systemctl is-active {TIMER}")), "inactive")?;
    bench.must("dpkg --purge regdoctor")?;
    bench.works(&registry)?;
    let left = difference(&before, &everything(bench)?);
    let folder = format!("/etc/docker/certs.d/{registry}");
    let trust = ["/etc/docker", "/etc/docker/certs.d", &folder, &format!("{folder}/ca.crt")].map(str::to_string);
    let more: Vec<&String> = left.iter().filter(|path| !trust.contains(path)).collect();
    if !more.is_empty() || !left.contains(&trust[3]) {
        return Err(format!("purged, and this is not as it was: {left:?}"));
    }
    Ok(())
}

/// The unit, hardened as it is, sees what root sees; in the folder that it names or in one of the person's.
fn timer(bench: &mut Bench, registry: &str, dead: &str) -> Result<(), String> {
    let ran = bench.run(&format!("systemctl start {SERVICE}; journalctl -q --no-pager -u {SERVICE}"));
    holds(&ran.stdout, &["it names no registry", "hint: one registry a line"])?;
    bench.write(LIST, &format!("{registry}\n{dead} # nothing listens\n"))?;
    bench.must(&format!("systemctl enable --now {TIMER} && systemctl start {SERVICE}"))?;
    let line = format!("regdoctor check --file {LIST} --fail-on never --format prometheus");
    let by_root = bench.must(&line)?.stdout;
    let works = |registry: &str, cause: &str, value: &str| {
        format!(
            "regdoctor_works{{registry=\"{registry}\",engine=\"docker\",action=\"push\",cause=\"{cause}\"}} {value}\n"
        )
    };
    holds(&by_root, &[&works(registry, "", "1"), &works(dead, "nothing-listening-at-port", "0")])?;
    let by_unit = bench.must(&format!("cat {TEXTFILES}/regdoctor.prom"))?.stdout;
    if timeless(&by_unit) != timeless(&by_root) {
        return Err(format!("the unit wrote\n{by_unit}\nand root sees\n{by_root}"));
    }
    is(&bench.run(&format!("cd {TEXTFILES} && stat -c '%n %a %U' -- $(ls -A)")), "regdoctor.prom 644 root")?;

    let own = "/root/own.conf";
    bench.write(own, "[Service]\nEnvironment=TEXTFILE_FOLDER=/srv/metrics\nReadWritePaths=/srv/metrics\n")?;
    let drop_in = format!("/etc/systemd/system/{SERVICE}.d");
    bench.must(&format!(
        "mkdir -p {drop_in} && install -d -o alice /srv/metrics && cp {own} {drop_in}/ && systemctl daemon-reload && systemctl start {SERVICE} \
         && grep -q regdoctor_works /srv/metrics/regdoctor.prom"
    ))?;
    bench.must(&format!("rm -r {own} {drop_in} /srv/metrics && systemctl daemon-reload"))?;
    let ran = bench.run(&format!("systemd-analyze security {SERVICE} | tail -n 1"));
    println!("    {}", ran.stdout.trim());
    Ok(())
}

/// Unpacked where its documentation says, it is a program with a manual.
pub fn tarball(bench: &mut Bench) -> Result<(), String> {
    let packages = Packages::made(bench, &["0.1.0-1"])?;
    packages.carry(bench)?;
    bench
        .must("rm /usr/local/bin/regdoctor && tar -C /usr/local --strip-components=1 -xzf /root/regdoctor-*.tar.gz")?;
    holds(
        &bench.must("command -v regdoctor && regdoctor --version")?.stdout,
        &["/usr/local/bin/regdoctor\n", "regdoctor 0."],
    )?;
    let registry = bench.serve(5000, None)?;
    bench.image()?;
    bench.expect(0, &format!("trust {registry} --yes"))?;
    bench.works(&registry)?;
    bench.expect(0, &format!("untrust {registry} --yes"))?;
    bench.must("test -s /usr/local/share/man/man1/regdoctor.1.gz")?;
    let units = "/usr/local/lib/systemd/system";
    bench
        .must(&format!("mkdir -p /etc/regdoctor {TEXTFILES} && echo {registry} > {LIST} && systemctl daemon-reload"))?;
    is(&bench.run(&format!("systemctl show -p FragmentPath --value {SERVICE}")), &format!("{units}/{SERVICE}"))?;
    bench.must(&format!("systemctl start {SERVICE} && grep -q regdoctor_works {TEXTFILES}/regdoctor.prom"))?;
    Ok(())
}

/// Packages of the program that is tested, in a folder that is gone afterwards.
struct Packages {
    folder: TempDir,
}

impl Packages {
    /// As `packaging/build` makes them, of a program that is built already; its tools are kept in the lab's cache.
    fn made(bench: &Bench, versions: &[&str]) -> Result<Self, String> {
        let folder = TempDir::new().map_err(|error| error.to_string())?;
        for version in versions {
            let ran = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/build"))
                .args(["--from".as_ref(), bench.binary().as_os_str(), folder.path().as_os_str(), version.as_ref()])
                .env("REGDOCTOR_PACKAGING_TOOLS", roots::cache().join("packaging-tools"))
                .stdin(Stdio::null())
                .output()
                .map_err(|error| format!("packaging/build: {error}"))?;
            if !ran.status.success() {
                let said = [ran.stdout, ran.stderr].concat();
                return Err(format!("packaging/build failed:\n{}", String::from_utf8_lossy(&said)));
            }
        }
        Ok(Self { folder })
    }

    /// Puts them into root's home on the machine.
    fn carry(&self, bench: &Bench) -> Result<(), String> {
        let home: PathBuf = bench.machine.path("/root");
        let report = |error: std::io::Error| format!("{}: {error}", home.display());
        for entry in fs::read_dir(self.folder.path()).map_err(report)? {
            let path = entry.map_err(report)?.path();
            if let Some(name) = path.file_name().filter(|_| path.is_file()) {
                fs::copy(&path, home.join(name)).map_err(report)?;
            }
        }
        Ok(())
    }
}

/// What it printed, as one line of words.
fn is(ran: &Ran, wanted: &str) -> Result<(), String> {
    let words = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    if words == wanted { Ok(()) } else { Err(format!("expected `{wanted}`, got `{words}`: {}", ran.stderr)) }
}

/// How long a look took is another number each time.
fn timeless(metrics: &str) -> Vec<&str> {
    metrics.lines().filter(|line| !line.starts_with("regdoctor_duration_seconds{")).collect()
}

/// Every path of the machine with its kind, mode, owner, size and target; not what runs and logs of itself.
fn everything(bench: &mut Bench) -> Result<BTreeMap<String, String>, String> {
    let own = "/var/lib/docker /var/lib/containerd /var/log /var/lib/dpkg/status /var/lib/dpkg/status-old /var/lib/systemd /root";
    let pruned: String = own.split(' ').map(|path| format!("-path {path} -prune -o ")).collect();
    let list = bench.must(&format!(
        "find / -xdev {pruned} -type d -printf '%p\\t%y %m %U %G\\n' -o -printf '%p\\t%y %m %U %G %s %l\\n'"
    ))?;
    let pair = |line: &str| line.split_once('\t').map(|(path, rest)| (path.to_string(), rest.to_string()));
    Ok(list.stdout.lines().filter_map(pair).collect())
}

/// The paths that came, went or changed.
fn difference(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> BTreeSet<String> {
    before.keys().chain(after.keys()).filter(|path| before.get(*path) != after.get(*path)).cloned().collect()
}
