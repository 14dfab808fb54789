//! Generated configuration of containerd and of containers/image.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::super::toml::{FORMAT, PATHS};
use super::{actions, dressed, held};
use crate::edit::{EditError, Syntax};
use crate::model::change::Change;

proptest! {
    #[test]
    fn laws(text in document(), change in change()) {
        held(&FORMAT, &text, &change, |refused| match refused {
            // Parts are put together at random: not every document is one.
            EditError::Malformed { .. }
            | EditError::WrongType { .. }
            | EditError::WrongPath { .. }
            | EditError::NotSafelyEditable { .. } => true,
            _ => false,
        })?;
    }

    #[test]
    fn usual_files_are_never_refused(text in usual(), change in change()) {
        held(&FORMAT, &text, &change, |refused| {
            matches!(refused, EditError::WrongType { .. } | EditError::WrongPath { .. })
        })?;
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC*|[\\[\\]{}=.,#\"' \\\\\r\nab0-9-]*", change in change()) {
        let _ = crate::edit::edit(Syntax::Toml, text.as_bytes(), &[change]);
    }
}

fn change() -> impl Strategy<Value = Change> {
    let action = actions(&["pull", "reg:5000", "http://reg:5000", "/etc/x", "é \"q\" \\ \u{7f}"]);
    let more = vec![
        &["a", "b"][..],
        &["a", "b", "c"],
        &["host", "http://reg:5000", "header", "x"],
        &["registry", "[location=b.lan]", "mirror", "[location=c.lan]", "insecure"],
    ];
    let path = select([PATHS.to_vec(), more].concat());
    (path, action).prop_map(|(path, action)| Change::new(path, action))
}

/// Files as engines have them.
fn usual() -> impl Strategy<Value = String> {
    let list = select(vec![
        "[]",
        "[ ]",
        "[\"pull\"]",
        "[\"pull\", \"resolve\"]",
        "['reg:5000',]",
        "[\n  \"pull\",\n  \"push\",\n]",
        "[\n    \"pull\", # why\n    \"reg:5000\" # last\n  ]",
        "[\n\"reg:5000\"]",
        "[ \"pull\" , \"reg:5000\" ]",
    ]);
    let version = select(vec!["", "version = 2\n", "version=3 # old\n", "# note\n\n"]);
    let cri = select(vec!["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.images"]);
    let config = (version, cri, any::<bool>(), select(vec!["", "  "])).prop_map(|(version, cri, set, indent)| {
        let set = if set { format!("{indent}{indent}config_path = \"/etc/x\" # here\n") } else { String::new() };
        format!("{version}disabled_plugins = []\n\n[plugins]\n{indent}[plugins.\"{cri}\".registry]\n{set}\n# end\n[debug]\n  level = \"info\"\n")
    });
    let hosts = (
        select(vec!["", "server = \"https://reg:5000\"\n", "# top\nserver=\"http://reg:5000\"\n\n"]),
        vec((select(vec!["a", "http://reg:5000", "c"]), list.clone()), 0..3),
    );
    let hosts = hosts.prop_map(|(server, hosts)| {
        let mut seen = std::collections::HashSet::new();
        let hosts = hosts.into_iter().filter(|(name, _)| seen.insert(*name));
        server.to_owned()
            + &hosts
                .map(|(name, list)| format!("[host.\"{name}\"]\n  capabilities = {list}\n  skip_verify = true\n"))
                .collect::<String>()
    });
    let locations = vec((select(vec!["reg:5000", "b.lan"]), any::<bool>()), 0..3);
    let registries = (list, locations).prop_map(|(list, locations)| {
        let one = |(location, mirror): (&str, bool)| {
            let mirror = if mirror { "\n[[registry.mirror]]\nlocation = \"c.lan\"\n" } else { "" };
            format!("\n# about {location}\n[[registry]]\nlocation = \"{location}\"\ninsecure = false\n{mirror}")
        };
        format!("unqualified-search-registries = {list}\n{}", locations.into_iter().map(one).collect::<String>())
    });
    dressed(prop_oneof![config, hosts, registries, Just(String::new()), Just("# only a note\n".to_owned())], true)
}

/// Everything that TOML has, put together at random.
fn document() -> impl Strategy<Value = String> {
    let part = select(vec![
        "a.b = 1",
        "a.c = 2 # two",
        "a = { b = 1, c = [\"pull\"] }",
        "a = {}",
        "a = { b.c = 1 }",
        "[a]",
        "[a.b]",
        "[a.b.c]",
        "[[a]]",
        "b = 'x'",
        "b = [ 1, 2 ]",
        "  c = [\"pull\",\n# between\n \"reg:5000\"\n]",
        "c = [\n\"pull\" # x, y\n,\"push\"\n]",
        "\"c\" = 1.5",
        "t = 2020-01-01",
        "s = \"\"\"\na\n[a]\n\"\"\"",
        "# note",
        "",
        "[host]",
        "[host.\"http://reg:5000\"]",
        "server = 'http://reg:5000'",
        "[[registry]]",
        "[[registry]]\nlocation = \"reg:5000\"",
        "insecure = true",
        "registry = [{ location = \"reg:5000\" }]",
        "[registry.x]",
        "host.\"http://reg:5000\".capabilities = [\"pull\"]",
        "plugins.\"io.containerd.grpc.v1.cri\" = {}",
        "unqualified-search-registries = [\"reg:5000\", ]",
        "c = [ # open\n]",
        "[ a . b ] # spaced",
        "\t[x]",
    ]);
    dressed(vec(part, 0..9).prop_map(|parts| parts.join("\n")), true)
}
