//! Text that Azure carries in base64: user data and custom data of machines.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// With or without padding, as different tools write it.
const TOLERANT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Azure takes 64 KiB of either. <https://learn.microsoft.com/azure/virtual-machines/user-data>
const MAX_TEXT: usize = 128 * 1024;

/// What stands in a text in base64; `None` where it is no base64, no text (compressed, say), or longer than Azure
/// takes it.
pub fn from_base64(text: &str) -> Option<String> {
    if text.len() > MAX_TEXT {
        return None;
    }
    let packed: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    String::from_utf8(TOLERANT.decode(packed).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_text_comes_out() {
        for (text, expected) in [
            ("cGFzc3dvcmQ9aHVudGVyMg==", Some("password=hunter2")),
            ("cGFzc3dvcmQ9aHVudGVyMg", Some("password=hunter2")),
            ("cGFzc3dv\ncmQ9aHVudGVyMg==\n", Some("password=hunter2")),
            ("", Some("")),
            ("password=hunter2", None),
            // The first bytes of a gzip file, which cloud-init takes as well.
            ("H4sIAAAAAAAA/w==", None),
        ] {
            assert_eq!(from_base64(text).as_deref(), expected, "{text}");
        }
        assert_eq!(from_base64(&"A".repeat(MAX_TEXT + 1)), None);
    }
}
