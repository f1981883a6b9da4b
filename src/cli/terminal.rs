//! Standard output and error, and what is said when something goes wrong.

use std::io::{self, IsTerminal, Write};

use crate::finding::exit::Exit;
use crate::output::OutputError;
use crate::scan::ScanError;
use crate::source::opened::SourceError;

/// Something went wrong: what to say, and what to exit with.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) exit: Exit,
    pub(super) message: String,
}

impl Failure {
    /// Arguments, configuration or a rule file is wrong.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, message: message.into() }
    }

    /// Nothing could be seen.
    pub(super) fn nothing(message: impl Into<String>) -> Self {
        Self { exit: Exit::Nothing, message: message.into() }
    }

    /// An output could not be written.
    pub(super) fn output(error: impl std::fmt::Display) -> Self {
        Self { exit: Exit::Nothing, message: format!("could not write the output: {error}") }
    }

    /// Says it on standard error.
    pub(super) fn tell(self) -> Exit {
        if !self.message.is_empty() {
            // Without a standard error there is nobody left to tell; the exit code still speaks.
            let _ = writeln!(io::stderr(), "error: {}", self.message);
        }
        self.exit
    }
}

impl From<OutputError> for Failure {
    fn from(error: OutputError) -> Self {
        match error {
            // A reader that has gone away knows it; there is nothing to say.
            OutputError::ClosedPipe => Self { exit: Exit::Nothing, message: String::new() },
            error => Self::output(error),
        }
    }
}

impl From<ScanError> for Failure {
    fn from(error: ScanError) -> Self {
        Self::nothing(error.to_string())
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        Self::nothing(error.to_string())
    }
}

/// Width of the terminal; 100 where there is none, 20 at the least.
pub(super) fn width() -> usize {
    comfy_table::Table::new().width().map_or(100, |width| usize::from(width).max(20))
}

/// Writes all of `bytes` to standard output.
pub(super) fn print(bytes: &[u8]) -> Result<Exit, Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(Exit::Clean),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(OutputError::ClosedPipe.into()),
        Err(error) => Err(Failure::output(error)),
    }
}

/// Says something on standard error.
pub(super) fn say(text: &str) {
    // A message that can't be shown is no reason to stop.
    let _ = writeln!(io::stderr(), "{text}");
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Whether standard output gets colours.
    pub(super) fn on_stdout(self) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => {
                let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
                io::stdout().is_terminal() && !unwanted
            }
        }
    }
}
