//! Versions, spans and moments as Azure and rule files write them.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::inventory::duration;

/// `1.2`, `TLS1_2`, `TLSv1.2`, `Tls12` → `[1, 2]`. `None` without any digit.
pub fn version(text: &str) -> Option<Vec<u32>> {
    let digits = text.trim_start_matches(|symbol: char| !symbol.is_ascii_digit());
    let parts: Vec<&str> = digits.split(['.', '_', '-']).collect();
    // Cosmos DB and App Gateway write TLS versions without a dot.
    if let [one] = parts.as_slice()
        && text.to_ascii_lowercase().starts_with("tls")
        && one.len() == 2
    {
        return one.chars().map(|digit| digit.to_digit(10)).collect();
    }
    let numbers: Vec<u32> = parts.iter().map_while(|part| part.parse().ok()).collect();
    (!numbers.is_empty()).then_some(numbers)
}

/// `90d`, `12h`, `30m`, `45s`, `P90D`, `PT12H`, `7.00:00:00`, `12:00:00` → seconds.
pub fn span(text: &str) -> Option<i64> {
    let text = text.trim();
    if text.starts_with(['P', 'p']) {
        return duration::seconds(text);
    }
    if text.contains(':') {
        return clock_span(text);
    }
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: i64 = number.parse().ok()?;
    let seconds = match unit {
        "d" => 86_400,
        "h" => 3_600,
        "m" => 60,
        "s" => 1,
        _ if text == "0" => return Some(0),
        _ => return None,
    };
    number.checked_mul(seconds)
}

/// .NET's `[d.]hh:mm:ss`.
fn clock_span(text: &str) -> Option<i64> {
    let (days, clock) = text.split_once('.').filter(|(days, _)| !days.contains(':')).unwrap_or(("0", text));
    let mut parts = clock.split(':').map(|part| part.parse::<i64>().ok());
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?);
    days.parse::<i64>().ok()?.checked_mul(86_400)?.checked_add(hours * 3_600 + minutes * 60 + seconds)
}

/// A moment in Unix seconds: RFC 3339, or the seconds themselves as Key Vault writes them.
pub fn moment(text: &str) -> Option<i64> {
    if let Ok(seconds) = text.parse::<i64>() {
        return Some(seconds);
    }
    let text = text.trim();
    OffsetDateTime::parse(text, &Rfc3339)
        // Azure sometimes leaves the offset out; it always means UTC.
        .or_else(|_| OffsetDateTime::parse(&format!("{text}Z"), &Rfc3339))
        // A date alone is its first moment.
        .or_else(|_| OffsetDateTime::parse(&format!("{text}T00:00:00Z"), &Rfc3339))
        .ok()
        .map(OffsetDateTime::unix_timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_in_all_spellings() {
        for text in ["1.2", "TLS1_2", "TLSv1.2", "Tls12", "tls1_2"] {
            assert_eq!(version(text), Some(vec![1, 2]), "{text}");
        }
        assert_eq!(version("~4"), Some(vec![4]));
        assert_eq!(version("None"), None);
    }

    #[test]
    fn spans_in_all_spellings() {
        let cases = [
            ("90d", 7_776_000),
            ("P90D", 7_776_000),
            ("P1Y", 31_536_000),
            ("PT12H", 43_200),
            ("7.00:00:00", 604_800),
            ("01:30:00", 5_400),
        ];
        for (text, seconds) in cases {
            assert_eq!(span(text), Some(seconds), "{text}");
        }
        for text in ["", "d", "90", "P5", "x:y", "P1X", "é"] {
            assert_eq!(span(text), None, "{text}");
        }
    }

    #[test]
    fn moments_in_all_spellings() {
        for text in
            ["2026-01-01T00:00:00Z", "1767225600", "2026-01-01T01:00:00+01:00", "2026-01-01T00:00:00.0000000"]
        {
            assert_eq!(moment(text), Some(1_767_225_600), "{text}");
        }
        assert_eq!(moment("soon"), None);
    }
}
