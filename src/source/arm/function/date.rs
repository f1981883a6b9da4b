//! Points in time: <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-date>.

use time::format_description::well_known::Rfc3339;
use time::{Duration, Month, OffsetDateTime, UtcOffset};

use super::{Failure, Outcome, Site, argument, integer_of};
use crate::source::arm::frame::Value;

/// Calls a function of this family.
pub(super) fn call(name: &str, arguments: &[Value], site: &Site<'_>) -> Option<Outcome> {
    let outcome = match name {
        "datetimefromepoch" => from_epoch(arguments, site),
        "datetimetoepoch" => argument(arguments, 0, name)
            .and_then(|node| site.integer(parsed(site.exact(node)?)?.unix_timestamp())),
        "datetimeadd" => add(arguments, site),
        _ => return None,
    };
    Some(outcome)
}

fn from_epoch(arguments: &[Value], site: &Site<'_>) -> Outcome {
    let seconds = integer_of(argument(arguments, 0, "dateTimeFromEpoch")?)?;
    let time = OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| out_of_bounds())?;
    site.text(time.format(&Rfc3339).map_err(|_| out_of_bounds())?)
}

fn out_of_bounds() -> Failure {
    Failure::reason("is a point in time out of bounds")
}

/// A point in time as templates write it: `2020-04-07 14:53:14Z`, `2020-04-07T14:53:14+02:00`.
fn parsed(text: &str) -> Result<OffsetDateTime, Failure> {
    let wrong = || Failure::reason(format!("uses the point in time {text:?}, which skytjek can't read"));
    let mut text = text.trim().replacen(' ', "T", 1);
    if text.len() == "2020-04-07".len() {
        text.push_str("T00:00:00");
    }
    let zoned = text.ends_with('Z') || text.rfind(['+', '-']).is_some_and(|at| at > "2020-04-07".len());
    if !zoned {
        text.push('Z');
    }
    let time = OffsetDateTime::parse(&text, &Rfc3339).map_err(|_| wrong())?;
    Ok(time.to_offset(UtcOffset::UTC))
}

/// `dateTimeAdd`. Without a format .NET's own applies, which depends on the base: that isn't evaluated.
fn add(arguments: &[Value], site: &Site<'_>) -> Outcome {
    let base = parsed(site.exact(argument(arguments, 0, "dateTimeAdd")?)?)?;
    let duration = site.exact(argument(arguments, 1, "dateTimeAdd")?)?;
    let Some(format) = arguments.get(2) else {
        return Err(Failure::reason("is a point in time without a format of its own"));
    };
    let format = site.exact(format)?;
    let time = shifted(base, duration)?;
    site.text(formatted(time, format)?)
}

/// Adds an ISO 8601 duration: `P1Y2M3DT4H5M6S`, `-PT1H`, `P2W`.
fn shifted(base: OffsetDateTime, text: &str) -> Result<OffsetDateTime, Failure> {
    let wrong = || Failure::reason(format!("adds {text:?}, which is no duration"));
    let (sign, rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let rest = rest.strip_prefix('P').ok_or_else(wrong)?;
    let (mut months, mut seconds) = (0i64, 0i64);
    let (mut number, mut in_time, mut any) = (String::new(), false, false);
    for character in rest.chars() {
        match character {
            '0'..='9' => number.push(character),
            'T' if number.is_empty() => in_time = true,
            _ => {
                let amount: i64 = number.parse().map_err(|_| wrong())?;
                let (unit, target) = match (character, in_time) {
                    ('Y', false) => (12, &mut months),
                    ('M', false) => (1, &mut months),
                    ('W', false) => (7 * 86_400, &mut seconds),
                    ('D', false) => (86_400, &mut seconds),
                    ('H', true) => (3_600, &mut seconds),
                    ('M', true) => (60, &mut seconds),
                    ('S', true) => (1, &mut seconds),
                    _ => return Err(wrong()),
                };
                let added = amount.checked_mul(unit).and_then(|amount| target.checked_add(amount));
                *target = added.ok_or_else(wrong)?;
                number.clear();
                any = true;
            }
        }
    }
    if !number.is_empty() || !any {
        return Err(wrong());
    }
    let month = i64::from(base.year()) * 12 + i64::from(u8::from(base.month())) - 1;
    let month = months.checked_mul(sign).and_then(|months| month.checked_add(months)).ok_or_else(wrong)?;
    let year = i32::try_from(month.div_euclid(12)).map_err(|_| out_of_bounds())?;
    let in_year = u8::try_from(month.rem_euclid(12) + 1).map_err(|_| out_of_bounds())?;
    let in_year = Month::try_from(in_year).map_err(|_| out_of_bounds())?;
    let day = base.day().min(in_year.length(year));
    let date = time::Date::from_calendar_date(year, in_year, day).map_err(|_| out_of_bounds())?;
    let seconds = seconds.checked_mul(sign).ok_or_else(wrong)?;
    base.replace_date(date).checked_add(Duration::seconds(seconds)).ok_or_else(out_of_bounds)
}

/// .NET's formats as far as they are digits: `u`, `s`, and patterns such as `yyyy-MM-ddTHH:mm:ssZ`.
fn formatted(time: OffsetDateTime, format: &str) -> Result<String, Failure> {
    let pattern = match format {
        "u" => "yyyy-MM-dd HH:mm:ssZ",
        "s" => "yyyy-MM-ddTHH:mm:ss",
        _ if format.len() > 1 => format,
        _ => return Err(unsupported(format)),
    };
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        let run = rest.chars().take_while(|c| *c == first).count();
        let number = |width: usize, value: i64| format!("{value:0width$}");
        match (first, run) {
            ('y', 4) => out.push_str(&number(4, time.year().into())),
            ('y', 2) => out.push_str(&number(2, i64::from(time.year()) % 100)),
            ('M', 1 | 2) => out.push_str(&number(run, u8::from(time.month()).into())),
            ('d', 1 | 2) => out.push_str(&number(run, time.day().into())),
            ('H', 1 | 2) => out.push_str(&number(run, time.hour().into())),
            ('m', 1 | 2) => out.push_str(&number(run, time.minute().into())),
            ('s', 1 | 2) => out.push_str(&number(run, time.second().into())),
            ('T' | 'Z' | '-' | '_' | ' ' | ':' | '/' | '.' | ',', _) => out.extend(rest.chars().take(run)),
            _ => return Err(unsupported(format)),
        }
        rest = rest.get(run * first.len_utf8()..).unwrap_or_default();
    }
    Ok(out)
}

fn unsupported(format: &str) -> Failure {
    Failure::reason(format!("is a point in time in the format {format:?}, which skytjek doesn't evaluate"))
}
