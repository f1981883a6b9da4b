use std::path::Path;

use serde_json::json;

use super::*;
use crate::source::code::node::Content;

/// A plan in a folder of its own, with sources beside it.
fn read_plan(plan: &serde_json::Value, sources: &[(&str, &str)], all_resources: bool) -> Root {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("plan.json"), plan.to_string()).unwrap();
    for (name, text) in sources {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let reader = Reader::new(folder.path()).unwrap();
    let root = folder.path().join("infra");
    read(&Request {
        path: &folder.path().join("plan.json"),
        shown: "plan.json",
        reader: &reader,
        terraform_dir: (!sources.is_empty()).then_some(root.as_path()),
        all_resources,
    })
}

#[test]
fn the_corpus_goes_through() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/plan/infracost+infracost");
    if !folder.is_dir() {
        eprintln!("SKIPPED: there is no {}", folder.display());
        return;
    }
    let reader = Reader::new(&folder).unwrap();
    for (name, resources) in [("azure_firewall_plan.json", 0), ("express_route_gateway_plan.json", 0)] {
        let path = folder.join(name);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(looks_like_plan(&text), "{name}");
        let root = read(&Request {
            path: &path,
            shown: name,
            reader: &reader,
            terraform_dir: None,
            all_resources: false,
        });
        for r in &root.resources {
            eprintln!("{} {} {}", r.kind, r.address, r.id);
        }
        eprintln!("{:?} {:?}", root.unread, root.notes);
        assert_eq!(root.resources.len(), resources, "{name}");
    }
}
