//! Numbers as they are read.

/// A count with its digits in groups: `12,480`.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped_from_the_end() {
        assert_eq!([0, 999, 1_000, 12_480, 1_000_000].map(grouped), ["0", "999", "1,000", "12,480", "1,000,000"]);
    }
}
