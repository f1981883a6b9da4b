//! Objects while they are made.

use std::collections::HashMap;

use crate::source::code::node::Node;

/// Members of an object, of which the last with a name wins.
#[derive(Default)]
pub(super) struct Members {
    pub members: Vec<(String, Node)>,
    index: HashMap<String, usize>,
}

impl Members {
    pub fn set(&mut self, name: String, node: Node) {
        let place = *self.index.entry(name.to_ascii_lowercase()).or_insert(self.members.len());
        match self.members.get_mut(place) {
            Some(member) => *member = (name, node),
            None => self.members.push((name, node)),
        }
    }

    pub fn get_mut(&mut self, name: &str) -> Option<&mut Node> {
        let place = *self.index.get(&name.to_ascii_lowercase())?;
        self.members.get_mut(place).map(|(_, node)| node)
    }
}
