//! Points in time. The present is not known: it is another at each run.

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::{Body, Needs};
use crate::source::terraform::budget::Failure;

pub(super) fn find(name: &str) -> Option<(Needs, Body)> {
    let body: Body = match name {
        "timestamp" | "plantimestamp" => |call| call.unknown("is the time of the run"),
        "timeadd" => |call| {
            let (start, duration) = (instant(&call.text(0)?)?, duration(&call.text(1)?)?);
            let end = start.checked_add(duration).ok_or_else(|| Failure::new("the time is out of range"))?;
            call.done_text(end.format(&Rfc3339).map_err(|_| Failure::new("the time is out of range"))?)
        },
        "timecmp" => |call| {
            let order = instant(&call.text(0)?)?.cmp(&instant(&call.text(1)?)?);
            call.done_number(order as i64)
        },
        "formatdate" => |call| {
            let text = format(&call.text(0)?, instant(&call.text(1)?)?)?;
            call.done_text(text)
        },
        _ => return None,
    };
    Some((Needs::All, body))
}

fn instant(text: &str) -> Result<OffsetDateTime, Failure> {
    OffsetDateTime::parse(text, &Rfc3339).map_err(|_| Failure::new("a time is not as RFC 3339 has it"))
}

/// Go's durations: `1h30m`, `-1.5s`.
fn duration(text: &str) -> Result<Duration, Failure> {
    let broken = || Failure::new(format!("'{text}' is no duration, such as '10m'"));
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(Duration::ZERO);
    }
    if rest.is_empty() {
        return Err(broken());
    }
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(broken)?;
        let (number, behind) = rest.split_at(digits);
        let units = behind.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(units);
        let scale = match unit {
            "ns" => 1e-9,
            "us" | "µs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3_600.0,
            _ => return Err(broken()),
        };
        seconds += number.parse::<f64>().map_err(|_| broken())? * scale;
        rest = behind;
    }
    Duration::checked_seconds_f64(sign * seconds).ok_or_else(broken)
}

/// <https://developer.hashicorp.com/terraform/language/functions/formatdate>
fn format(spec: &str, at: OffsetDateTime) -> Result<String, Failure> {
    let mut text = String::new();
    let mut chars = spec.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\'' {
            loop {
                match chars.next() {
                    Some('\'') if chars.next_if_eq(&'\'').is_some() => text.push('\''),
                    Some('\'') => break,
                    Some(c) => text.push(c),
                    None => return Err(Failure::new("the format has a quote that isn't closed")),
                }
            }
            continue;
        }
        if !c.is_ascii_alphabetic() {
            text.push(c);
            continue;
        }
        let mut run = c.to_string();
        while let Some(same) = chars.next_if_eq(&c) {
            run.push(same);
        }
        text.push_str(&part(&run, at)?);
    }
    Ok(text)
}

fn part(run: &str, at: OffsetDateTime) -> Result<String, Failure> {
    let (month, weekday) = (at.month().to_string(), at.weekday().to_string());
    let short = |name: &str| name.chars().take(3).collect::<String>();
    let hour12 = (at.hour() + 11) % 12 + 1;
    let noon = if at.hour() < 12 { "am" } else { "pm" };
    let offset = at.offset();
    let sign = if offset.is_negative() { '-' } else { '+' };
    let (hours, minutes) = (offset.whole_hours().unsigned_abs(), offset.minutes_past_hour().unsigned_abs());
    let utc = offset.is_utc();
    Ok(match run {
        "YYYY" => format!("{:04}", at.year()),
        "YY" => format!("{:02}", at.year().rem_euclid(100)),
        "MMMM" => month,
        "MMM" => short(&month),
        "MM" => format!("{:02}", u8::from(at.month())),
        "M" => u8::from(at.month()).to_string(),
        "DD" => format!("{:02}", at.day()),
        "D" => at.day().to_string(),
        "EEEE" => weekday,
        "EEE" => short(&weekday),
        "hh" => format!("{:02}", at.hour()),
        "h" => at.hour().to_string(),
        "HH" => format!("{hour12:02}"),
        "H" => hour12.to_string(),
        "AA" => noon.to_uppercase(),
        "aa" => noon.to_owned(),
        "mm" => format!("{:02}", at.minute()),
        "m" => at.minute().to_string(),
        "ss" => format!("{:02}", at.second()),
        "s" => at.second().to_string(),
        "Z" if utc => "Z".to_owned(),
        "ZZZ" if utc => "UTC".to_owned(),
        "ZZZZ" | "ZZZ" => format!("{sign}{hours:02}{minutes:02}"),
        "ZZZZZ" | "Z" => format!("{sign}{hours:02}:{minutes:02}"),
        _ => return Err(Failure::new(format!("'{run}' is no part of a date"))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_go_s() {
        for (text, seconds) in
            [("10m", 600.0), ("1h30m", 5_400.0), ("-1.5s", -1.5), ("250ms", 0.25), ("0", 0.0)]
        {
            assert_eq!(duration(text).unwrap(), Duration::seconds_f64(seconds), "{text}");
        }
        for text in ["", "10", "m", "1d", "-", "1..5s"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
