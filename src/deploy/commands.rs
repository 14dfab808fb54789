//! What to type next, for whoever has the files now.

use std::path::Path;

use super::{Access, CONFIG, Front, HTPASSWD, Pair, Request, Runner, TLS, caddy, nginx, unit};

/// Commands that belong together, and what they do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub what: &'static str,
    pub commands: Vec<String>,
}

/// From the files to the first push, in order.
#[must_use]
pub fn steps(request: &Request) -> Vec<Step> {
    let name = word(&request.entry_point.to_string());
    let image = word(&format!("{}/busybox", request.entry_point));
    let mut steps = match request.runner {
        Runner::Compose(_) => vec![Step {
            what: "start it",
            commands: vec![format!("docker compose -f {} up -d --wait", shown(&request.folder.join("compose.yaml")))],
        }],
        Runner::Systemd => systemd(request),
    };
    if let Some(command) = trust(request, &name) {
        steps.push(Step { what: "let Docker trust it, on each machine", commands: vec![command] });
    }
    if let Access::Users(user) = &request.access {
        steps.push(Step { what: "sign in", commands: vec![format!("docker login -u {} {name}", word(user))] });
    }
    steps.push(Step {
        what: "push",
        commands: vec![format!("docker tag busybox {image}"), format!("docker push {image}")],
    });
    steps.push(Step {
        what: "or have it proved, with every way of pushing",
        commands: vec![format!("regdoctor check {image} --push")],
    });
    steps
}

/// Docker takes loopback addresses as insecure anyway.
fn trust(request: &Request, name: &str) -> Option<String> {
    match &request.tls {
        None if request.is_loopback() => None,
        None => Some(format!("sudo regdoctor trust {name} --insecure")),
        Some(Pair::Given { .. }) => Some(format!("sudo regdoctor trust {name}")),
        Some(Pair::Issued { authority, .. }) => {
            let file = shown(&request.folder.join(TLS).join(authority));
            Some(format!("sudo regdoctor trust {name} --ca {file}"))
        }
    }
}

/// The files go where the package's user may read them and nobody else.
fn systemd(request: &Request) -> Vec<Step> {
    let (folder, source) = (request.runner.config_folder(), |path: &str| request.folder.join(path));
    let packages =
        request.front.map_or("docker-registry".to_string(), |front| format!("docker-registry {}", front.name()));
    let closed = "-D -m 0640 -g docker-registry";
    let mut registry = vec![install(closed, &source(CONFIG), &format!("{folder}/config.yml"))];
    if let Access::Users(_) = request.access {
        registry.push(install(closed, &source(HTPASSWD), &format!("{folder}/htpasswd")));
    }
    if request.front.is_none() {
        registry.extend(certificates(request, closed));
    }
    registry.push(install("-D -m 0644", &source(unit::PATH), unit::INSTALLED));
    registry.push("sudo systemctl daemon-reload".into());
    registry.push("sudo systemctl enable docker-registry".into());
    registry.push("sudo systemctl restart docker-registry".into());
    let mut steps = vec![
        Step { what: "install", commands: vec![format!("sudo apt-get install {packages}")] },
        Step { what: "start the registry", commands: registry },
    ];
    if let Some(front) = request.front {
        steps.push(Step { what: "start what is in front of it", commands: front_end(request, front) });
    }
    steps
}

fn front_end(request: &Request, front: Front) -> Vec<String> {
    let (options, file, place, test) = match front {
        // Its first process is root's, and reads the key.
        Front::Nginx => ("-D -m 0600", nginx::PATH, "/etc/nginx/conf.d/registry.conf", "nginx -t"),
        Front::Caddy | Front::Traefik => {
            ("-D -m 0640 -g caddy", caddy::PATH, "/etc/caddy/Caddyfile", "caddy validate --config /etc/caddy/Caddyfile")
        }
    };
    let mut commands = certificates(request, options);
    // What was there is kept beside it.
    commands.push(install("--backup=numbered -m 0644", &request.folder.join(file), place));
    commands.push(format!("sudo {test}"));
    commands.push(format!("sudo systemctl reload-or-restart {}", front.name()));
    commands
}

fn certificates(request: &Request, options: &str) -> Vec<String> {
    let (Some(pair), Some((certificate, key))) = (&request.tls, request.certificate_and_key()) else {
        return Vec::new();
    };
    let folder = request.folder.join(TLS);
    let sources = match pair {
        Pair::Issued { certificate, key, .. } => [folder.join(certificate), folder.join(key)],
        Pair::Given { certificate, key } => [certificate.clone(), key.clone()],
    };
    sources.iter().zip([certificate, key]).map(|(source, place)| install(options, source, &place)).collect()
}

fn install(options: &str, source: &Path, place: &str) -> String {
    format!("sudo install {options} {} {place}", shown(source))
}

fn shown(path: &Path) -> String {
    word(&path.display().to_string())
}

/// As a shell reads it as one word.
fn word(text: &str) -> String {
    shlex::try_quote(text).map_or_else(|_| text.to_string(), std::borrow::Cow::into_owned)
}

impl Front {
    /// Where its package's certificates lie.
    pub fn package_folder(self) -> &'static str {
        match self {
            Self::Nginx => "/etc/nginx/registry",
            Self::Caddy => "/etc/caddy/registry",
            Self::Traefik => "/etc/traefik/registry",
        }
    }
}
