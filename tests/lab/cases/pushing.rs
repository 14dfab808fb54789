//! `push`: through Docker and podman, and without either from what they and skopeo have saved.

use crate::bench::{Bench, holds};
use crate::clients::Clients;

/// The old `docker save` and the new one, the classic store and containerd's.
pub fn through_docker(bench: &mut Bench) -> Result<(), String> {
    let authority = tempfile::tempdir().map_err(|error| error.to_string())?;
    let registry = bench.serve(5443, Some(authority.path()))?;
    let certificate = std::fs::read_to_string(authority.path().join("ca.crt")).map_err(|error| error.to_string())?;
    bench.write("/root/ca.crt", &certificate)?;
    bench.image()?;
    // Not trusted yet: named, with the fix, and nothing is left of the try.
    let ran = bench.expect(1, &format!("push lab-busybox:1 {registry}/team/local:1"))?;
    holds(&ran.stdout, &["daemon-not-trusting-ca", "regdoctor trust reg.lab:5443 --ca ca.crt"])?;
    untagged(bench, "team/local")?;
    let ran = bench.expect(0, &format!("push lab-busybox:1 {registry}/team/local:1 --trust --yes --ca ca.crt"))?;
    holds(&ran.stdout, &["pushed reg.lab:5443/team/local:1", "sha256:"])?;
    untagged(bench, "team/local")?;
    // One that is only in a registry is pulled first; the person's own names stay.
    let (from, to) = (format!("{registry}/team/local:1"), format!("{registry}/team/pulled:1"));
    bench.expect(0, &format!("push {from} {to}"))?;
    untagged(bench, "team/pulled")?;
    if !bench.machine.docker_get("/images/json")?.contains("team/local:1") {
        return Err("the image that was pulled for the push has lost its name".into());
    }
    without_daemon(bench, &registry)?;
    let closed = bench.serve_with(5001, None, &["--read-only"])?;
    bench.expect(0, &format!("trust {closed} --insecure --yes"))?;
    let ran = bench.expect(1, &format!("push lab-busybox:1 {closed}/team/local:1"))?;
    holds(&ran.stdout, &["registry-not-writable"])?;
    untagged(bench, &format!("{closed}/team/local"))
}

/// What `docker save` wrote arrives, and Docker takes it back as the image that it was.
fn without_daemon(bench: &mut Bench, registry: &str) -> Result<(), String> {
    let docker = "curl -sSf --unix-socket /run/docker.sock";
    bench.must(&format!("{docker} -o /tmp/saved.tar http://docker/images/lab-busybox:1/get"))?;
    bench.expect(0, &format!("push docker-archive:/tmp/saved.tar {registry}/team/saved:1"))?;
    let again = bench.expect(0, &format!("push docker-archive:/tmp/saved.tar {registry}/team/saved:2"))?;
    holds(&again.stdout, &["0 blobs sent"])?;
    bench.must(&format!("{docker} -X POST 'http://docker/images/create?fromImage={registry}/team/saved&tag=1'"))?;
    let layers = |name: &str| {
        let text = bench.machine.docker_get(&format!("/images/{name}/json"))?;
        let part = text.split("\"Layers\":").nth(1).and_then(|rest| rest.split(']').next());
        part.map(str::to_string).ok_or(text.clone())
    };
    let (one, two) = (layers("lab-busybox:1")?, layers(&format!("{registry}/team/saved:1"))?);
    if one == two { Ok(()) } else { Err(format!("another image came back: {one} and {two}")) }
}

fn untagged(bench: &mut Bench, name: &str) -> Result<(), String> {
    let images = bench.machine.docker_get("/images/json")?;
    if images.contains(name) { Err(format!("{name} was left in Docker: {images}")) } else { Ok(()) }
}

const PODMAN: &str = r#"
: > /etc/hostname
c=$(buildah from scratch)
buildah copy "$c" /etc/debian_version /
buildah commit "$c" localhost/one:1
mkdir -p /run/podman
podman system service --time=0 unix:///run/podman/podman.sock >/dev/null 2>&1 &
service=$!
for i in $(seq 100); do [ -S /run/podman/podman.sock ] && break; sleep 0.1; done
regdoctor push localhost/one:1 "$R/podman/app:1"
! podman image exists "$R/podman/app:1"
podman rmi localhost/one:1
regdoctor push "$R/podman/app:1" "$R/podman/pulled:1"
skopeo copy "docker://$R/podman/app:1" oci:/tmp/layout:1
skopeo copy oci:/tmp/layout:1 oci-archive:/tmp/oci.tar
skopeo copy oci:/tmp/layout:1 docker-archive:/tmp/docker.tar:localhost/one:1
regdoctor push oci:/tmp/layout:1 "$R/skopeo/layout:1"
regdoctor push oci-archive:/tmp/oci.tar "$R/skopeo/oci:1"
regdoctor push docker-archive:/tmp/docker.tar "$R/skopeo/docker:1"
for name in skopeo/layout skopeo/oci podman/pulled; do
    [ "$(skopeo inspect --format '{{.Digest}}' "docker://$R/$name:1")" = \
        "$(skopeo inspect --format '{{.Digest}}' "docker://$R/podman/app:1")" ]
done
podman pull "$R/skopeo/docker:1"
kill $service
"#;

/// podman's service, and files of skopeo, on the registry's side, with the authority that podman reads.
pub fn through_podman(bench: &mut Bench) -> Result<(), String> {
    let authority = tempfile::tempdir().map_err(|error| error.to_string())?;
    let registry = bench.serve(5443, Some(authority.path()))?;
    let clients = Clients::of(bench.machine.spec.suite)?.with(bench.binary());
    clients.must(&bench.machine, &registry, Some(&authority.path().join("ca.crt")), PODMAN).map(|_| ())
}
