//! Chains made for one reason each, and what each release says.

use rcgen::ExtendedKeyUsagePurpose as Purpose;

use super::super::pem;
use super::super::testing::{self, Authority, NOW, Rank};
use super::*;

const NEW: GoRelease = GoRelease::new(1, 27, 3);

/// What it is, the chain, the anchors, the answer.
type ChainRow<'a> = (&'a str, Vec<Vec<u8>>, Vec<Vec<u8>>, &'a str);
/// What it is, the leaf, the anchor, the release, its build, the answer.
type ReleaseRow<'a> = (&'a str, &'a [u8], &'a [u8], (u32, u32), Build, String);

fn pool(of: &[&[u8]]) -> Pool {
    let mut pool = Pool::new();
    for der in of {
        pool.add_der(der.to_vec()).unwrap();
    }
    pool
}

fn judge(chain: &[&[u8]], anchors: &[&[u8]], name: &str, go: GoRelease) -> String {
    judge_build(chain, anchors, name, go, Build::Module)
}

fn judge_build(chain: &[&[u8]], anchors: &[&[u8]], name: &str, go: GoRelease, build: Build) -> String {
    let chain: Vec<Vec<u8>> = chain.iter().map(|der| der.to_vec()).collect();
    let question = Question { name, now: NOW, go, build };
    match verify(&chain, &[&pool(anchors)], &question) {
        Ok(()) => "ok".into(),
        Err(refusal) => {
            let message = refusal.message(go);
            message.strip_prefix("tls: failed to verify certificate: x509: ").map_or(message.clone(), str::to_string)
        }
    }
}

const UNKNOWN: &str = "certificate signed by unknown authority";

#[test]
fn leaves() {
    let root = testing::authority("lab-ca");
    let good = testing::leaf(&root, |_| ());
    let expired = testing::leaf(&root, |leaf| leaf.valid = (-200, -100));
    let early = testing::leaf(&root, |leaf| leaf.valid = (100, 200));
    let client = testing::leaf(&root, |leaf| leaf.usages = &[Purpose::ClientAuth]);
    let both = testing::leaf(&root, |leaf| leaf.usages = &[Purpose::ClientAuth, Purpose::ServerAuth]);
    let any = testing::leaf(&root, |leaf| leaf.usages = &[Purpose::Any]);
    let critical = testing::leaf(&root, |leaf| leaf.critical = Some(&[1, 2, 3, 4]));
    let by_ip = testing::leaf(&root, |leaf| leaf.names = &["10.0.0.7", "::1"]);
    let rows: &[(&str, &[u8], &str, &str)] = &[
        ("good", &good, "reg.lan", "ok"),
        ("last dot", &good, "reg.lan.", "ok"),
        (
            "expired",
            &expired,
            "reg.lan",
            "certificate has expired or is not yet valid: \
          current time 2027-01-15T08:00:00Z is after 2027-01-15T07:58:20Z",
        ),
        (
            "expired comes before the name",
            &expired,
            "other.lan",
            "certificate has expired or is not yet valid: \
          current time 2027-01-15T08:00:00Z is after 2027-01-15T07:58:20Z",
        ),
        (
            "early",
            &early,
            "reg.lan",
            "certificate has expired or is not yet valid: \
          current time 2027-01-15T08:00:00Z is before 2027-01-15T08:01:40Z",
        ),
        ("other name", &good, "other.lan", "certificate is valid for reg.lan, not other.lan"),
        (
            "address",
            &good,
            "10.0.0.7",
            "cannot validate certificate for 10.0.0.7 because it doesn't contain any IP SANs",
        ),
        ("right address", &by_ip, "10.0.0.7", "ok"),
        ("right v6 address", &by_ip, "::1", "ok"),
        ("other address", &by_ip, "10.0.0.8", "certificate is valid for 10.0.0.7, ::1, not 10.0.0.8"),
        (
            "name but addresses only",
            &by_ip,
            "reg.lan",
            "certificate is not valid for any names, but wanted to match reg.lan",
        ),
        ("clients only", &client, "reg.lan", "certificate specifies an incompatible key usage"),
        ("clients and servers", &both, "reg.lan", "ok"),
        ("any usage", &any, "reg.lan", "ok"),
        ("critical", &critical, "reg.lan", "unhandled critical extension"),
    ];
    for (row, leaf, name, want) in rows {
        assert_eq!(judge(&[leaf], &[&root.der], name, NEW), *want, "{row}");
    }
    assert_eq!(judge(&[], &[&root.der], "reg.lan", NEW), "tls: received empty certificates message");
    assert!(judge(&[b"x"], &[&root.der], "reg.lan", NEW).starts_with("tls: failed to parse certificate from server"));
}

#[test]
fn common_name_alone() {
    let root = testing::authority("lab-ca");
    let leaf = testing::leaf(&root, |leaf| leaf.names = &[]);
    let legacy = "certificate relies on legacy Common Name field, use SANs";
    let rows = [
        ((1, 14), "reg.lan", "ok".to_string()),
        ((1, 14), "other.lan", "x509: certificate is valid for reg.lan, not other.lan".into()),
        (
            (1, 15),
            "reg.lan",
            format!("x509: {legacy} or temporarily enable Common Name matching with GODEBUG=x509ignoreCN=0"),
        ),
        ((1, 19), "reg.lan", format!("x509: {legacy} instead")),
        ((1, 20), "reg.lan", format!("{legacy} instead")),
        ((1, 27), "other.lan", "certificate is not valid for any names, but wanted to match other.lan".into()),
    ];
    for ((major, minor), name, want) in rows {
        let go = GoRelease::new(major, minor, 0);
        assert_eq!(judge(&[&leaf], &[&root.der], name, go), want, "{go} {name}");
    }
    let self_made = testing::self_made(|shape| shape.common_name = "reg.lan").der;
    assert_eq!(judge(&[&self_made], &[], "reg.lan", NEW), format!("{legacy} instead"), "name before authority");
}

#[test]
fn chains() {
    let root = testing::authority("lab-ca");
    let same_name = testing::authority("lab-ca");
    let middle = testing::intermediate(&root, |_| ());
    let no_authority = testing::intermediate(&root, |shape| shape.rank = Rank::Leaf);
    let late = testing::intermediate(&root, |shape| shape.valid = (-200, -100));
    let narrow = testing::intermediate(&root, |shape| shape.permitted = Some("corp.lan"));
    let client = testing::intermediate(&root, |shape| shape.usages = &[Purpose::ClientAuth]);
    let short = testing::self_made(|shape| (shape.common_name, shape.rank) = ("short", Rank::Above(0)));
    let below_short = testing::intermediate(&short, |_| ());
    let under = |above: &Authority| testing::leaf(above, |_| ());
    let (leaf, below) = (under(&root), under(&middle));
    let wrong_key = format!(
        "{UNKNOWN} (possibly because of \"x509: ECDSA verification failure\" \
                             while trying to verify candidate authority certificate \"lab-ca\")"
    );
    let may_not = format!(
        "{UNKNOWN} (possibly because of \"x509: invalid signature: parent certificate cannot sign this \
                           kind of certificate\" while trying to verify candidate authority certificate \"lab-intermediate\")"
    );
    let date =
        "certificate has expired or is not yet valid: current time 2027-01-15T08:00:00Z is after 2027-01-15T07:58:20Z";
    let name = "a root or intermediate certificate is not authorized to sign for this name: \
                DNS name \"reg.lan\" is not permitted by any constraint";
    let rows: Vec<ChainRow<'_>> = vec![
        ("whole", vec![below.clone(), middle.der.clone()], vec![root.der.clone()], "ok"),
        ("root served too", vec![below.clone(), middle.der.clone(), root.der.clone()], vec![root.der.clone()], "ok"),
        ("root served, not trusted", vec![below.clone(), middle.der.clone(), root.der.clone()], vec![], UNKNOWN),
        ("wrong order", vec![below.clone(), root.der.clone(), middle.der.clone()], vec![root.der.clone()], "ok"),
        ("no anchor", vec![leaf.clone()], vec![], UNKNOWN),
        ("intermediate missing", vec![below.clone()], vec![root.der.clone()], UNKNOWN),
        ("intermediate in the pool", vec![below.clone()], vec![middle.der.clone()], "ok"),
        ("same name, other key", vec![leaf.clone()], vec![same_name.der.clone()], &wrong_key),
        ("same name, both keys", vec![leaf.clone()], vec![same_name.der.clone(), root.der.clone()], "ok"),
        (
            "signer is no authority",
            vec![under(&no_authority), no_authority.der.clone()],
            vec![root.der.clone()],
            &may_not,
        ),
        ("signer expired", vec![under(&late), late.der.clone()], vec![root.der.clone()], date),
        ("anchor expired", vec![under(&late)], vec![late.der.clone()], date),
        ("name not permitted", vec![under(&narrow), narrow.der.clone()], vec![root.der.clone()], name),
        (
            "signer for clients",
            vec![under(&client), client.der.clone()],
            vec![root.der.clone()],
            "certificate specifies an incompatible key usage",
        ),
        (
            "path too long",
            vec![under(&below_short), below_short.der.clone()],
            vec![short.der.clone()],
            "too many intermediates for path length constraint",
        ),
        ("path just right", vec![under(&short)], vec![short.der.clone()], "ok"),
    ];
    for (row, chain, anchors, want) in rows {
        let chain: Vec<&[u8]> = chain.iter().map(Vec::as_slice).collect();
        let anchors: Vec<&[u8]> = anchors.iter().map(Vec::as_slice).collect();
        assert_eq!(judge(&chain, &anchors, "reg.lan", NEW), want, "{row}");
    }
}

#[test]
fn self_signed_leaf_is_its_own_root() {
    for rank in [Rank::Leaf, Rank::Authority] {
        let leaf = testing::self_made(|shape| (shape.names, shape.rank) = (&["reg.lan"], rank)).der;
        assert_eq!(judge(&[&leaf], &[&leaf], "reg.lan", NEW), "ok");
        // Without it, the served copy is the candidate that Go never takes: a certificate is not its own intermediate.
        assert_eq!(judge(&[&leaf], &[], "reg.lan", NEW), UNKNOWN);
    }
}

#[test]
fn algorithms_by_release() {
    let read = |text: &str| pem::read_all(text).remove(0).unwrap().der().to_vec();
    let root = read(include_str!("testdata/root.pem"));
    let short_root = read(include_str!("testdata/short-root.pem"));
    let sha1 = read(include_str!("testdata/sha1-leaf.pem"));
    let short = read(include_str!("testdata/short-leaf.pem"));
    let of_short = read(include_str!("testdata/of-short-root.pem"));
    let negative = read(include_str!("testdata/negative-serial.pem"));
    let pss = read(include_str!("testdata/pss.pem"));
    let long_salt = read(include_str!("testdata/pss-long-salt.pem"));
    let (p521, of_p521) = (read(include_str!("testdata/p521-root.pem")), read(include_str!("testdata/of-p521.pem")));
    let insecure = |way_out: &str| {
        format!(
            "{UNKNOWN} (possibly because of \"x509: cannot verify signature: insecure \
        algorithm SHA1-RSA{way_out}\" while trying to verify candidate authority certificate \"rsa-root\")"
        )
    };
    let small = "crypto/rsa: 768-bit keys are insecure (see https://go.dev/pkg/crypto/rsa#hdr-Minimum_key_size)";
    let (module, gopath) = (Build::Module, Build::Gopath);
    let rows: &[ReleaseRow<'_>] = &[
        ("SHA-1", &sha1, &root, (1, 17), module, "ok".into()),
        ("SHA-1", &sha1, &root, (1, 23), gopath, insecure(" (temporarily override with GODEBUG=x509sha1=1)")),
        ("SHA-1", &sha1, &root, (1, 24), gopath, insecure("")),
        ("short leaf key", &short, &root, (1, 23), module, "ok".into()),
        ("short leaf key", &short, &root, (1, 24), gopath, "ok".into()),
        (
            "short leaf key",
            &short,
            &root,
            (1, 24),
            module,
            format!("tls: invalid signature by the server certificate: {small}"),
        ),
        ("short root key", &of_short, &short_root, (1, 24), gopath, "ok".into()),
        (
            "short root key",
            &of_short,
            &short_root,
            (1, 24),
            module,
            format!(
                "{UNKNOWN} (possibly because of \"{small}\" \
            while trying to verify candidate authority certificate \"short-root\")"
            ),
        ),
        ("negative serial", &negative, &root, (1, 22), module, "ok".into()),
        ("negative serial", &negative, &root, (1, 27), gopath, "ok".into()),
        (
            "negative serial",
            &negative,
            &root,
            (1, 27),
            module,
            "tls: failed to parse certificate from server: x509: negative serial number".into(),
        ),
        ("PSS", &pss, &root, (1, 27), module, "ok".into()),
        (
            "PSS, long salt",
            &long_salt,
            &root,
            (1, 27),
            module,
            format!(
                "{UNKNOWN} (possibly because of \"x509: cannot \
            verify signature: algorithm unimplemented\" while trying to verify candidate authority certificate \"rsa-root\")"
            ),
        ),
        ("P-521", &of_p521, &p521, (1, 27), module, "ok".into()),
    ];
    for (row, leaf, root, (major, minor), build, want) in rows {
        let go = GoRelease::new(*major, *minor, 9);
        assert_eq!(judge_build(&[leaf], &[root], "reg.lan", go, *build), *want, "{row} {go} {build:?}");
    }
}

#[test]
fn hostile_chains_end() {
    let shapes: Vec<Authority> = (0..150).map(|_| testing::authority("evil")).collect();
    let leaf = testing::leaf(&testing::authority("evil"), |_| ());
    let mut chain: Vec<&[u8]> = vec![&leaf];
    chain.extend(shapes.iter().map(|one| one.der.as_slice()));
    assert_eq!(
        judge(&chain, &[], "reg.lan", NEW),
        "signature check attempts limit reached while verifying certificate chain"
    );
}
