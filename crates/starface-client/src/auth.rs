//! How a STARFACE wants a login proved: token and secret formulas of the classic logins.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha512};

/// What proves a login. The classic protocols need the SHA-512 of the password only, so it may be kept in place of the
/// password; but whoever has it can log in with it, so it is no less a secret.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Password {
    /// The password itself.
    Plain(SecretString),
    /// Its SHA-512 in hexadecimal; [`Password::from_sha512`] checks that it is one.
    Sha512(SecretString),
}

/// A text that was to be a SHA-512 is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a SHA-512: 128 hexadecimal digits are expected, as `printf %s PASSWORD | sha512sum` prints them")]
pub struct NotSha512;

/// Where the PBX keeps its users, which decides how the secret is built.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum LoginType {
    /// On the PBX itself.
    Internal,
    /// In an Active Directory: the PBX needs the password itself.
    ActiveDirectory,
}

impl Password {
    /// A password of which only the SHA-512 is known, in hexadecimal of either case.
    ///
    /// # Errors
    /// When it is not 128 hexadecimal digits.
    pub fn from_sha512(hex: &str) -> Result<Self, NotSha512> {
        let hex = hex.trim();
        if hex.len() == 128 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            Ok(Self::Sha512(SecretString::from(hex.to_ascii_lowercase())))
        } else {
            Err(NotSha512)
        }
    }

    /// The SHA-512 of the password in lower-case hexadecimal.
    fn hash(&self) -> String {
        match self {
            Self::Plain(password) => sha512(password.expose_secret()),
            Self::Sha512(hash) => hash.expose_secret().trim().to_ascii_lowercase(),
        }
    }

    /// The password itself, if it is known.
    pub(crate) fn plain(&self) -> Option<&str> {
        match self {
            Self::Plain(password) => Some(password.expose_secret()),
            Self::Sha512(_) => None,
        }
    }
}

/// The token that goes with every UCI request and comes back with every callback, since version 6.4.2.19:
/// `L:H(L*H(P))`.
#[must_use]
pub fn uci_token(login: &str, password: &Password) -> SecretString {
    let proof = sha512(&format!("{login}*{}", password.hash()));
    SecretString::from(format!("{login}:{proof}"))
}

/// The token up to version 6.4.2.12: `md5(L*P)`, without the login before it. `None` if only the SHA-512 of the
/// password is known.
#[must_use]
pub fn uci_token_md5(login: &str, password: &Password) -> Option<SecretString> {
    let digest = Md5::digest(format!("{login}*{}", password.plain()?));
    Some(SecretString::from(hex(&digest)))
}

/// The token for users of an Active Directory: `base64(L*P)`. `None` if only the SHA-512 of the password is known.
#[must_use]
pub fn uci_token_active_directory(login: &str, password: &Password) -> Option<SecretString> {
    Some(SecretString::from(
        STANDARD.encode(format!("{login}*{}", password.plain()?)),
    ))
}

/// The secret that answers the challenge of the REST login: `L:H(L+nonce+H(P))`, or `base64(L+nonce+P)` for an Active
/// Directory. `None` if that needs the password itself and only its SHA-512 is known.
#[must_use]
pub fn rest_secret(login: &str, nonce: &str, password: &Password, login_type: LoginType) -> Option<SecretString> {
    Some(SecretString::from(match login_type {
        LoginType::Internal => format!("{login}:{}", sha512(&format!("{login}{nonce}{}", password.hash()))),
        LoginType::ActiveDirectory => STANDARD.encode(format!("{login}{nonce}{}", password.plain()?)),
    }))
}

/// Compares two secrets in a time that does not tell where they differ.
pub(crate) fn same_secret(one: &str, other: &str) -> bool {
    let (one, other) = (Sha512::digest(one), Sha512::digest(other));
    let differing = one
        .iter()
        .zip(&other)
        .fold(0, |seen, (a, b)| std::hint::black_box(seen | (a ^ b)));
    differing == 0
}

fn sha512(text: &str) -> String {
    hex(&Sha512::digest(text))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(password: &str) -> Password {
        Password::Plain(SecretString::from(password))
    }

    const HASH: &str = "d01feaafb5359e1fa2c020a76ebb526fc75786b0b837e0c9a4dcabd58ad734efa469513cf66a272d5ef4b1b9646b4b39f50807afc8f8663e1c6bb23552b04cd6";
    const TOKEN: &str = "123:81d8af78c98b153485f7d48e3437eb735ba37f0f013c5e06ba74536776c5945694e7cde71e2effbed7b5a1d1a4566fadcd847ef4098c234052fdfd288e8b6ced";

    #[test]
    fn token_of_the_published_example() {
        assert_eq!(plain("Pass123").hash(), HASH);
        assert_eq!(uci_token("123", &plain("Pass123")).expose_secret(), TOKEN);
        for spelling in [HASH.to_owned(), HASH.to_uppercase(), format!(" {HASH}\n")] {
            let password = Password::from_sha512(&spelling).expect("a hash");
            assert_eq!(uci_token("123", &password).expose_secret(), TOKEN);
        }
    }

    #[test]
    fn tokens_of_both_eras() {
        let token = "265:6ca456deae38e2bfe99932fbae6098b9362c3825120686beebc67f6df38fd1b9cd35f6fb2aff4533388f0d49d272e40cac7f1fbec0194c8dbc84a8fc71d3388b";
        assert_eq!(uci_token("265", &plain("Geheim")).expose_secret(), token);
        let old = uci_token_md5("265", &plain("Geheim")).expect("the password is known");
        assert_eq!(old.expose_secret(), "c39083417b2146e4d0b8a63d7697cd16");
        assert!(uci_token_md5("265", &Password::from_sha512(HASH).expect("a hash")).is_none());
    }

    #[test]
    fn secrets_of_both_login_types() {
        let nonce = "pds24hmip1ctbogn1l8ujvs5u4";
        let secret = |kind| rest_secret("0001", nonce, &plain("foobar"), kind).expect("the password is known");
        assert_eq!(
            secret(LoginType::Internal).expose_secret(),
            "0001:5e9c7778287782c26d32e0d754b491efde1c5618037e64e46802f91b8ab14959f64e34d7f93f2a25ec71bbbc69638d71bea82f3b81e9edb0e0cc66f60ef64f04"
        );
        assert_eq!(
            secret(LoginType::ActiveDirectory).expose_secret(),
            "MDAwMXBkczI0aG1pcDFjdGJvZ24xbDh1anZzNXU0Zm9vYmFy"
        );
        let hash = Password::from_sha512(HASH).expect("a hash");
        assert!(rest_secret("0001", nonce, &hash, LoginType::ActiveDirectory).is_none());
    }

    #[test]
    fn what_is_no_hash_is_refused_without_being_shown() {
        let error = Password::from_sha512("hunter2").expect_err("no hash");
        assert!(!error.to_string().contains("hunter2"));
        assert!(!format!("{:?}", plain("hunter2")).contains("hunter2"));
    }

    #[test]
    fn secrets_are_compared_whole() {
        assert!(same_secret("abc", "abc"));
        assert!(!same_secret("abc", "abd"));
        assert!(!same_secret("abc", "abcd"));
        assert!(!same_secret("", "a"));
    }
}
