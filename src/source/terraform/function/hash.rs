//! Hashes of texts. Those of files are in `file.rs`.

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};

use super::{Body, Call, Needs};
use crate::finding::fingerprint::hex;
use crate::source::code::base64;
use crate::source::terraform::budget::Failure;
use crate::source::terraform::value::{Outcome, Value};

pub(super) fn find(name: &str) -> Option<(Needs, Body)> {
    let body: Body = match name {
        "base64sha256" | "base64sha512" | "md5" | "sha1" | "sha256" | "sha512" => |call| {
            let text = call.text(0)?;
            call.evaluator.budget.charge(text.len() as u64 / 8)?;
            match hashed(call.name, text.as_bytes()) {
                Some(hash) => call.done_text(hash),
                None => call.unknown("depends on a hash that is not evaluated"),
            }
        },
        "bcrypt" | "uuid" => {
            |call| call.unknown(format!("is made by '{}', which differs each time", call.name))
        }
        "rsadecrypt" => |call| Ok(Value::unknown("is encrypted", call.span).with_secret(true)),
        "uuidv5" => uuid_v5,
        _ => return None,
    };
    Some((Needs::All, body))
}

/// A hash by its function's name.
pub(super) fn hashed(name: &str, bytes: &[u8]) -> Option<String> {
    Some(match name {
        "md5" => hex(&Md5::digest(bytes)),
        "sha1" => hex(&Sha1::digest(bytes)),
        "sha256" => hex(&Sha256::digest(bytes)),
        "sha512" => hex(&Sha512::digest(bytes)),
        "base64sha256" => base64::encode(&Sha256::digest(bytes)),
        "base64sha512" => base64::encode(&Sha512::digest(bytes)),
        _ => return None,
    })
}

/// A UUID by name (RFC 9562, version 5).
fn uuid_v5(call: &Call<'_, '_, '_>) -> Outcome {
    let (namespace, name) = (call.text(0)?, call.text(1)?);
    let known = match namespace.as_ref() {
        "dns" => "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        "url" => "6ba7b811-9dad-11d1-80b4-00c04fd430c8",
        "oid" => "6ba7b812-9dad-11d1-80b4-00c04fd430c8",
        "x500" => "6ba7b814-9dad-11d1-80b4-00c04fd430c8",
        other => other,
    };
    let digits: String = known.chars().filter(|c| *c != '-').collect();
    let space = u128::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 32);
    let space = space.ok_or_else(|| Failure::new("the namespace is no UUID"))?;
    let hash = Sha1::digest([&space.to_be_bytes(), name.as_bytes()].concat());
    let mut bits = hash.iter().take(16).fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    bits = bits & !(0xf << 76) | 5 << 76;
    bits = bits & !(3 << 62) | 2 << 62;
    let hex = format!("{bits:032x}");
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    call.done_text(format!(
        "{}-{}-{}-{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_of_the_rfcs() {
        for (text, md5_hex, sha1_hex) in [
            ("", "d41d8cd98f00b204e9800998ecf8427e", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            ("abc", "900150983cd24fb0d6963f7d28e17f72", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (
                "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
                "57edf4a22be3c955ac49da2e2107b67a",
                "50abf5706a150990a08b2c5ea40fa0e585554732",
            ),
        ] {
            assert_eq!(hashed("md5", text.as_bytes()).as_deref(), Some(md5_hex));
            assert_eq!(hashed("sha1", text.as_bytes()).as_deref(), Some(sha1_hex));
        }
    }
}
