//! Addresses and encodings.

use super::{Failure, Outcome, Site, argument, string};
use crate::source::arm::frame::Value;
use crate::source::code::base64;

/// Calls a function of this family.
pub(super) fn call(name: &str, arguments: &[Value], site: &Site<'_>) -> Option<Outcome> {
    let text = || argument(arguments, 0, name).and_then(|node| site.exact(node));
    let worked = || text().and_then(|text| site.work(text.len() / 16).map(|()| text));
    let outcome = match name {
        "base64" => worked().and_then(|text| site.text(base64::encode(text.as_bytes()))),
        "base64tostring" => worked().and_then(|text| site.text(decoded(text)?)),
        "base64tojson" => worked().and_then(|text| string::parsed(&decoded(text)?, site)),
        "datauri" => worked().and_then(|text| {
            site.text(format!("data:text/plain;charset=utf8;base64,{}", base64::encode(text.as_bytes())))
        }),
        "datauritostring" => worked().and_then(|text| site.text(from_data_uri(text)?)),
        "uricomponent" => worked().and_then(|text| site.text(escaped(text))),
        "uricomponenttostring" => worked().and_then(|text| site.text(unescaped(text)?)),
        "uri" => uri(arguments, site),
        _ => return None,
    };
    Some(outcome)
}

fn decoded(text: &str) -> Result<String, Failure> {
    let bytes = base64::decode_any_padding(text).and_then(|bytes| String::from_utf8(bytes).ok());
    bytes.ok_or_else(|| Failure::reason("is decoded from base64 that is none, or that is no text"))
}

fn from_data_uri(text: &str) -> Result<String, Failure> {
    let wrong = || Failure::reason("is read from a data URI that is none");
    let (head, data) = text.strip_prefix("data:").and_then(|rest| rest.split_once(',')).ok_or_else(wrong)?;
    if head.ends_with(";base64") { decoded(data) } else { unescaped(data) }
}

/// As .NET's `Uri.EscapeDataString`: all but RFC 3986's unreserved characters.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn unescaped(text: &str) -> Result<String, Failure> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, after)) = rest.split_once('%') {
        bytes.extend_from_slice(plain.as_bytes());
        let byte = after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let Some(byte) = byte {
            bytes.push(byte);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(b'%');
            rest = after;
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).map_err(|_| Failure::reason("is decoded from an escaped text that is none"))
}

/// `uri`: the second address as seen from the first.
/// <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-string#uri>
fn uri(arguments: &[Value], site: &Site<'_>) -> Outcome {
    let base = site.exact(argument(arguments, 0, "uri")?)?;
    let relative = site.exact(argument(arguments, 1, "uri")?)?;
    let other = || Failure::reason("is an address in a form that skytjek doesn't put together");
    if relative.starts_with("https://") || relative.starts_with("http://") {
        return site.text(relative);
    }
    let authority_at = base.find("://").ok_or_else(other)? + 3;
    let path_at = base.get(authority_at..).and_then(|rest| rest.find('/')).map(|at| at + authority_at);
    let plain = |text: &str| !text.contains(['?', '#', '\\', ' ', '%']) && text.is_ascii();
    if !plain(base)
        || relative.contains(['\\', ' ', '%'])
        || !relative.is_ascii()
        || relative.starts_with("//")
    {
        return Err(other());
    }
    let (path, tail) = relative.split_at(relative.find(['?', '#']).unwrap_or(relative.len()));
    let host = base.get(..path_at.unwrap_or(base.len())).unwrap_or_default();
    let folder = base.get(path_at.unwrap_or(base.len())..).unwrap_or_default();
    let folder = folder.rsplit_once('/').map_or("", |(folder, _)| folder);
    let joined = if path.starts_with('/') { path.to_owned() } else { format!("{folder}/{path}") };
    let mut segments: Vec<&str> = Vec::new();
    let mut parts = joined.split('/').skip(1).peekable();
    while let Some(part) = parts.next() {
        let last = parts.peek().is_none();
        match part {
            "." if last => segments.push(""),
            "." => {}
            ".." => {
                segments.pop();
                if last {
                    segments.push("");
                }
            }
            _ => segments.push(part),
        }
    }
    site.text(format!("{}/{}{tail}", host.to_ascii_lowercase(), segments.join("/")))
}
