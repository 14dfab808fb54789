//! What is said at the end: what became of each file, a password that nobody knows yet, and what to type next.

use std::fmt::Write as _;

use super::access::Decided;
use super::certificate::Tls;
use super::files::Judged;
use crate::cli::failure::quoted;
use crate::cli::screen::Screen;
use crate::deploy::mark::Standing;
use crate::deploy::{Access, HTPASSWD, Pair, Request, TLS, steps};

pub fn text(request: &Request, judged: &[Judged], tls: &Tls, decided: &Decided) -> String {
    let mut text = format!("{}\n", request.folder.display());
    for one in judged {
        line(&mut text, one.path, word(one.standing));
    }
    if request.access != Access::Everybody {
        line(&mut text, HTPASSWD, if decided.file.is_some() { "written" } else { "kept" });
    }
    if let Some(Pair::Issued { certificate, key, authority }) = &request.tls {
        for name in [certificate, key, authority] {
            line(&mut text, &format!("{TLS}/{name}"), if tls.files.is_empty() { "kept" } else { "written" });
        }
    }
    if let (Access::Users(user), Some(password)) = (&request.access, &decided.made_up) {
        let _ = write!(text, "\nthe password of {user}, shown this once:\n    {}\n", password.expose());
    }
    for step in steps(request) {
        let _ = write!(text, "\n{}:\n", step.what);
        for command in step.commands {
            let _ = writeln!(text, "    {command}");
        }
    }
    text.push_str(&renewal(request, tls));
    text
}

fn line(text: &mut String, path: &str, what: &str) {
    let _ = writeln!(text, "  {path:<28}{what}");
}

fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::New => "written",
        Standing::Ours => "written anew",
        Standing::Same => "kept",
        // What is in the way was refused before.
        Standing::Theirs | Standing::InTheWay => "kept as it was changed",
    }
}

fn renewal(request: &Request, tls: &Tls) -> String {
    let Some(authority) = &tls.authority else { return String::new() };
    let shown = |path: &std::path::Path| quoted(&path.display().to_string());
    format!(
        "\nrenew the certificate, in a year at the latest, and start it again:\n    \
         regdoctor issue-cert {} --renew --out {} --ca-dir {}\n",
        quoted(&request.entry_point.to_string()),
        shown(&request.folder.join(TLS)),
        shown(authority)
    )
}

pub fn warn(request: &Request, screen: &Screen) {
    if request.is_loopback() {
        return;
    }
    match (&request.access, &request.tls) {
        (Access::Everybody, _) => {
            screen.warning("anyone who reaches this registry can push and pull: it asks for no login");
        }
        (Access::Users(_), None) => {
            screen.warning("passwords go over the network as they are: this is plain HTTP");
        }
        (Access::Users(_), Some(_)) => {}
    }
}
