//! Base64 (RFC 4648) as the functions of infrastructure code have it.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Bits behind the last byte are passed over, as Go and .NET do.
const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
const PADDED: GeneralPurpose = GeneralPurpose::new(&STANDARD, CONFIG);
const ANY_PADDING: GeneralPurpose =
    GeneralPurpose::new(&STANDARD, CONFIG.with_decode_padding_mode(DecodePaddingMode::Indifferent));

/// Bytes as Base64, with padding.
pub fn encode(bytes: &[u8]) -> String {
    PADDED.encode(bytes)
}

/// The bytes that a padded text stands for; nothing if it is none. Line breaks are passed over, as in Go.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    PADDED.decode(without(text, |byte| matches!(byte, b'\r' | b'\n'))).ok()
}

/// The bytes that a text stands for, whether it is padded or not; nothing if it is none. White space is passed
/// over, as in .NET.
pub fn decode_any_padding(text: &str) -> Option<Vec<u8>> {
    ANY_PADDING.decode(without(text, |byte| byte.is_ascii_whitespace())).ok()
}

fn without(text: &str, dropped: impl Fn(u8) -> bool) -> Vec<u8> {
    text.bytes().filter(|byte| !dropped(*byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_4648_vectors() {
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encode(plain.as_bytes()), coded);
            assert_eq!(decode(coded).as_deref(), Some(plain.as_bytes()));
        }
        for broken in ["Zg=", "Z===", "Zg=g", "Z*==", "="] {
            assert_eq!(decode(broken), None, "{broken}");
        }
        for (coded, plain) in [("Zm8", "fo"), ("Zm 8=\n", "fo"), ("Zm9vYg==", "foob")] {
            assert_eq!(decode_any_padding(coded).as_deref(), Some(plain.as_bytes()), "{coded}");
        }
        assert_eq!(decode_any_padding("Z*"), None);
    }
}
