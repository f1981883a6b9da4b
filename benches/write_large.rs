//! Writes a large made-up tenant as a snapshot, to measure the whole program on it:
//!
//! ```sh
//! cargo run --release --example write_large -- 100000 /path/to/large
//! ```

mod large;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(count), Some(directory)) = (arguments.next(), arguments.next()) else {
        return Err("usage: write_large COUNT DIRECTORY".into());
    };
    let recording = large::recording(count.parse()?);
    skytjek::source::snapshot::Snapshot::of(recording, skytjek::scan::VERSION).save(directory.as_ref())?;
    Ok(())
}
