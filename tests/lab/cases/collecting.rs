//! Blobs are collected while Docker pushes and skopeo copies and deletes: whatever was acknowledged and not deleted can
//! be pulled whole, and what was deleted gives its room back.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::bench::Bench;
use crate::clients::Clients;

/// Docker pushes images of two layers, one of them shared by all, and now and then one again that was deleted meanwhile.
/// A push may be
/// refused, if its layers were too old before the manifest came: then it was not acknowledged.
const PUSH: &str = r#"
push() {
    docker tag "made:$1" "$R/busy/app:$1"
    ! docker push -q "$R/busy/app:$1" >/dev/null || echo "pushed $1"
}
made=$(docker create lab-busybox:1 none)
for number in $(seq 12); do
    head -c 300000 /dev/urandom >one
    docker cp -q one "$made:/one"
    docker commit "$made" "made:$number" >/dev/null
    push "$number"
    [ "$number" -le 5 ] || push $((number - 5))
done
docker tag made:12 "$R/busy/app:end"
until docker push -q "$R/busy/app:end" >/dev/null; do sleep 1; done
"#;

/// skopeo copies the oldest image elsewhere, so that its layers are mounted, and deletes it where it was.
const COPY_AND_DELETE: &str = r#"
list() { skopeo list-tags --tls-verify=$V "docker://$R/busy/app" | tr -d ' ",'; }
until list | grep -qx end; do
    for tag in $(list | grep -x '[0-9]*' | sort -n | head -n -3 | head -n 1); do
        skopeo copy --src-tls-verify=$V --dest-tls-verify=$V "docker://$R/busy/app:$tag" "docker://$R/kept/app:$tag" \
            >/dev/null && echo "pushed $tag"
        skopeo delete --tls-verify=$V "docker://$R/busy/app:$tag" && echo "deleted $tag"
    done
done
"#;

/// Every tag of a repository, pulled with everything that it needs.
const PULL: &str = r#"
for repository in busy kept; do
    for tag in $(skopeo list-tags --tls-verify=$V "docker://$R/$repository/app" | tr -d ' ",' | grep -x '[0-9]*'); do
        rm -rf /tmp/image
        skopeo copy --src-tls-verify=$V "docker://$R/$repository/app:$tag" dir:/tmp/image >/dev/null
        echo "$repository $tag"
    done
done
"#;

/// The collector and its time.
const AFTER: &[&str] = &["--gc", "2"];
const LIMIT: Duration = Duration::from_secs(15);

pub fn while_others_push(bench: &mut Bench) -> Result<(), String> {
    let clients = Clients::of(bench.machine.spec.suite)?;
    let data = bench.machine.path("/root/data");
    let registry = bench.serve_with(5000, None, &[AFTER, &["--data", &data.display().to_string()]].concat())?;
    bench.image()?;
    bench.expect(0, &format!("trust {registry} --insecure --yes"))?;
    let machine = &bench.machine;
    let (pushed, copied) = thread::scope(|scope| {
        let pushing = scope.spawn(|| machine.run(&format!("R={registry}\n{PUSH}")));
        let copied = clients.must(machine, &registry, None, COPY_AND_DELETE);
        (pushing.join(), copied)
    });
    let (pushed, copied) = (pushed.map_err(|_| "the thread that pushes ended")?, copied?);
    let (busy, kept) = (words(&pushed.stdout, "pushed"), words(&copied.stdout, "pushed"));
    let deleted = words(&copied.stdout, "deleted");
    if busy.len() < 6 || kept.len() < 3 || deleted.len() < 3 {
        return Err(format!(
            "too little was done to tell anything:\n{}{}{}",
            pushed.stdout, pushed.stderr, copied.stdout
        ));
    }
    let pulled = clients.must(machine, &registry, None, PULL)?.stdout;
    let there = words(&pulled, "busy");
    let lost: Vec<_> = busy.difference(&deleted).filter(|tag| !there.contains(*tag)).collect();
    let lost_copies: Vec<_> = kept.difference(&words(&pulled, "kept")).cloned().collect();
    if !lost.is_empty() || !lost_copies.is_empty() {
        return Err(format!("acknowledged, not deleted, and gone: {lost:?}, copies {lost_copies:?}"));
    }
    // A manifest, a configuration and a layer of its own for each, and the layer that all share.
    shrinks_to(&data.join("busy/app/blobs/sha256"), 3 * there.len() + 1)
}

/// What stands behind a word at the start of a line.
fn words(text: &str, word: &str) -> BTreeSet<String> {
    text.lines().filter_map(|line| line.strip_prefix(word)?.strip_prefix(' ')).map(str::to_owned).collect()
}

fn shrinks_to(folder: &Path, most: usize) -> Result<(), String> {
    let started = Instant::now();
    loop {
        let blobs = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?.count();
        if blobs <= most {
            return Ok(());
        }
        if started.elapsed() > LIMIT {
            return Err(format!("{blobs} blobs are left where {most} are needed"));
        }
        thread::sleep(Duration::from_millis(200));
    }
}
