//! `regdoctor demo`: the main job on an embedded registry, with no Docker, no root and no set-up; `--real` does the same
//! to this machine's own Docker, and puts everything back.
#![expect(clippy::disallowed_methods, reason = "the throw-away machine is laid out here")]

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::time::Duration;

use super::arguments::{ChangeOptions, DemoOptions, Format};
use super::change::{Change, engine_to_change};
use super::check::{OfHost, judge, look_at};
use super::failure::{Failure, Kind};
use super::screen::Screen;
use super::{Ended, machine};
use crate::client::{Client, Image, Trust};
use crate::engine::Access;
use crate::host::{Live, own_address};
use crate::model::entry_point::{self, Pasted};
use crate::model::facts::{Effective, EngineFacts};
use crate::model::trace::Trace;
use crate::model::version::Version;
use crate::model::wish::{InsecureEntry, Wish};
use crate::registry::{Background, Registry, TlsMode};
use crate::{engine, report};

pub fn run(options: &DemoOptions, screen: &Screen) -> Result<Ended, Failure> {
    let scratch = tempfile::tempdir()
        .map_err(|error| Failure::new(Kind::Environment, format!("cannot make a folder: {error}")))?;
    let demo = Demo::begin(options.real, scratch.path(), screen)?;
    let outcome = demo.run();
    demo.registry.stop();
    outcome
}

struct Demo<'a> {
    screen: &'a Screen,
    host: Live,
    registry: Background,
    pasted: Pasted,
    authority: String,
    change: ChangeOptions,
    real: bool,
}

impl<'a> Demo<'a> {
    fn begin(real: bool, scratch: &Path, screen: &'a Screen) -> Result<Self, Failure> {
        let root = scratch.join("root");
        let host = if real { Live::new() } else { Live::under(lay_out(&root)?) };
        let change =
            ChangeOptions { dry_run: false, check: false, format: Format::Human, yes: true, root: None, timeout: 60 };
        if real {
            let (_, facts) = machine::look(&host);
            engine_to_change(&change, &facts)?;
        }
        let (name, address) = place(real)?;
        let tls = TlsMode::FreshAuthority { names: vec![name.clone()] };
        let registry = Registry::builder().listen((address, 0).into()).tls(tls).start_in_background()?;
        let pasted = entry_point::parse(&format!("{name}:{}", registry.address().port()))?;
        let authority = registry.authority_pem().unwrap_or_default().to_string();
        Ok(Self { screen, host, registry, pasted, authority, change, real })
    }

    fn run(&self) -> Result<Ended, Failure> {
        let registry = &self.pasted.entry_point;
        self.step(1, &format!("a registry with TLS from a fresh private authority answers at {registry}"));
        if !self.real {
            self.screen.answer("  (Docker never verifies loopback addresses; this demo sets that rule aside)\n");
        }
        self.step(2, "check: what would Docker do with it?");
        let before = self.check()?;
        self.step(3, "trust its authority, for this registry alone");
        let wish = Wish::TrustCa { registry: registry.clone(), pem: self.authority.clone() };
        let ended = self.change(&wish)?;
        if ended != Ended::Well {
            return Ok(ended);
        }
        let outcome = self.with_trust(before);
        self.step(7, "take the trust back");
        let back = self.change(&Wish::Untrust { entry: InsecureEntry::Registry(registry.clone()) })?;
        outcome?;
        self.screen.answer("\nEverything was undone. On a real machine: sudo regdoctor trust ENTRY_POINT\n");
        Ok(back)
    }

    fn with_trust(&self, before: bool) -> Result<(), Failure> {
        self.step(4, "check again");
        let after = self.check()?;
        if before || !after {
            return Err(Failure::new(Kind::Environment, "the check did not change as it should"));
        }
        self.step(5, "push a small image");
        let client = Client::new(self.pasted.entry_point.clone(), &Trust::Certificates(self.authority.clone()))?;
        let image = Image::tiny(&self.pasted.entry_point.to_string());
        let digest = client.push(&image, "demo/hello", "v1")?;
        self.screen.answer(&format!("  pushed {}/demo/hello:v1\n  {}\n", self.pasted.entry_point, digest.as_str()));
        self.step(6, "pull it back, every byte verified");
        let pulled = client.pull("demo/hello", "v1")?;
        if pulled != image {
            return Err(Failure::new(Kind::Environment, "what came back is not what was pushed"));
        }
        self.screen.answer("  the same image came back\n");
        if self.real {
            let registry = self.pasted.entry_point.to_string();
            let (_, facts) = machine::look(&self.host);
            super::prove::prove(&self.host, &registry, facts.now, &|line| self.screen.answer(&format!("  {line}\n")))
                .map_err(|why| Failure::new(Kind::Environment, format!("Docker could not: {why}")))?;
        }
        Ok(())
    }

    /// Whether the engine would verify the registry.
    fn check(&self) -> Result<bool, Failure> {
        let trace: Trace = look_at(&self.pasted, Duration::from_secs(15));
        let (_, mut facts) = machine::look(&self.host);
        if !self.real {
            facts.engines.iter_mut().for_each(set_loopback_rule_aside);
        }
        let report = judge(&facts, std::slice::from_ref(&trace), OfHost::Faults);
        self.screen.answer(&indent(&report::human(&report, self.screen.style())));
        let (_, engine_facts) = machine::engine_of(&facts)?;
        let engine = engine::named(engine_facts.engine);
        let access = engine.map(|engine| engine.foresee(&facts, engine_facts, &trace).access);
        Ok(matches!(access, Some(Access::Verified { .. })))
    }

    fn change(&self, wish: &Wish) -> Result<Ended, Failure> {
        let (seen, facts) = machine::look(&self.host);
        let engine = machine::engine_of(&facts)?;
        let change = Change {
            host: &self.host,
            seen: &seen,
            screen: self.screen,
            options: &self.change,
            no_reload: false,
            force: false,
            prove: None,
        };
        change.fulfil(&facts, engine, wish)
    }

    fn step(&self, number: u8, text: &str) {
        self.screen.answer(&format!("\n{number}. {text}\n"));
    }
}

/// Where the registry stands: on loopback, or for a real Docker, which never verifies loopback, on this machine's own address.
fn place(real: bool) -> Result<(String, IpAddr), Failure> {
    if !real {
        return Ok(("localhost".into(), Ipv4Addr::LOCALHOST.into()));
    }
    let address = own_address().ok_or_else(|| {
        Failure::new(Kind::Environment, "this machine has no address but loopback, which Docker never verifies")
    })?;
    Ok((address.to_string(), address))
}

/// The demo's machine has no Docker to ask: an engine that takes nothing as insecure stands for it.
fn set_loopback_rule_aside(engine: &mut EngineFacts) {
    let version = Version { text: "to come".into(), major: 28, minor: 0, patch: 0 };
    engine.effective = Some(Effective::bare(version));
}

fn indent(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}

/// A machine with nothing on it but a name and an empty configuration folder.
fn lay_out(root: &Path) -> Result<std::path::PathBuf, Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(Kind::Environment, format!("cannot lay out a throw-away machine: {error}"))
    };
    fs::create_dir_all(root.join("etc/docker")).map_err(failed)?;
    fs::write(root.join("etc/os-release"), "ID=linux\nPRETTY_NAME=\"a throw-away machine\"\n").map_err(failed)?;
    root.canonicalize().map_err(failed)
}
