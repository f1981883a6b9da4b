//! MD5 (RFC 1321) and SHA-1 (RFC 3174): they name things in Terraform code, and protect nothing here.

/// MD5.
#[allow(clippy::many_single_char_names)] // The RFC's own names.
pub(super) fn md5(bytes: &[u8]) -> [u8; 16] {
    const SHIFTS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
    let mut state = [0x6745_2301_u32, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    for block in padded(bytes, u64::to_le_bytes).chunks_exact(64) {
        let words = words(block, u32::from_le_bytes);
        let [mut a, mut b, mut c, mut d] = state;
        for step in 0..64_usize {
            let (mix, word) = match step / 16 {
                0 => ((b & c) | (!b & d), step),
                1 => ((d & b) | (!d & c), (5 * step + 1) % 16),
                2 => (b ^ c ^ d, (3 * step + 5) % 16),
                _ => (c ^ (b | !d), (7 * step) % 16),
            };
            // The table of RFC 1321: 2³² · |sin(step + 1)|.
            let constant = (((step + 1) as f64).sin().abs() * 4_294_967_296.0) as u32;
            let shift = SHIFTS.get(step / 16).and_then(|row| row.get(step % 4)).copied().unwrap_or_default();
            let word = words.get(word).copied().unwrap_or_default();
            let sum = a.wrapping_add(mix).wrapping_add(constant).wrapping_add(word);
            (a, d, c, b) = (d, c, b, b.wrapping_add(sum.rotate_left(shift)));
        }
        for (own, more) in state.iter_mut().zip([a, b, c, d]) {
            *own = own.wrapping_add(more);
        }
    }
    joined(&state, u32::to_le_bytes)
}

/// SHA-1.
#[allow(clippy::many_single_char_names)] // The RFC's own names.
pub(super) fn sha1(bytes: &[u8]) -> [u8; 20] {
    let mut state = [0x6745_2301_u32, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    for block in padded(bytes, u64::to_be_bytes).chunks_exact(64) {
        let mut words = words(block, u32::from_be_bytes);
        for at in 16..80_usize {
            let before = |back: usize| words.get(at - back).copied().unwrap_or_default();
            let next = (before(3) ^ before(8) ^ before(14) ^ before(16)).rotate_left(1);
            words.push(next);
        }
        let [mut a, mut b, mut c, mut d, mut e] = state;
        for (step, word) in words.into_iter().enumerate() {
            let (mix, constant) = match step / 20 {
                0 => ((b & c) | (!b & d), 0x5a82_7999_u32),
                1 => (b ^ c ^ d, 0x6ed9_eba1),
                2 => ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc),
                _ => (b ^ c ^ d, 0xca62_c1d6),
            };
            let sum = a.rotate_left(5).wrapping_add(mix).wrapping_add(e).wrapping_add(constant);
            (e, d, c, b, a) = (d, c, b.rotate_left(30), a, sum.wrapping_add(word));
        }
        for (own, more) in state.iter_mut().zip([a, b, c, d, e]) {
            *own = own.wrapping_add(more);
        }
    }
    joined(&state, u32::to_be_bytes)
}

/// Bytes, a one bit, zeros up to a block less eight bytes, and the length in bits.
fn padded(bytes: &[u8], length: fn(u64) -> [u8; 8]) -> Vec<u8> {
    let mut all = bytes.to_vec();
    all.push(0x80);
    all.resize((all.len() + 8).next_multiple_of(64) - 8, 0);
    all.extend(length((bytes.len() as u64).wrapping_mul(8)));
    all
}

fn words(block: &[u8], read: fn([u8; 4]) -> u32) -> Vec<u32> {
    block.chunks_exact(4).map(|word| read(word.try_into().unwrap_or_default())).collect()
}

fn joined<const N: usize>(state: &[u32], write: fn(u32) -> [u8; 4]) -> [u8; N] {
    let mut bytes = [0; N];
    for (own, byte) in bytes.iter_mut().zip(state.iter().flat_map(|word| write(*word))) {
        *own = byte;
    }
    bytes
}

/// Bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    let digit = |digit: u8| char::from_digit(u32::from(digit), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
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
            assert_eq!(hex(&md5(text.as_bytes())), md5_hex);
            assert_eq!(hex(&sha1(text.as_bytes())), sha1_hex);
        }
    }
}
