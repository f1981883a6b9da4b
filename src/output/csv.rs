//! `-o csv`: one line per result, for spreadsheets.

use crate::finding::report::{Report, ResultRow};

use super::OutputError;
use super::text::spreadsheet;

const HEADER: [&str; 24] = [
    "severity",
    "verdict",
    "rule",
    "title",
    "resource",
    "resource_type",
    "resource_name",
    "resource_group",
    "subscription",
    "region",
    "sub_key",
    "message",
    "property",
    "value",
    "reason",
    "file",
    "line",
    "fix",
    "fix_command",
    "controls",
    "fingerprint",
    "property_of",
    "baseline_state",
    "suppression",
];

/// The results as CSV with a header. A cell that a spreadsheet would take for a formula begins with
/// an apostrophe.
pub fn render(report: &Report) -> Result<String, OutputError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADER)?;
    for row in &report.results {
        writer.write_record(cells(row).iter().map(|cell| spreadsheet(cell).into_owned()))?;
    }
    let bytes = writer.into_inner().map_err(::csv::IntoInnerError::into_error)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn cells(row: &ResultRow) -> [String; HEADER.len()] {
    let resource = &row.resource;
    let (file, line) = row
        .location
        .as_ref()
        .map_or_else(Default::default, |location| (location.file.clone(), location.start_line.to_string()));
    let (fix, command) =
        row.fix.as_ref().map_or_else(Default::default, |fix| (fix.summary.clone(), fix.azure_cli.clone()));
    let value = match &row.value {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let controls: Vec<String> = row
        .controls
        .iter()
        .flat_map(|(framework, ids)| ids.iter().map(move |id| format!("{framework}:{id}")))
        .collect();
    [
        row.severity.word().to_owned(),
        row.verdict.word().to_owned(),
        row.rule.clone(),
        row.title.to_string(),
        resource.id.clone(),
        resource.kind.clone(),
        resource.name.clone(),
        resource.resource_group.clone(),
        resource.subscription.clone(),
        resource.location.clone(),
        row.sub_key.clone(),
        row.message.clone(),
        row.path.clone(),
        value,
        row.reason.clone().unwrap_or_default(),
        file,
        line,
        fix,
        command,
        controls.join(" "),
        row.fingerprint.clone(),
        row.path_resource.clone().unwrap_or_default(),
        row.baseline_state.map(|state| state.word().to_owned()).unwrap_or_default(),
        row.suppression.as_ref().map(|it| format!("until {}: {}", it.until, it.reason)).unwrap_or_default(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::sample;

    #[test]
    fn what_a_spreadsheet_gets() {
        insta::assert_snapshot!(render(&sample::small()).unwrap());
    }

    #[test]
    fn every_cell_comes_back_and_none_is_a_formula() {
        let report = sample::many(60);
        let text = render(&report).unwrap();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let records: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().unwrap();
        assert_eq!(records.len(), report.results.len());
        for cell in records.iter().flatten() {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
        }
    }
}
