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

/// `text` as one segment of an id: never empty, bounded, and of characters that end no id in a sentence.
pub fn segment(text: &str) -> String {
    let kept: String = text.chars().map(|c| if is_segment(c) { c } else { ':' }).take(256).collect();
    if kept.is_empty() { ".".to_owned() } else { kept }
}

/// Whether `c` can stand in a segment of an id.
pub fn is_segment(c: char) -> bool {
    c.is_alphanumeric() || "-._~$@:#[]()".contains(c)
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
        assert_eq!(unknown_name("[parameters('x')]"), "~[parameters(:x:)]");
    }
}
