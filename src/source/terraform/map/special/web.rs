//! Web and function apps: runtimes, access restrictions' headers, settings.

use std::collections::BTreeSet;

use super::Of;
use crate::source::code::node::{Content, Node};
use crate::source::terraform::map::build::write;
use crate::source::terraform::map::change::{boolean, words_of};
use crate::source::terraform::map::pick::argument;

/// Completes the configuration at `under`.
pub fn finish(of: &Of<'_>, body: &mut Node, under: &str) {
    let Some(config) = block(of.argument("site_config")) else { return };
    if let Some(stack) = block(argument(&config, "application_stack").cloned()) {
        if of.resource.kind.contains("_linux_") {
            if let Some(runtime) = linux_runtime(&stack) {
                write(body, &format!("{under}.linuxFxVersion"), runtime);
            }
        } else if let Some(python) = argument(&stack, "python")
            && boolean(python) == Some(true)
        {
            // The provider sends the one version that Windows has.
            write(body, &format!("{under}.pythonVersion"), Node::text("3.4", python.span));
        }
    }
    for (argument_name, property) in
        [("ip_restriction", "ipSecurityRestrictions"), ("scm_ip_restriction", "scmIpSecurityRestrictions")]
    {
        let Some(Content::Array(blocks)) = argument(&config, argument_name).map(|node| &node.content) else {
            continue;
        };
        let path = format!("{under}.{property}");
        let Some(Content::Array(elements)) = path
            .split('.')
            .try_fold(&mut *body, |node, name| member(node, name))
            .map(|node| &mut node.content)
        else {
            continue;
        };
        for (element, block) in elements.iter_mut().zip(blocks) {
            if let Some(headers) = argument(block, "headers").and_then(headers) {
                write(element, "headers", headers);
            }
        }
    }
}

fn member<'a>(node: &'a mut Node, name: &str) -> Option<&'a mut Node> {
    let Content::Object(members) = &mut node.content else { return None };
    members.iter_mut().find(|(own, _)| own == name).map(|(_, member)| member)
}

fn block(node: Option<Node>) -> Option<Node> {
    let node = node?;
    match node.content {
        Content::Array(elements) => elements.into_iter().next(),
        _ => Some(node),
    }
}

/// `x_forwarded_for` is `x-forwarded-for`; headers that aren't asked for are left out.
fn headers(node: &Node) -> Option<Node> {
    let node = block(Some(node.clone()))?;
    let Content::Object(members) = node.content else { return Some(node) };
    let members: Vec<_> = members
        .into_iter()
        .filter(|(_, values)| match &values.content {
            Content::Null => false,
            Content::Array(values) => !values.is_empty(),
            _ => true,
        })
        .map(|(name, values)| (name.replace('_', "-"), values))
        .collect();
    (!members.is_empty()).then(|| Node::new(Content::Object(members), node.span))
}

/// `PYTHON|3.12`, as `az webapp list-runtimes` has them.
fn linux_runtime(stack: &Node) -> Option<Node> {
    if let Content::Unknown(_) = stack.content {
        return Some(stack.clone());
    }
    let text = |name: &str| argument(stack, name).filter(|node| node.as_str() != Some(""));
    if let Some(version) = text("java_version") {
        let own = words_of(version);
        let server = text("java_server").and_then(words_of);
        let with = text("java_server_version").and_then(words_of);
        let Some(own) = own else { return Some(version.clone()) };
        return Some(match (server, with) {
            (Some(server), Some(with)) if !server.eq_ignore_ascii_case("JAVA") => {
                Node::text(format!("{server}|{with}-java{own}"), version.span)
            }
            _ => Node::text(format!("JAVA|{own}-java{own}"), version.span),
        });
    }
    for (name, runtime) in [
        ("dotnet_version", "DOTNETCORE"),
        ("node_version", "NODE"),
        ("php_version", "PHP"),
        ("python_version", "PYTHON"),
        ("ruby_version", "RUBY"),
        ("go_version", "GO"),
        ("powershell_core_version", "POWERSHELL"),
        ("docker_image_name", "DOCKER"),
        ("docker_image", "DOCKER"),
    ] {
        if let Some(version) = text(name) {
            let isolated = name == "dotnet_version"
                && argument(stack, "use_dotnet_isolated_runtime").and_then(boolean) == Some(true);
            let runtime = if isolated { "DOTNET-ISOLATED" } else { runtime };
            let value = words_of(version).map(|own| Node::text(format!("{runtime}|{own}"), version.span));
            return Some(value.unwrap_or_else(|| version.clone()));
        }
    }
    None
}

/// All settings, by name.
pub fn settings(of: &Of<'_>, body: &mut Node) {
    let Some(settings) = of.argument("app_settings") else { return };
    let addition = Node::new(Content::Object(vec![("properties".to_owned(), settings)]), body.span);
    crate::source::terraform::map::merge::merge(body, addition, true);
}

/// Blocks by their names.
pub fn named(of: &Of<'_>, body: &mut Node, blocks: &str) {
    let Some(blocks) = of.argument(blocks) else { return };
    let Content::Array(elements) = blocks.content else {
        write(body, "properties", blocks);
        return;
    };
    let mut members: Vec<(String, Node)> = Vec::new();
    let mut seen = BTreeSet::new();
    for element in elements {
        let Content::Object(own) = &element.content else { continue };
        let Some(name) = argument(&element, "name").and_then(Node::as_str).map(str::to_owned) else {
            continue;
        };
        let rest = own.iter().filter(|(own, _)| own != "name").cloned().collect();
        if seen.insert(name.clone()) {
            members.push((name, Node::new(Content::Object(rest), element.span)));
        }
    }
    write(body, "properties", Node::new(Content::Object(members), blocks.span));
}
