//! What a run amounts to, as the process says it to whoever called it. These numbers are a contract.

/// The exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Scanned all it was asked to; nothing at or above the gate.
    Clean,
    /// Findings at or above the gate.
    Findings,
    /// Usage, configuration or a rule file is wrong; nothing was scanned.
    Usage,
    /// Not everything could be seen.
    Incomplete,
    /// Nothing could be seen, or an output could not be written.
    Nothing,
}

impl Exit {
    /// The process exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::Incomplete => 3,
            Self::Nothing => 4,
        }
    }
}
