//! The four probes: each carries one trap that other tools fall into.

use super::*;

#[test]
fn of_four_resources_the_fourth_has_the_old_tls() {
    let Some(shared) = shared() else { return };
    for (file, prefix) in [("expr-list.json", ""), ("expr-map.json", ""), ("expr-nested.json", "n/")] {
        let root = root_at(&shared.join("probes").join(file), &shared, file);
        assert_eq!(root.unread, [], "{file}");
        let versions: Vec<_> = root
            .resources
            .iter()
            .map(|resource| {
                let node = at(&resource.body, "properties.minimumTlsVersion");
                (
                    resource.address.as_str(),
                    node.as_str().unwrap_or_else(|| panic!("{}", shown(node))),
                    root.files.text(node.span),
                )
            })
            .collect();
        let address = |name: &str| format!("arm:{file}#{prefix}{name}");
        assert_eq!(
            versions,
            [
                (address("lit").as_str(), "TLS1_2", "\"TLS1_2\""),
                (address("par").as_str(), "TLS1_2", "\"TLS1_2\""),
                (address("ifx").as_str(), "TLS1_2", "'TLS1_2'"),
                (address("badpar").as_str(), "TLS1_0", "\"TLS1_0\""),
            ]
        );
        let text = &root.files.iter().next().unwrap().1.text;
        let bad = at(&root.resources[3].body, "properties.minimumTlsVersion").span;
        let default = text.find("\"TLS1_0\"").unwrap();
        assert_eq!(bad.start as usize, default, "the parameter's default");
    }
}

/// Other tools can't read this file, but nothing is wrong with it: it is JSON, and a template.
#[test]
fn the_file_that_others_cannot_parse_is_read() {
    let Some(shared) = shared() else { return };
    let root = root_at(&shared.join("probes/arm-parse-error.json"), &shared, "e.json");
    assert_eq!(root.unread, []);
    let rule = resource(&root, "Uncommon port to IP");
    assert_eq!(at(&rule.body, "properties.action.trigger.threshold").as_str(), Some("1"));
    let query = at(&rule.body, "properties.source.query");
    assert!(query.as_str().unwrap().starts_with("let LearningPeriod = 7d; let RunTime = 1h;"));
}

#[test]
fn odd_shapes_do_not_stop_their_neighbours() {
    let Some(shared) = shared() else { return };
    let root = root_at(&shared.join("probes/arm-odd-shapes.json"), &shared, "odd.json");
    // All seven deployments link to the Internet.
    assert!(
        root.unread.iter().all(|unread| unread.reason.contains("an address on the Internet")),
        "{:?}",
        root.unread
    );
    assert!(!root.unread.is_empty());
}
