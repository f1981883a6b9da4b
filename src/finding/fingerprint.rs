//! The identity of a finding across scans (design: it never changes with severity, message, line,
//! time, pack version, array order or display names).

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// `sha256("v1" \n rule id \n lower-case resource id \n sub key)`, hex; of a resource in code the id is its
/// address there.
pub fn fingerprint(rule: &str, resource: &str, sub_key: &str) -> String {
    let text = format!("v1\n{rule}\n{}\n{sub_key}", resource.to_ascii_lowercase());
    hex(&Sha256::digest(text.as_bytes()))
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_letter_case_of_an_id_does_not_change_it() {
        let of = |id: &str| fingerprint("nsg-rdp-from-internet", id, "allow-rdp");
        let one = of("/subscriptions/A/resourceGroups/g/providers/Microsoft.Network/networkSecurityGroups/n");
        assert_eq!(
            one,
            of("/subscriptions/a/resourcegroups/G/providers/microsoft.network/networksecuritygroups/N")
        );
        // Pinned: a change here loses every user's history.
        assert_eq!(one, "857a69e352483c1fc292724d33a982570eca4e41da407b91150ddca8b26f6cfc");
    }
}
