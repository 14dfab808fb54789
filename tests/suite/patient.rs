//! A recorded host that meets a registry which is really there: what `check` would say of the two.
//!
//! Docker never verifies loopback addresses, and a test registry has no other. So this host's Docker takes no address as
//! insecure by itself; everything else is as it was recorded, the time included.

use std::path::PathBuf;

use regdoctor::host::Recorded;
use serde_json::{Value, json};

use crate::fixture;
use crate::harness::{Bench, NOW, Ran};
use crate::tree;

const HOST: &str = "debian-13-docker-io";

/// What the daemon of that host says of itself, as it stands there.
const BUILT_IN: &str = r#"{"InsecureRegistryCIDRs": ["127.0.0.0/8"]"#;

pub struct Patient {
    bench: Bench,
}

impl Patient {
    pub fn new() -> Self {
        let bench = Bench::new().wide();
        tree::copy(&fixture::path(HOST), &bench.path("."));
        bench.lay_folder("nothing");
        let patient = Self { bench };
        patient.replace(BUILT_IN, r#"{"InsecureRegistryCIDRs": []"#);
        patient
    }

    /// The same with a daemon that lists `registry` as insecure.
    pub fn insecure(self, registry: &str) -> Self {
        let entry = format!(r#"{{"{registry}": {{"Name": "{registry}", "Mirrors": [], "Secure": false}}, "docker.io""#);
        self.replace(r#"{"docker.io""#, &entry);
        self
    }

    /// The same with another clock.
    pub fn at_time(self, now: i64) -> Self {
        self.replace(&format!("now = {NOW}"), &format!("now = {now}"));
        self
    }

    /// The same with a file in a folder of certs.d.
    pub fn with(self, folder: &str, file: &str, pem: &str) -> Self {
        self.bench.lay(&format!("root/etc/docker/certs.d/{folder}/{file}"), pem);
        self
    }

    fn replace(&self, old: &str, new: &str) {
        let text = self.bench.read("answers.toml");
        assert!(text.contains(old), "the fixture {HOST} has no longer: {old}");
        self.bench.lay("answers.toml", text.replace(old, new));
    }

    /// Looks at a registry with `check --save`, puts this host in place of the machine that looked, and judges the two
    /// with `check --from`. `look` has the arguments of the first.
    pub fn meet(self, look: &[&str]) -> Met {
        let (nothing, file) = (self.bench.at("nothing"), self.bench.at("saved.json"));
        let first = self.bench.run(&[&["check", "--root", &nothing, "--save", &file], look].concat());
        let mut saved: Value = serde_json::from_str(&self.bench.read("saved.json")).expect(&first.to_string());
        saved["folder"] = json!(false);
        saved["host"] = serde_json::to_value(fixture::observe(&self.recorded())).unwrap();
        self.bench.lay("saved.json", saved.to_string());
        let json = self.bench.run(&["check", "--format", "json", "--from", &file]);
        let report = json.json()["registries"][0].clone();
        let human = self.bench.run(&["check", "--from", &file]);
        Met { bench: self.bench, report, human }
    }

    fn recorded(&self) -> Recorded {
        Recorded::folder(&PathBuf::from(self.bench.at("."))).unwrap()
    }
}

/// One registry and the recorded host.
pub struct Met {
    bench: Bench,
    report: Value,
    pub human: Ran,
}

impl Met {
    /// The causes of every error about the registry, in the order of the report.
    pub fn errors(&self) -> Vec<&str> {
        let findings = self.report["findings"].as_array().unwrap().iter();
        findings.filter(|one| one["severity"] == "error").map(|one| one["cause"].as_str().unwrap()).collect()
    }

    /// What Docker would do: pull, then push.
    pub fn forecast(&self) -> (&str, &str) {
        let docker = &self.report["verdicts"]["docker"];
        (docker["pull"].as_str().unwrap(), docker["push"].as_str().unwrap())
    }

    /// Compares what people read, but for the lines about the host.
    pub fn matches(&self, snapshot: String) {
        let name = self.report["registry"].as_str().unwrap();
        let lines = self.human.stdout.lines().skip_while(|line| !line.starts_with(name));
        let text: String = lines.map(|line| format!("{line}\n")).collect();
        let port = name.rsplit(':').next().unwrap().parse().unwrap();
        self.bench.settings_with(port).bind(|| insta::assert_snapshot!(snapshot, text));
    }
}
