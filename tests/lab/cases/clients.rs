//! The registry and its clients: each pushes, pulls, deletes and carries an index of several platforms, over plain HTTP
//! and over TLS; what one pushed, another pulls.

use crate::bench::Bench;
use crate::clients::Clients;

/// An image of one file by buildah; an index with it for two platforms; podman takes and gives it; skopeo copies all of
/// it, lists, and deletes.
const CONTAINERS: &str = r#"
one() {
    c=$(buildah from scratch)
    buildah config --arch "$1" --os linux "$c"
    buildah copy "$c" /etc/hostname /etc/debian_version /
    buildah commit "$c" "localhost/one-$1"
    buildah push --tls-verify=$V "localhost/one-$1" "docker://$R/buildah/app:$1"
}
: > /etc/hostname
one amd64
one arm64
buildah manifest create localhost/both
buildah manifest add --tls-verify=$V localhost/both "docker://$R/buildah/app:amd64"
buildah manifest add --tls-verify=$V --os linux --arch arm64 localhost/both "docker://$R/buildah/app:arm64"
buildah manifest push --tls-verify=$V --all localhost/both "docker://$R/multi/app:1"
podman pull --tls-verify=$V "$R/buildah/app:amd64"
podman push --tls-verify=$V "$R/buildah/app:amd64" "$R/podman/app:1"
podman pull --tls-verify=$V --arch arm64 "$R/multi/app:1"
skopeo copy --all --src-tls-verify=$V --dest-tls-verify=$V "docker://$R/multi/app:1" "docker://$R/skopeo/app:1"
skopeo inspect --tls-verify=$V --raw "docker://$R/skopeo/app:1" | grep -c '"platform"' >/dev/null
skopeo inspect --tls-verify=$V "docker://$R/podman/app:1" >/dev/null
[ "$(skopeo list-tags --tls-verify=$V "docker://$R/buildah/app" | grep -c 64)" = 2 ]
skopeo copy --src-tls-verify=$V "docker://$R/podman/app:1" oci:/tmp/layout:1
skopeo copy --dest-tls-verify=$V oci:/tmp/layout:1 "docker://$R/skopeo/gone:1"
skopeo delete --tls-verify=$V "docker://$R/skopeo/gone:1"
! skopeo inspect --tls-verify=$V "docker://$R/skopeo/gone:1"
"#;

const ORAS: &str = r#"
cd /tmp
echo hello > note.txt
if [ "$V" = true ]; then T="--ca-file /tmp/ca.crt"; else T=--plain-http; fi
oras push $T --artifact-type application/vnd.lab.note "$R/oras/note:1" note.txt:text/plain
oras attach $T --artifact-type application/vnd.lab.seal "$R/oras/note:1" note.txt:text/plain
oras discover $T "$R/oras/note:1" | grep vnd.lab.seal
mkdir back && cd back && oras pull $T "$R/oras/note:1" && cmp note.txt ../note.txt && cd ..
oras repo tags $T "$R/oras/note" | grep -x 1
oras manifest delete $T -f "$R/oras/note:1"
! oras pull $T "$R/oras/note:1"
"#;

const CRANE: &str = r#"
if [ "$V" = true ]; then export SSL_CERT_FILE=/tmp/ca.crt; I=; else I=--insecure; fi
crane copy $I "$R/multi/app:1" "$R/crane/app:1"
[ "$(crane digest $I "$R/crane/app:1")" = "$(crane digest $I "$R/multi/app:1")" ]
crane pull $I --platform linux/arm64 "$R/crane/app:1" /tmp/image.tar
crane push $I /tmp/image.tar "$R/crane/one:1"
crane ls $I "$R/crane/one" | grep -x 1
crane catalog $I "$R" | grep -x crane/one
crane delete $I "$R/crane/one@$(crane digest $I "$R/crane/one:1")"
! crane digest $I "$R/crane/one:1"
"#;

/// Everybody against one registry over plain HTTP and one over TLS. On bookworm these are Docker and containerd alone:
/// its podman and skopeo lie between those of bullseye and trixie.
pub fn everybody(bench: &mut Bench) -> Result<(), String> {
    let suite = bench.machine.spec.suite;
    let clients = if suite == "bookworm" { None } else { Some(Clients::of(suite)?) };
    bench.image()?;
    let authority = bench.machine.path("/root/authority");
    std::fs::create_dir_all(&authority).map_err(|error| error.to_string())?;
    for (port, tls) in [(5000, None), (5443, Some(authority.as_path()))] {
        let registry = bench.serve(port, tls)?;
        match tls {
            Some(_) => bench.expect(0, &format!("trust {registry} --ca authority/ca.crt --yes"))?,
            None => bench.expect(0, &format!("trust {registry} --insecure --yes"))?,
        };
        bench.works(&registry)?;
        containerd(bench, &registry, "team/app", tls.is_some())?;
        if let Some(clients) = &clients {
            let certificate = tls.map(|folder| folder.join("ca.crt"));
            let run = |script| clients.must(&bench.machine, &registry, certificate.as_deref(), script);
            run(CONTAINERS)?;
            for (client, script) in [("oras", ORAS), ("crane", CRANE)] {
                if clients.have(client) {
                    run(script)?;
                }
            }
            for name in ["buildah/app:amd64", "multi/app:1"] {
                bench.must(&format!("docker pull {registry}/{name} >/dev/null"))?;
            }
            containerd(bench, &registry, "multi/app", tls.is_some())?;
        }
    }
    Ok(())
}

/// `ctr` pulls what others pushed, for every platform, and pushes it again.
fn containerd(bench: &mut Bench, registry: &str, name: &str, tls: bool) -> Result<(), String> {
    let (from, to) = (format!("{registry}/{name}:1"), format!("{registry}/ctr/{name}:1"));
    bench.must(&format!("{} --all-platforms {from} >/dev/null", ctr(bench, "pull", tls)))?;
    bench.must(&format!("{} {to} {from} >/dev/null", ctr(bench, "push", tls)))?;
    bench.must(&format!("docker pull {to} >/dev/null")).map(drop)
}

/// `ctr images pull` or `push` with what this release of it needs; over TLS with the authority in `authority`.
pub fn ctr(bench: &Bench, verb: &str, tls: bool) -> String {
    let own = match (tls, bench.machine.spec.suite) {
        (false, _) => "--plain-http",
        (true, "bullseye" | "bookworm") => "--tlscacert authority/ca.crt",
        // Where containerd has a service that transfers images, `ctr` takes an authority only without it.
        (true, _) => "--local --tlscacert authority/ca.crt",
    };
    // Where no init starts a containerd, Docker starts one of its own.
    let socket = "$(ls /run/containerd/containerd.sock /run/docker/containerd/containerd.sock 2>/dev/null)";
    format!("ctr -a {socket} images {verb} {own}")
}
