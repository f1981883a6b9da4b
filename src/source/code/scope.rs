//! Ids for what has none yet: a root stands where a subscription stands in Azure, so that ids of two roots
//! never meet, and relations inside a root hold.

/// Resource group of what is deployed to one that the code doesn't name.
pub const GROUP: &str = "deployment";

/// The subscription of a root: `/subscriptions/<path of the root>`.
pub fn subscription(root: &str) -> String {
    format!("/subscriptions/{}", segment(root))
}

/// The resource group `name` of a root.
pub fn resource_group(root: &str, name: &str) -> String {
    format!("{}/resourceGroups/{}", subscription(root), segment(name))
}

/// `text` as one segment of an id: never empty, without slashes and control characters, and bounded.
pub fn segment(text: &str) -> String {
    let kept: String =
        text.chars().map(|c| if c == '/' || c.is_control() { ':' } else { c }).take(256).collect();
    if kept.is_empty() { ".".to_owned() } else { kept }
}

/// The segment of a name that isn't known: the code's own words for it.
pub fn unknown_name(words: &str) -> String {
    segment(&format!("~{words}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_and_names_are_segments() {
        assert_eq!(
            resource_group("infra/main.json", "a/b"),
            "/subscriptions/infra:main.json/resourceGroups/a:b"
        );
        assert_eq!(subscription(""), "/subscriptions/.");
        assert_eq!(unknown_name("[parameters('x')]"), "~[parameters('x')]");
    }
}
