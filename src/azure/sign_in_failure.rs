//! What to say of a failed sign-in: Entra's own words, cut to one line, and what to do.

use std::error::Error;

const LONGEST: usize = 240;

/// The SDK begins with the name of its own type.
const PREAMBLE: &str = "Credential authentication failed. ";

/// Entra's error, code first (`AADSTS7000215: Invalid client secret provided.`), from anywhere in
/// the chain of causes; else the innermost cause. The SDK often loses the outer text.
pub fn short_reason(error: &(dyn Error + 'static)) -> String {
    let chain: Vec<String> =
        std::iter::successors(Some(error), |&error| error.source()).map(ToString::to_string).collect();
    let entra = chain.iter().find_map(|text| text.find("AADSTS").map(|at| text[at..].to_owned()));
    let text = entra.unwrap_or_else(|| chain.join(": "));
    let at = text.find(PREAMBLE).map_or(0, |at| at + PREAMBLE.len());
    one_line(&text[at..])
}

/// The first sentence or line, without control characters, of bounded length.
fn one_line(text: &str) -> String {
    let ends = ["Trace ID", "\\r", "\\n", "\r", "\n"];
    let text = text.trim_start();
    let end = ends.iter().filter_map(|mark| text.find(mark)).min();
    text[..end.unwrap_or(text.len())]
        .chars()
        .filter(|c| !c.is_control())
        .take(LONGEST)
        .collect::<String>()
        .trim_end()
        .to_owned()
}

/// What to do about one of Entra's error codes, or about a CLI that isn't there.
/// Codes: <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>.
pub fn advice(reason: &str) -> Option<&'static str> {
    const KNOWN: &[(&str, &str)] = &[
        ("AADSTS7000215", "set AZURE_CLIENT_SECRET to the secret's value (not its id)"),
        ("AADSTS7000222", "the client secret has expired: create a new one"),
        ("AADSTS700016", "check AZURE_CLIENT_ID, and that the application exists in this tenant"),
        ("AADSTS90002", "check the tenant's id or name, and the cloud"),
        ("AADSTS900023", "check the tenant's id or name"),
        ("AADSTS70021", "no federated credential of the application matches issuer and subject"),
        ("AADSTS700213", "no federated credential of the application matches issuer and subject"),
        ("AADSTS700024", "the federated token has expired: check the clock and the token file"),
        ("AADSTS53003", "a Conditional Access policy blocks this sign-in"),
        ("AADSTS50076", "multi-factor authentication is needed: run `az login` again"),
        ("AADSTS700082", "the sign-in has expired: run `az login` again"),
        ("AADSTS50173", "the sign-in was revoked: run `az login` again"),
        ("not found on PATH", "install the Azure CLI, or sign in another way"),
        ("az login", "run `az login`"),
    ];
    KNOWN
        .iter()
        .filter(|(mark, _)| {
            reason.match_indices(mark).any(|(at, _)| {
                // AADSTS70021 is not AADSTS700213.
                !reason[at + mark.len()..].starts_with(|c: char| c.is_ascii_digit())
            })
        })
        .map(|(_, next)| *next)
        .next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use azure_core::error::{Error as SdkError, ErrorKind};

    #[test]
    fn entras_words_are_found_in_the_chain() {
        let inner = SdkError::with_message(
            ErrorKind::DataConversion,
            "invalid type: string \"AADSTS700016: Application with identifier 'x' was not found.\\r\\nTrace ID: 7\"",
        );
        let outer = SdkError::with_error(ErrorKind::Credential, inner, "ClientSecretCredential failed");
        assert_eq!(short_reason(&outer), "AADSTS700016: Application with identifier 'x' was not found.");
        let plain = SdkError::with_message(
            ErrorKind::Credential,
            "AzureCliCredential authentication failed. az not found on PATH\nmore",
        );
        assert_eq!(short_reason(&plain), "az not found on PATH");
    }

    #[test]
    fn a_code_is_not_taken_for_a_longer_one() {
        assert!(advice("AADSTS70021: x").unwrap().contains("federated"));
        assert!(advice("AADSTS700016: x").unwrap().contains("AZURE_CLIENT_ID"));
        assert_eq!(advice("AADSTS7000169: x"), None);
    }
}
