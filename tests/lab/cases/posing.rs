//! `docker` that is podman: the package podman-docker, and podman's service at Docker's socket.

use serde_json::Value;

use crate::bench::Bench;
use crate::clients::Clients;

/// The command pulls what podman pulls, for which nothing of Docker's counts; then podman answers at Docker's socket.
const SCRIPT: &str = r#"
mkdir -p /etc/docker
echo "{\"insecure-registries\": [\"$R\"]}" > /etc/docker/daemon.json
! docker pull "$R/team/app:v1"
docker pull --tls-verify=false "$R/team/app:v1"
regdoctor check "$R/team/app:v1" --format json >&3 || [ $? = 1 ]
podman system service -t 0 unix:///run/docker.sock >/dev/null 2>&1 &
i=0; until [ -S /run/docker.sock ] || [ $i -ge 100 ]; do i=$((i+1)); sleep 0.1; done
rm /usr/bin/docker
regdoctor check "$R/team/app:v1" --format json >&3 || [ $? = 1 ]
kill $!
"#;

/// Nothing is foretold, and it is said whose command, and whose service, that is.
pub fn as_docker(bench: &mut Bench) -> Result<(), String> {
    let clients = Clients::of(bench.machine.spec.suite)?.with(bench.binary());
    let registry = bench.serve(5000, None)?;
    let ran = clients.must(&bench.machine, &registry, None, &format!("{PUSH}{SCRIPT}"))?;
    let reports = serde_json::Deserializer::from_str(&ran.stdout).into_iter::<Value>();
    let reports: Vec<Value> = reports.collect::<Result<_, _>>().map_err(|error| format!("{error}:\n{}", ran.stdout))?;
    let [by_command, by_socket] = reports.as_slice() else {
        return Err(format!("{} reports:\n{}", reports.len(), ran.stdout));
    };
    for (report, says) in [(by_command, "/usr/bin/docker is podman"), (by_socket, "podman answers on")] {
        for what in ["pull", "push"] {
            let verdict = report.pointer(&format!("/registries/0/verdicts/docker/{what}"));
            if verdict != Some(&Value::from("unknown")) {
                return Err(format!("{what} is foretold as {verdict:?}:\n{report:#}"));
            }
        }
        let text = report.to_string();
        if !text.contains(says) || !text.contains("engine-config-elsewhere") {
            return Err(format!("`{says}` is not said:\n{report:#}"));
        }
    }
    Ok(())
}

/// An image for it, by another client, which prints nothing that would stand in the way.
const PUSH: &str = r#"
exec 3>&1 >/dev/null
c=$(buildah from scratch)
buildah copy "$c" /etc/debian_version /
buildah commit "$c" localhost/app
buildah push --tls-verify=false localhost/app "docker://$R/team/app:v1"
"#;
