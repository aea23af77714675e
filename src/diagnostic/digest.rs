/// A digest of texts by which a finding is known again: FNV-1a, 64 bits, the same on every machine and in every version, which
/// the standard library's hashes are not.
pub fn digest(parts: &[&str]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_the_published_one() {
        assert_eq!(digest(&[]), 0xcbf2_9ce4_8422_2325);
        assert_eq!(digest(&["a"]), (0xaf63_dc4c_8601_ec8c_u64).wrapping_mul(0x100_0000_01b3));
    }
}
