//! Trust in single certificates, known by their SHA-256, for a PBX that signs its own, as most do; and in authorities
//! of one's own.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, OtherError, RootCertStore, SignatureScheme};
use sha2::{Digest as _, Sha256};

/// The SHA-256 of a certificate in its binary form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Fingerprint([u8; 32]);

/// The PBX shows another certificate than the pinned one.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the certificate of the PBX is not the pinned one: its SHA-256 is {0}")]
pub(crate) struct NotPinned(pub(crate) String);

impl Fingerprint {
    /// Reads 64 hexadecimal digits of either case, with or without colons or spaces between them.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let separates = |c: &char| *c == ':' || c.is_ascii_whitespace();
        let digits: Option<Vec<u8>> = text
            .chars()
            .filter(|c| !separates(c))
            .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
            .collect();
        let bytes: Vec<u8> = match digits?.as_chunks() {
            (pairs, []) => pairs.iter().map(|[high, low]| high << 4 | low).collect(),
            _ => return None,
        };
        bytes.try_into().ok().map(Self)
    }

    fn of(certificate: &CertificateDer<'_>) -> Self {
        Self(Sha256::digest(certificate.as_ref()).into())
    }

    /// As `openssl x509 -fingerprint -sha256` prints it.
    fn shown(&self) -> String {
        self.0.map(|byte| format!("{byte:02X}")).join(":")
    }
}

/// A configuration that trusts these certificates and no others. `None` if the TLS library cannot be set up so.
pub(crate) fn trusting(pins: &[Fingerprint]) -> Option<ClientConfig> {
    configured(pins.to_vec(), None)
}

/// A configuration that trusts the certificates in these PEM bytes: as they are, and as authorities for what they
/// signed. `None` if there is no certificate in them that can be read.
pub(crate) fn trusting_listed(pem: &[u8]) -> Option<ClientConfig> {
    let listed: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let listed = listed.ok().filter(|listed| !listed.is_empty())?;
    let pins = listed.iter().map(Fingerprint::of).collect();
    let mut authorities = RootCertStore::empty();
    for certificate in listed {
        authorities.add(certificate).ok()?;
    }
    configured(pins, Some(authorities))
}

fn configured(pins: Vec<Fingerprint>, authorities: Option<RootCertStore>) -> Option<ClientConfig> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let authorities = match authorities {
        None => None,
        Some(roots) => {
            let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone());
            Some(verifier.build().ok()?)
        }
    };
    let verifier = Arc::new(Pinned {
        pins,
        authorities,
        provider: provider.clone(),
    });
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .ok()?;
    Some(
        builder
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth(),
    )
}

/// For a pinned certificate neither names nor dates nor signers count, only which it is; and that the other side has the
/// key to it, which the signatures of the handshake prove. Any other needs one of the authorities, if there are some.
#[derive(Debug)]
struct Pinned {
    pins: Vec<Fingerprint>,
    authorities: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let shown = Fingerprint::of(end_entity);
        if self.pins.contains(&shown) {
            return Ok(ServerCertVerified::assertion());
        }
        if let Some(authorities) = &self.authorities {
            return authorities.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        }
        let other = OtherError(Arc::new(NotPinned(shown.shown())));
        Err(rustls::Error::InvalidCertificate(CertificateError::Other(other)))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_read_in_the_usual_spellings() {
        let bare = "ab".repeat(32);
        let colons = vec!["AB"; 32].join(":");
        for text in [&bare, &bare.to_uppercase(), &colons, &format!(" {colons}\n")] {
            let read = Fingerprint::read(text).expect("a fingerprint");
            assert_eq!(read.shown(), colons);
        }
        for text in [
            "",
            "ab",
            &"ab".repeat(31),
            &"ab".repeat(33),
            &"x".repeat(64),
            &"a".repeat(63),
        ] {
            assert_eq!(Fingerprint::read(text), None, "{text}");
        }
    }
}
