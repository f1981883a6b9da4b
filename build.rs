//! Compiles the shipped rules into the program: every rule file is checked while building, and nothing is
//! parsed from YAML when a scan starts.
#![allow(dead_code, missing_docs, clippy::all, clippy::pedantic)]

use std::path::Path;
use std::process::ExitCode;

#[path = "src/inventory"]
mod inventory {
    pub mod duration;
    pub mod id;
    pub mod path;
    pub mod reads;
    pub mod value;
}

#[path = "src/analysis"]
mod analysis {
    pub mod access {
        pub mod reads;
    }
    pub mod encryption {
        pub mod consumer;
        pub mod key_state;
    }
    pub mod migration {
        pub mod source_types;
        pub mod strength;
    }
}

#[path = "src/rule"]
mod rule {
    pub mod compile;
    pub mod compile_access;
    pub mod compile_chain;
    pub mod compile_condition;
    pub mod compile_fix;
    pub mod compile_nsg;
    pub mod compile_range;
    pub mod compile_reachable;
    pub mod compile_template;
    pub mod examples;
    pub mod files;
    pub mod model;
    pub mod model_access;
    pub mod properties;
    pub mod text;
    pub mod yaml;

    pub(crate) const MAX_SLOTS: u8 = 20;
}

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=src/rule");
    println!("cargo::rerun-if-changed=src/inventory");
    println!("cargo::rerun-if-changed=src/analysis/access/reads.rs");
    println!("cargo::rerun-if-changed=src/analysis/encryption/consumer.rs");
    println!("cargo::rerun-if-changed=src/analysis/encryption/key_state.rs");
    println!("cargo::rerun-if-changed=src/analysis/migration/strength.rs");
    println!("cargo::rerun-if-changed=src/analysis/migration/source_types.rs");
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            for line in message.lines() {
                println!("cargo::error={line}");
            }
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), String> {
    let out = std::env::var("OUT_DIR").map_err(|error| error.to_string())?;
    let table = rule::properties::PropertyTable::shipped().map_err(|error| error.to_string())?;
    let sources = rule::files::read_folder(Path::new("rules")).map_err(|error| error.to_string())?;
    let compiled = rule::files::compile_all(&sources, table)
        .map_err(|diagnostics| diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
    let (pack, packed) = rule::files::store(&compiled, &sources, table)?;
    for (name, bytes) in [("pack.bin", pack), ("sources.zst", packed)] {
        std::fs::write(Path::new(&out).join(name), bytes).map_err(|error| format!("{name}: {error}"))?;
    }
    Ok(())
}
