//! Bicep: a lexer and parser of our own.

#[cfg(test)]
mod corpus;
pub mod lexer;
pub mod parser;
pub mod string;
pub mod syntax;
