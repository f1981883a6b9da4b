//! How paths of files are shown: as the caller named the root's folder, with `/`.

use std::path::{Component, Path};

/// The path of `file` as seen from `root`, which is shown as `shown`. Both as the system names them.
pub fn path(root: &Path, shown: &str, file: &Path) -> String {
    let mut from = root.components().peekable();
    let mut to = file.components().peekable();
    while from.peek().is_some() && from.peek() == to.peek() {
        from.next();
        to.next();
    }
    let mut parts: Vec<String> = Vec::new();
    let absolute = shown.starts_with('/');
    let up = from.filter(|part| matches!(part, Component::Normal(_))).map(|_| "..".to_owned());
    let down = to.filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
        _ => None,
    });
    for part in shown.split('/').map(str::to_owned).chain(up).chain(down) {
        match part.as_str() {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| last != "..") => {
                parts.pop();
            }
            ".." if absolute => {}
            _ => parts.push(part),
        }
    }
    format!("{}{}", if absolute { "/" } else { "" }, parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_as_the_root_was_named() {
        for (shown, file, expected) in [
            ("infra", "/w/infra/main.tf", "infra/main.tf"),
            ("infra", "/w/modules/x/main.tf", "modules/x/main.tf"),
            (".", "/w/infra/main.tf", "main.tf"),
            ("", "/w/modules/main.tf", "../modules/main.tf"),
            ("..", "/w/modules/main.tf", "../../modules/main.tf"),
            ("/w/infra/", "/w/modules/main.tf", "/w/modules/main.tf"),
        ] {
            assert_eq!(path(Path::new("/w/infra"), shown, Path::new(file)), expected, "{shown} {file}");
        }
    }
}
