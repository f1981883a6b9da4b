//! What one root may cost: nothing that is read can make skytjek hang or fill the memory.

use std::cell::Cell;

use crate::source::code::node::{Content, Node};

/// Most resources of one root.
pub const MAX_RESOURCES: u64 = 100_000;
/// Most rounds of all loops of one root; Resource Manager allows 800 a loop.
pub const MAX_ROUNDS: u64 = 100_000;
/// Most steps of evaluation of one root.
pub const MAX_STEPS: u64 = 5_000_000;
/// Most values that are copied while a root is evaluated.
pub const MAX_COPIES: u64 = 1_000_000;
/// Longest text of one value, in bytes.
pub const MAX_TEXT: usize = 1 << 20;
/// Most bytes of text that are made for one root.
pub const MAX_BYTES: u64 = 64 << 20;
/// Deepest evaluation: calls within calls, through variables and parameters.
pub const MAX_DEPTH: u32 = 160;

/// What is left of the budget of one root.
#[derive(Debug)]
pub struct Budget {
    steps: Cell<u64>,
    copies: Cell<u64>,
    bytes: Cell<u64>,
    rounds: Cell<u64>,
    resources: Cell<u64>,
    depth: Cell<u32>,
    spent: Cell<Option<&'static str>>,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            steps: Cell::new(MAX_STEPS),
            copies: Cell::new(MAX_COPIES),
            bytes: Cell::new(MAX_BYTES),
            rounds: Cell::new(MAX_ROUNDS),
            resources: Cell::new(MAX_RESOURCES),
            depth: Cell::new(0),
            spent: Cell::new(None),
        }
    }
}

impl Budget {
    fn take(&self, from: &Cell<u64>, amount: u64, reason: &'static str) -> bool {
        if let Some(left) = from.get().checked_sub(amount) {
            from.set(left);
            true
        } else {
            from.set(0);
            self.spent.set(self.spent.get().or(Some(reason)));
            false
        }
    }

    /// One more step.
    pub fn step(&self) -> bool {
        self.steps(1)
    }

    /// That many more steps.
    pub fn steps(&self, amount: u64) -> bool {
        self.take(&self.steps, amount, "takes more than 5,000,000 steps to evaluate")
    }

    /// One more round of a loop.
    pub fn round(&self) -> bool {
        self.take(&self.rounds, 1, "has loops of more than 100,000 rounds in all")
    }

    /// One more resource.
    pub fn resource(&self) -> bool {
        self.take(&self.resources, 1, "has more than 100,000 resources")
    }

    /// A value that is copied.
    pub fn copy(&self, node: &Node) -> bool {
        const REASON: &str = "makes more than 1,000,000 values or 64 MiB of text";
        if self.copies.get() == 0 || self.bytes.get() == 0 {
            // Spent: not even counted any more.
            return false;
        }
        let (nodes, bytes) = size(node);
        self.take(&self.copies, nodes, REASON) && self.take(&self.bytes, bytes, REASON)
    }

    /// Text that is made.
    pub fn text(&self, length: usize) -> bool {
        self.take(&self.bytes, length as u64, "makes more than 1,000,000 values or 64 MiB of text")
    }

    /// One level deeper, until [`Self::leave`].
    pub fn enter(&self) -> bool {
        let depth = self.depth.get();
        self.depth.set(depth + 1);
        depth < MAX_DEPTH
    }

    /// Back from [`Self::enter`].
    pub fn leave(&self) {
        self.depth.set(self.depth.get().saturating_sub(1));
    }

    /// What was used up, if anything, ending a sentence that begins with "it".
    pub fn spent(&self) -> Option<&'static str> {
        self.spent.get()
    }
}

/// How many values there are in a value, and bytes of text.
fn size(node: &Node) -> (u64, u64) {
    let add = |sum: (u64, u64), more: (u64, u64)| (sum.0 + more.0, sum.1 + more.1);
    match &node.content {
        Content::Text(text) => (1, text.len() as u64),
        Content::Array(elements) => elements.iter().map(size).fold((1, 0), add),
        Content::Object(members) => {
            members.iter().map(|(name, node)| add(size(node), (0, name.len() as u64))).fold((1, 0), add)
        }
        _ => (1, 0),
    }
}
