//! `regdoctor issue-cert`: a certificate for a registry, from a private authority.

mod closing;
pub mod order;

use std::path::Path;

use super::Ended;
use super::arguments::{Format, IssueOptions};
use super::failure::{Failure, Kind, quoted};
use super::new_files;
use super::screen::Screen;
use crate::cert::issue::{KeyKind, NameError, Names};
use crate::host::Live;
use order::{Order, Scope, Source, Turn};

pub fn run(options: &IssueOptions, screen: &Screen) -> Result<Ended, Failure> {
    let host = Live::new();
    let order = order(options)?;
    for (typed, name) in &order.names.shortened {
        screen.say(&format!("{typed} is taken as {name}: a certificate is for a host, whatever the port"));
    }
    let prepared = order::prepare(&host, order)?;
    new_files::write(&host, &prepared.files).map_err(|failure| match failure.kind {
        Kind::Refused => failure.hint("--renew replaces a certificate of this authority; --out DIR writes elsewhere"),
        _ => failure.hint("--out and --ca-dir take folders that may be written"),
    })?;
    screen.answer(&match options.format {
        Format::Human => closing::human(&prepared, turn(options), &again(options)),
        Format::Json => closing::json(&prepared),
    });
    Ok(Ended::Well)
}

fn order(options: &IssueOptions) -> Result<Order, Failure> {
    let source = match (&options.ca_cert, &options.ca_key) {
        (Some(certificate), Some(key)) => Source::Own { certificate: certificate.clone(), key: key.clone() },
        _ => Source::Kept {
            folder: options.ca_dir.clone(),
            scope: if options.any_name { Scope::AnyName } else { Scope::TheseNames },
        },
    };
    Ok(Order {
        names: Names::parse(&options.names)?,
        source,
        // Without the dot, that nobody has to read it everywhere.
        out: options.out.strip_prefix(".").unwrap_or(&options.out).to_path_buf(),
        key: if options.rsa { KeyKind::Rsa3072 } else { KeyKind::EcdsaP256 },
        days: options.days,
        turn: turn(options),
    })
}

/// The command that renews what this one made.
fn again(options: &IssueOptions) -> String {
    let path = |name: &str, path: &Path| format!(" --{name} {}", quoted(&path.display().to_string()));
    let mut command = String::from("regdoctor issue-cert --renew");
    if options.out != Path::new(".") {
        command.push_str(&path("out", &options.out));
    }
    match (&options.ca_cert, &options.ca_key) {
        (Some(certificate), Some(key)) => command += &(path("ca-cert", certificate) + &path("ca-key", key)),
        _ if options.ca_dir != Path::new("authority") => command += &path("ca-dir", &options.ca_dir),
        _ => {}
    }
    if options.days != IssueOptions::DAYS {
        command += &path("days", Path::new(&options.days.to_string()));
    }
    command
}

fn turn(options: &IssueOptions) -> Turn {
    if options.renew { Turn::Renewal } else { Turn::First }
}

impl From<NameError> for Failure {
    fn from(error: NameError) -> Self {
        let failure = Self::new(Kind::Usage, error.to_string());
        let ascii = match &error {
            NameError::EntryPoint { text, .. } => in_ascii(text),
            _ => None,
        };
        match ascii {
            Some(ascii) => failure.hint(format!("in a certificate it is {ascii}; clients have to be told that name")),
            None => failure.hint("a name looks like registry.lan, registry.lan:5000, 10.0.0.7, [fd00::7] or *.lan"),
        }
    }
}

/// `régistry.lan` as clients put it into a request.
fn in_ascii(text: &str) -> Option<String> {
    let host = text.rsplit("://").next()?.split(['/', ':']).next().filter(|host| !host.is_ascii())?;
    Some(reqwest::Url::parse(&format!("https://{host}/")).ok()?.host_str()?.to_string())
}
