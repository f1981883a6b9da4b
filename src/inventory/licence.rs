//! Refusals that no permission would lift: the tenant has not bought what the call needs.

/// Microsoft Entra's codes, and what they ask for. Privileged Identity Management sends its code with
/// status 400; reports and sign-in activity send theirs with 403.
/// <https://learn.microsoft.com/entra/id-governance/licensing-fundamentals>
const CODES: &[(&str, &str)] = &[
    ("AadPremiumLicenseRequired", P2),
    ("PimLicenseRequired", P2),
    // Also sent to an identity that may not read the tenant's licences (`Organization.Read.All`).
    ("Authentication_RequestFromNonPremiumTenantOrB2CTenant", P1),
];

const P1: &str = "Microsoft Entra ID P1 or P2";
const P2: &str = "Microsoft Entra ID P2 or Microsoft Entra ID Governance";

/// The licence whose lack a refusal with this code and message is about; `None` when it is about
/// something else.
pub fn missing_licence(code: Option<&str>, message: Option<&str>) -> Option<&'static str> {
    let message = message.unwrap_or_default().to_ascii_lowercase();
    let code = code.unwrap_or_default();
    let is_known = |known: &str| {
        // Some answers carry the code of the service behind inside the message.
        code.eq_ignore_ascii_case(known) || message.contains(&known.to_ascii_lowercase())
    };
    if let Some((_, licence)) = CODES.iter().find(|(known, _)| is_known(known)) {
        return Some(licence);
    }
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if !(says(&["licens"]) && says(&["tenant"])) {
        return None;
    }
    Some(if says(&["p2", "premium 2", "governance"]) {
        P2
    } else if says(&["premium", "p1"]) {
        P1
    } else {
        "the licence of the feature"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_licence_is_told_from_a_permission() {
        let cases = [
            (
                "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
                "Neither tenant is B2C or tenant doesn't have premium license",
                Some(P1),
            ),
            (
                "AadPremiumLicenseRequired",
                "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license.",
                Some(P2),
            ),
            ("BadRequest", "The tenant needs an AAD Premium 2 license.", Some(P2)),
            ("UnknownError", "{\"errorCode\":\"AadPremiumLicenseRequired\"}", Some(P2)),
            (
                "Forbidden",
                "Your tenant is not licensed for this feature.",
                Some("the licence of the feature"),
            ),
            ("Authorization_RequestDenied", "Insufficient privileges to complete the operation.", None),
            (
                "AccessDenied",
                "You cannot perform the requested operation, required scopes are missing.",
                None,
            ),
        ];
        for (code, message, expected) in cases {
            assert_eq!(missing_licence(Some(code), Some(message)), expected, "{message}");
        }
        assert_eq!(missing_licence(None, None), None);
    }
}
