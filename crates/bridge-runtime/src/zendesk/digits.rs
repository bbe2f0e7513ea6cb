//! Comparing numbers where only sameness of digits counts. Reading numbers is the core's business.

use bridge_core::number::E164;

/// Whether this text is the number in full, formatting aside: `+49 (721) 123-456` or `0049 721 123456`.
///
/// A national spelling is not: `0721 123456` is somebody else's in another country. Nor is one with an extension
/// (`+49721123456x12`).
pub(super) fn is_in_full(typed: &str, number: &E164) -> bool {
    let typed = typed.trim();
    if typed.chars().any(char::is_alphabetic) {
        return false;
    }
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    let international = if typed.starts_with('+') {
        Some(digits.as_str())
    } else {
        digits.strip_prefix("00")
    };
    international == number.as_str().strip_prefix('+')
}

#[cfg(test)]
mod tests {
    use bridge_core::number::E164;

    use super::is_in_full;

    #[test]
    fn formatting_does_not_count_and_everything_else_does() {
        let number = E164::parse("+49721123456").unwrap();
        for same in ["+49721123456", " +49 (721) 123-456", "0049 721 123456"] {
            assert!(is_in_full(same, &number), "{same}");
        }
        for other in [
            "",
            "0721 123456",
            "721123456",
            "49721123456",
            "+4972112345",
            "+49721123456x12",
            "+1 49721123456",
            "+0049721123456",
        ] {
            assert!(!is_in_full(other, &number), "{other}");
        }
    }
}
