//! Encodings.

use super::{Body, Call, Needs, csv, json, yaml};
use crate::source::code::base64;
use crate::source::terraform::budget::Failure;
use crate::source::terraform::value::Outcome;

pub(super) fn find(name: &str) -> Option<(Needs, Body)> {
    let body: Body = match name {
        "base64decode" => |call| {
            let bytes =
                base64::decode(&call.text(0)?).ok_or_else(|| Failure::new("the text is no Base64"))?;
            let text = String::from_utf8(bytes).map_err(|_| Failure::new("the bytes are no UTF-8 text"))?;
            call.done_text(text)
        },
        "base64encode" => |call| call.done_text(base64::encode(call.text(0)?.as_bytes())),
        "base64gzip" => |call| call.unknown("is compressed, and compressors differ"),
        "csvdecode" => |call| csv::decode(&call.text(0)?, call.span(), &call.evaluator.budget),
        "jsondecode" => |call| json::decode(&call.text(0)?, call.span(), &call.evaluator.budget),
        "jsonencode" => |call| call.done_text(json::encode(call.value(0)?, &call.evaluator.budget)?),
        "yamldecode" => |call| yaml::decode(&call.text(0)?, call.span(), &call.evaluator.budget),
        "yamlencode" => |call| call.unknown("is made by 'yamlencode', which is not evaluated"),
        "textencodebase64" => text_encode,
        "textdecodebase64" => text_decode,
        "urlencode" => |call| call.done_text(url_encoded(&call.text(0)?)),
        "urldecode" => url_decode,
        _ => return None,
    };
    Some((Needs::All, body))
}

fn text_encode(call: &Call<'_, '_, '_>) -> Outcome {
    let (text, name) = (call.text(0)?, call.text(1)?);
    let bytes: Vec<u8> = match name.to_ascii_uppercase().as_str() {
        "UTF-8" => text.as_bytes().to_vec(),
        "UTF-16LE" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "UTF-16BE" => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        _ => return call.unknown(format!("is text in '{name}', which is not evaluated")),
    };
    call.done_text(base64::encode(&bytes))
}

fn text_decode(call: &Call<'_, '_, '_>) -> Outcome {
    let bytes = base64::decode(&call.text(0)?).ok_or_else(|| Failure::new("the text is no Base64"))?;
    let name = call.text(1)?;
    let units = |read: fn([u8; 2]) -> u16| {
        let units: Vec<u16> =
            bytes.chunks_exact(2).map(|pair| read(pair.try_into().unwrap_or_default())).collect();
        String::from_utf16(&units).ok()
    };
    let text = match name.to_ascii_uppercase().as_str() {
        "UTF-8" => String::from_utf8(bytes).ok(),
        "UTF-16LE" => units(u16::from_le_bytes),
        "UTF-16BE" => units(u16::from_be_bytes),
        _ => return call.unknown(format!("is text in '{name}', which is not evaluated")),
    };
    call.done_text(text.ok_or_else(|| Failure::new(format!("the bytes are no text in {name}")))?)
}

/// As a form is sent: a space becomes `+`.
fn url_encoded(text: &str) -> String {
    let mut coded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => coded.push(byte as char),
            b' ' => coded.push('+'),
            _ => coded.push_str(&format!("%{byte:02X}")),
        }
    }
    coded
}

fn url_decode(call: &Call<'_, '_, '_>) -> Outcome {
    let text = call.text(0)?;
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || rest.next().and_then(|digit| (digit as char).to_digit(16));
                match (digit(), digit()) {
                    (Some(high), Some(low)) => (high * 16 + low) as u8,
                    _ => return Err(Failure::new("the text has '%' without two digits")),
                }
            }
            byte => byte,
        });
    }
    let text = String::from_utf8(bytes).map_err(|_| Failure::new("the bytes are no UTF-8 text"))?;
    call.done_text(text)
}
