//! The answer as a graph for Graphviz: the Internet, what stands in front, the interfaces.

use std::collections::BTreeSet;

use crate::finding::exposure::ExposureReport;
use crate::output::text::visible;

use super::{ports, short, sources};

/// The answer in the DOT language; only what is reachable or unknown is drawn.
pub fn render(report: &ExposureReport) -> String {
    let mut nodes = BTreeSet::new();
    let mut edges = BTreeSet::new();
    for row in &report.interfaces {
        if row.state == "closed" {
            continue;
        }
        let machine = row.virtual_machine.as_deref().map(short).unwrap_or_default();
        let label = [short(&row.id), machine, row.private_ip.as_deref().unwrap_or_default()];
        let label: Vec<&str> = label.into_iter().filter(|part| !part.is_empty()).collect();
        let shape = if row.state == "exposed" { "box, color=red" } else { "box, style=dashed" };
        nodes.insert(format!("  {} [label={}, shape={shape}];", quoted(&row.id), quoted(&label.join("\n"))));
        if row.reachable.is_empty() {
            edges.insert(format!("  \"Internet\" -> {} [label=\"?\", style=dashed];", quoted(&row.id)));
        }
        for reachable in &row.reachable {
            let mut from = "\"Internet\"".to_owned();
            let at = [reachable.protocol.to_owned(), ports(&reachable.public.port_ranges)].join(" ");
            let mut label = format!("{} from {}", at.trim_end(), sources(&reachable.sources));
            for id in &reachable.via {
                let to = quoted(id);
                nodes.insert(format!("  {to} [label={}];", quoted(short(id))));
                edges.insert(format!("  {from} -> {to} [label={}];", quoted(&label)));
                label.clear();
                from = to;
            }
            let into = [reachable.protocol.to_owned(), ports(&reachable.ports)].join(" ");
            edges.insert(format!("  {from} -> {} [label={}];", quoted(&row.id), quoted(into.trim_end())));
        }
    }
    let mut out = String::from("digraph exposure {\n  rankdir=LR;\n  \"Internet\" [shape=doublecircle];\n");
    for line in nodes.into_iter().chain(edges) {
        out.push_str(&line);
        out.push('\n');
    }
    out.push_str("}\n");
    out
}

/// A quoted string of the DOT language, with nothing hostile in it.
fn quoted(text: &str) -> String {
    let lines: Vec<String> =
        text.split('\n').map(|line| visible(line).replace('\\', "\\\\").replace('"', "\\\"")).collect();
    format!("\"{}\"", lines.join("\\n"))
}
