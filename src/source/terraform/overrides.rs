//! Override files, merged as Terraform merges them.
//! <https://developer.hashicorp.com/terraform/language/files/override>

use std::collections::{BTreeMap, HashMap};

use super::syntax::{Attribute, Block, Body, Expression};

/// Whether a file overrides others, by its name.
pub fn is_override(name: &str) -> bool {
    let stem = name.strip_suffix(".tf").or_else(|| name.strip_suffix(".tf.json"));
    stem.is_some_and(|stem| stem == "override" || stem.ends_with("_override"))
}

/// Lays an override file over the folder's blocks; what overrides nothing is given back.
pub fn merge(base: &mut Body, over: Body) -> Vec<Block> {
    let mut homeless = Vec::new();
    let mut places: HashMap<(String, Vec<String>), usize> = HashMap::new();
    for (at, block) in base.blocks.iter().enumerate() {
        places.entry((block.kind.clone(), block.labels.clone())).or_insert(at);
    }
    for block in over.blocks {
        if block.kind == "locals" {
            merge_locals(base, block);
            continue;
        }
        let place = places.get(&(block.kind.clone(), block.labels.clone()));
        match place.and_then(|at| base.blocks.get_mut(*at)) {
            Some(own) if own.kind == "terraform" => merge_terraform(&mut own.body, block.body),
            Some(own) => merge_body(&mut own.body, block.body),
            None if matches!(block.kind.as_str(), "terraform" | "provider") => base.blocks.push(block),
            None => homeless.push(block),
        }
    }
    homeless
}

/// Attributes replace attributes; blocks of a kind replace all blocks of that kind.
fn merge_body(base: &mut Body, over: Body) {
    for attribute in over.attributes {
        match base.attributes.iter_mut().find(|own| own.name == attribute.name) {
            Some(own) => own.value = attribute.value,
            None => base.attributes.push(attribute),
        }
    }
    base.blocks.retain(|own| !over.blocks.iter().any(|block| makes(block) == makes(own)));
    base.blocks.extend(over.blocks);
}

/// Providers are required one by one.
fn merge_terraform(base: &mut Body, over: Body) {
    for block in over.blocks {
        match base.blocks.iter_mut().find(|own| own.kind == block.kind) {
            Some(own) if own.kind == "required_providers" => merge_body(&mut own.body, block.body),
            Some(own) => *own = block,
            None => base.blocks.push(block),
        }
    }
}

fn merge_locals(base: &mut Body, over: Block) {
    let mut values: BTreeMap<String, Expression> =
        over.body.attributes.into_iter().map(|attribute| (attribute.name, attribute.value)).collect();
    let own = base.blocks.iter_mut().filter(|block| block.kind == "locals");
    for own in own.flat_map(|block| &mut block.body.attributes) {
        if let Some(value) = values.remove(&own.name) {
            own.value = value;
        }
    }
    let attributes = values.into_iter().map(|(name, value)| Attribute { name, value }).collect();
    base.blocks.push(Block { body: Body { attributes, blocks: Vec::new() }, ..over });
}

/// The kind of block that a block makes, `dynamic` ones too.
fn makes(block: &Block) -> &str {
    match (block.kind.as_str(), block.labels.first()) {
        ("dynamic", Some(label)) => label,
        (kind, _) => kind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_override_files() {
        for (name, yes) in [
            ("override.tf", true),
            ("a_override.tf", true),
            ("override.tf.json", true),
            ("my-override.tf", false),
            ("main.tf", false),
        ] {
            assert_eq!(is_override(name), yes, "{name}");
        }
    }
}
