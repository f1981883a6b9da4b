//! How much one root may cost.

use std::cell::Cell;

/// Steps of evaluation for one root.
pub const MAX_STEPS: u64 = 5_000_000;
/// Deepest nesting of evaluations: expressions in expressions, and names that stand for others.
pub const MAX_DEPTH: u32 = 600;
/// Longest text, in bytes: 1 MiB.
pub const MAX_TEXT: usize = 1 << 20;

/// Why an expression has no value: an error that Terraform would report too, or a bound of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Failure {
    /// Why.
    pub reason: String,
    /// Whether it is a bound of ours, which `try` must not hide.
    pub bound: bool,
}

impl Failure {
    /// An error of the code.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), bound: false }
    }

    /// A bound of ours.
    pub fn bound(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), bound: true }
    }
}

/// What is left of a root's steps.
#[derive(Debug)]
pub struct Budget {
    left: Cell<u64>,
    depth: Cell<u32>,
}

impl Default for Budget {
    fn default() -> Self {
        Self { left: Cell::new(MAX_STEPS), depth: Cell::new(0) }
    }
}

impl Budget {
    /// Takes `steps`.
    ///
    /// # Errors
    /// When there are none left.
    pub fn charge(&self, steps: u64) -> Result<(), Failure> {
        let left = self.left.get().checked_sub(steps);
        self.left.set(left.unwrap_or(0));
        match left {
            Some(_) => Ok(()),
            None => Err(Failure::bound(format!("takes more than {MAX_STEPS} steps to evaluate"))),
        }
    }

    /// Takes the steps of copying a text of `bytes`.
    ///
    /// # Errors
    /// When the text is too long, or there are no steps left.
    pub fn charge_text(&self, bytes: usize) -> Result<(), Failure> {
        if bytes > MAX_TEXT {
            return Err(Failure::bound("would be a text of more than 1 MiB"));
        }
        self.charge(bytes as u64 / 32)
    }

    /// Appends to a text.
    ///
    /// # Errors
    /// When it becomes too long, or there are no steps left.
    pub fn append(&self, text: &mut String, more: &str) -> Result<(), Failure> {
        self.charge(1)?;
        if text.len() + more.len() > MAX_TEXT {
            return Err(Failure::bound("would be a text of more than 1 MiB"));
        }
        self.charge_text(more.len())?;
        text.push_str(more);
        Ok(())
    }

    /// Whether the steps have run out.
    pub fn exhausted(&self) -> bool {
        self.left.get() == 0
    }

    /// One level deeper, while `inner` runs.
    ///
    /// # Errors
    /// When it is too deep, or `inner` fails.
    pub fn deeper<T>(&self, inner: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
        self.charge(1)?;
        let depth = self.depth.get();
        if depth >= MAX_DEPTH {
            return Err(Failure::bound(format!("nests deeper than {MAX_DEPTH} evaluations")));
        }
        self.depth.set(depth + 1);
        let outcome = inner();
        self.depth.set(depth);
        outcome
    }
}
