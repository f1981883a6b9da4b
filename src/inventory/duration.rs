//! Lengths of time as Azure writes them, after ISO 8601.

/// Seconds of `P90D`, `P1Y`, `P1Y2M3D`, `P7DT12H`; years count 365 days and months 30, as Key Vault does for
/// rotation policies. `None` where it is no such length.
pub fn seconds(text: &str) -> Option<i64> {
    let text = text.trim().strip_prefix(['P', 'p'])?;
    let (mut total, mut number, mut time) = (0_i64, String::new(), false);
    for symbol in text.chars() {
        let unit = symbol.to_ascii_uppercase();
        if symbol.is_ascii_digit() {
            number.push(symbol);
        } else if unit == 'T' && number.is_empty() {
            time = true;
        } else {
            let seconds = match (unit, time) {
                ('Y', false) => 365 * 86_400,
                ('M', false) => 30 * 86_400,
                ('W', false) => 7 * 86_400,
                ('D', false) => 86_400,
                ('H', true) => 3_600,
                ('M', true) => 60,
                ('S', true) => 1,
                _ => return None,
            };
            total = total.checked_add(number.parse::<i64>().ok()?.checked_mul(seconds)?)?;
            number.clear();
        }
    }
    (number.is_empty() && !text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_rotation_policies() {
        let day = 86_400;
        let cases = [
            ("P90D", Some(90 * day)),
            ("p1y2m3d", Some((365 + 60 + 3) * day)),
            ("P7DT12H", Some(7 * day + 43_200)),
            ("PT30M", Some(1_800)),
            ("P", None),
            ("90D", None),
            ("P1H", None),
            ("PD", None),
            ("P9", None),
            ("P99999999999999999999D", None),
            ("P9999999999999999Y", None),
        ];
        for (text, expected) in cases {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }
}
