//! `-o json`: the report as it is. Hostile characters are `\u` escapes, which loses nothing.

use crate::finding::hostile::to_json;
use crate::finding::report::Report;

/// The report as pretty JSON, ending in a newline.
pub fn render(report: &Report) -> serde_json::Result<String> {
    to_json(report)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::output::sample;

    fn schema() -> serde_json::Value {
        let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
        serde_json::to_value(settings.into_generator().into_root_schema_for::<Report>()).unwrap()
    }

    /// `UPDATE_SCHEMA=1 cargo test` rewrites the committed schema.
    #[test]
    fn the_committed_schema_is_that_of_the_types() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/report.schema.json");
        let generated = to_json(&schema()).unwrap();
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            fs::write(&path, &generated).unwrap();
        }
        let committed = fs::read_to_string(&path).unwrap();
        assert!(committed == generated, "run with UPDATE_SCHEMA=1 and look at the difference");
    }

    #[test]
    fn a_report_fits_the_schema_and_keeps_its_order() {
        let schema = jsonschema::validator_for(&schema()).unwrap();
        for report in [sample::empty(), sample::small(), sample::many(60), sample::by_framework()] {
            let text = render(&report).unwrap();
            let value: serde_json::Value = serde_json::from_str(&text).unwrap();
            let errors: Vec<_> = schema.iter_errors(&value).map(|error| error.to_string()).collect();
            assert_eq!(errors, Vec::<String>::new());
        }
        let mut text = render(&sample::small()).unwrap();
        assert!(text.ends_with("}\n"));
        for key in ["version", "tool", "scan", "summary", "coverage", "results"] {
            let at = text.find(&format!("\n  \"{key}\": ")).unwrap();
            text.drain(..at);
        }
        let broken = serde_json::json!({"version": 1});
        assert!(!schema.is_valid(&broken));
    }
}
