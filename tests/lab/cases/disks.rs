//! Disks that are full, read-only or elsewhere, files of every form, and links that lead away.

use crate::bench::{Bench, holds};

const JSON: &str = "/etc/docker/daemon.json";
const TEXT: &str = "{\n  \"debug\": false\n}\n";
const TRUST: &str = "trust new.lab:5000 --insecure --force --yes --no-reload";
const UNTRUST: &str = "untrust new.lab:5000 --yes --no-reload";

fn lay(bench: &mut Bench, text: &str) -> Result<(), String> {
    bench.must("mkdir -p /etc/docker")?;
    bench.write(JSON, text)
}

/// It fails with one of these codes, says so, and every file is as it was.
fn fails(bench: &mut Bench, codes: &[i32], arguments: &str) -> Result<(), String> {
    let before = bench.tree()?;
    let ran = bench.regdoctor(arguments);
    if !codes.contains(&ran.status) || !ran.stderr.contains("error: ") {
        return Err(format!("it ended with {}", ran.status));
    }
    bench.same_tree(&before)
}

/// Trust, and back: both work, and nothing is left.
fn works(bench: &mut Bench) -> Result<(), String> {
    let before = bench.tree()?;
    bench.expect(0, TRUST)?;
    holds(&bench.must(&format!("cat {JSON}"))?.stdout, &["\"new.lab:5000\""])?;
    bench.must(&format!("dockerd --validate --config-file {JSON}"))?;
    bench.expect(0, UNTRUST)?;
    bench.same_tree(&before)?;
    bench.expect(0, "undo --yes --no-reload")?;
    bench.expect(0, "undo --yes --no-reload").map(|_| ())?;
    bench.same_tree(&before)
}

pub fn full(bench: &mut Bench) -> Result<(), String> {
    // No room beside the file, on a file system of its own: the journal lies elsewhere.
    bench.must("mkdir -p /etc/docker && mount -t tmpfs -o size=16k,mode=755 small /etc/docker")?;
    lay(bench, TEXT)?;
    works(bench)?;
    let fill = "dd if=/dev/zero of=/etc/docker/filler bs=1k 2>/dev/null; true";
    bench.must(fill)?;
    fails(bench, &[3], TRUST)?;
    // What gets shorter needs no room: it is taken back on a full disk.
    bench.must("rm /etc/docker/filler")?;
    bench.expect(0, TRUST)?;
    bench.must(fill)?;
    bench.expect(0, UNTRUST)?;
    bench.must("umount /etc/docker")?;
    // No inode.
    bench.must("mount -t tmpfs -o nr_inodes=3,mode=755 small /etc/docker && touch /etc/docker/filler")?;
    lay(bench, TEXT)?;
    fails(bench, &[3], TRUST)?;
    bench.must("umount /etc/docker")?;
    // No room for the journal: nothing is begun.
    bench.must("rm -rf /var/lib/regdoctor/* && mount -t tmpfs -o size=8k,mode=700 small /var/lib/regdoctor")?;
    bench.must("dd if=/dev/zero of=/var/lib/regdoctor/filler bs=1k 2>/dev/null; true")?;
    lay(bench, TEXT)?;
    fails(bench, &[2], TRUST)?;
    bench.must("umount /var/lib/regdoctor")?;
    works(bench)
}

pub fn read_only(bench: &mut Bench) -> Result<(), String> {
    lay(bench, TEXT)?;
    bench.must("mount --bind /etc /etc && mount -o remount,bind,ro /etc")?;
    fails(bench, &[2, 3], TRUST)?;
    bench.must("umount /etc")?;
    if chattr(bench, "+i") {
        fails(bench, &[2, 3], TRUST)?;
        chattr(bench, "-i");
    } else {
        println!("    SKIPPED: no file can be made immutable here");
    }
    works(bench)
}

/// By the host's own program, which the machines lack.
fn chattr(bench: &Bench, mode: &str) -> bool {
    let ran = std::process::Command::new("chattr").arg(mode).arg(bench.machine.path(JSON)).output();
    ran.is_ok_and(|ran| ran.status.success())
}

pub fn elsewhere(bench: &mut Bench) -> Result<(), String> {
    // A link, within the folder and to another file system.
    bench.must("mkdir -p /srv/elsewhere && mount -t tmpfs -o mode=755 other /srv/elsewhere")?;
    lay(bench, TEXT)?;
    bench.must(&format!("mv {JSON} /srv/elsewhere/real.json && ln -s ../../srv/elsewhere/real.json {JSON}"))?;
    works(bench)?;
    bench.must(&format!("test -L {JSON} && ! ls -A /srv/elsewhere | grep -v real.json"))?;
    // A bind mount cannot be renamed: it is rewritten in place.
    bench.must(&format!("rm {JSON} && touch {JSON} && mount --bind /srv/elsewhere/real.json {JSON}"))?;
    works(bench)?;
    // Killed between the bytes and the length: neither the old file nor the new one.
    bench.expect(0, TRUST)?;
    let before = bench.tree()?;
    bench.run(&format!("strace -qq -o /dev/null -e inject=ftruncate:signal=KILL:when=1 regdoctor {UNTRUST}"));
    if bench.same_tree(&before).is_ok() {
        return Err("the file was not torn: this proves nothing".into());
    }
    bench.expect(0, "undo --recover --yes --no-reload")?;
    bench.same_tree(&before)?;
    bench.expect(0, UNTRUST)?;
    bench.must(&format!("umount {JSON} && rm {JSON}")).map(|_| ())
}

/// A link that an ordinary user can have put there is no way for root's bytes.
pub fn planted_links(bench: &mut Bench) -> Result<(), String> {
    lay(bench, TEXT)?;
    bench.must("cp /etc/docker/daemon.json /etc/precious && cp /etc/precious /root/precious")?;
    let plants = [
        "rm /etc/docker/daemon.json; ln -s /etc/precious /etc/docker/daemon.json; chown -h alice /etc/docker/daemon.json",
        "chown alice /etc/docker; ln -sf /etc/precious /etc/docker/daemon.json",
        "chown root /etc/docker; chmod 1777 /etc/docker; ln -sf /etc/precious /etc/docker/daemon.json",
        "rm -r /etc/docker; mkdir -p /tmp/docker; cp /root/precious /tmp/docker/daemon.json; \
         runuser -u alice -- ln -s /tmp/docker /tmp/link; ln -s /tmp/link /etc/docker",
    ];
    for plant in plants {
        bench.must(plant)?;
        fails(bench, &[2, 3], TRUST)?;
        bench.must("cmp /etc/precious /root/precious && { [ ! -d /tmp/docker ] || cmp /tmp/docker/daemon.json /root/precious; }")?;
    }
    bench.must("rm /etc/docker").map(|_| ())
}

pub fn forms(bench: &mut Bench) -> Result<(), String> {
    let large = format!(
        "{{\n  \"labels\": [\n{}    \"last=1\"\n  ]\n}}\n",
        "    \"a-long-label=with-a-value\",\n".repeat(165_000)
    );
    let rows: [(&str, &str); 6] = [
        ("no newline at the end", "{\"debug\": false}"),
        ("CRLF", "{\r\n  \"debug\": false\r\n}\r\n"),
        // dockerd takes a mark since 23.0.
        ("a mark", "\u{feff}{\n  \"debug\": false\n}\n"),
        ("a mark, CRLF, no newline", "\u{feff}{\r\n\t\"debug\": false\r\n}"),
        ("empty", ""),
        ("5 MB", &large),
    ];
    for (name, text) in rows {
        lay(bench, text)?;
        works(bench).map_err(|error| format!("{name}: {}", error.chars().take(2000).collect::<String>()))?;
    }
    Ok(())
}
