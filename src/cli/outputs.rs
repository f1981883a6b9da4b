//! `-o FORMAT[=FILE]`: in which forms a command answers, and where each goes.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::str::FromStr;

use super::terminal::{self, Color, Failure};
use crate::output::table::Look;
use crate::output::write;

/// The formats of a command.
pub(super) trait Format: Copy + 'static {
    /// Their words on the command line; the first is the default.
    const WORDS: &'static [(&'static str, Self)];
}

/// A format, and the file it goes to; without one, standard output.
#[derive(Clone, Debug)]
pub(super) struct Output<F> {
    pub(super) format: F,
    pub(super) file: Option<PathBuf>,
}

impl<F: Format> FromStr for Output<F> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (word, file) = match text.split_once('=') {
            Some((_, "")) => return Err("a file name is missing behind the `=`".to_owned()),
            Some((word, file)) => (word, Some(PathBuf::from(file))),
            None => (text, None),
        };
        let known = F::WORDS.iter().find(|(known, _)| *known == word);
        let Some((_, format)) = known else {
            let words: Vec<&str> = F::WORDS.iter().map(|(word, _)| *word).collect();
            let (last, others) = words.split_last().unwrap_or((&"", &[]));
            return Err(format!("`{word}` is no format; use {} or {last}", others.join(", ")));
        };
        Ok(Self { format: *format, file })
    }
}

impl<F: Format> Output<F> {
    /// What is to be written; two outputs to one place would mix.
    pub(super) fn all(asked: &[Self]) -> Result<Vec<Self>, Failure> {
        if asked.is_empty() {
            return Ok(F::WORDS
                .first()
                .map(|(_, format)| Self { format: *format, file: None })
                .into_iter()
                .collect());
        }
        let places: BTreeSet<_> = asked.iter().map(|output| &output.file).collect();
        if places.len() < asked.len() {
            return Err(Failure::usage(
                "two outputs go to one place; give each but one a file of its own (-o json=FILE)",
            ));
        }
        Ok(asked.to_vec())
    }

    /// How a table looks there.
    pub(super) fn look(&self, color: Color) -> Look {
        Look { width: terminal::width(), color: self.file.is_none() && color.on_stdout() }
    }

    /// Writes the answer there.
    pub(super) fn put(&self, text: &str) -> Result<(), Failure> {
        match &self.file {
            Some(file) => write::file(file, text)?,
            None => write::stdout(text)?,
        }
        Ok(())
    }
}
