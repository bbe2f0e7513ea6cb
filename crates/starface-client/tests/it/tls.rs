//! Whose certificate is trusted: pinned ones, and those of one's own authority.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use sha2::Digest as _;
use starface_client::uci::{Agent, Requests};
use starface_client::{Error, ErrorKind, Password, Server};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsAcceptor;

/// A certificate and the key to it.
struct Identity {
    certificate: CertificateDer<'static>,
    key: KeyPair,
}

impl Identity {
    /// Signs itself, and claims to be an authority or not.
    fn of_its_own(name: &str, authority: bool) -> (Self, CertificateParams) {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        if authority {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().der().clone();
        (Self { certificate, key }, params)
    }

    /// As `openssl` prints it.
    fn fingerprint(&self) -> String {
        let digest = sha2::Sha256::digest(&self.certificate);
        digest
            .iter()
            .map(|byte| format!("{byte:02X}"))
            .collect::<Vec<_>>()
            .join(":")
    }
}

/// Shows a certificate whatever is asked for, and whether or not the key belongs to it.
#[derive(Debug)]
struct Shows(Arc<CertifiedKey>);

impl ResolvesServerCert for Shows {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}

/// A PBX that tells its version over TLS, and where it is.
async fn pbx(
    certificate: &CertificateDer<'static>,
    key: &KeyPair,
    version: &'static rustls::SupportedProtocolVersion,
) -> String {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let key = aws_lc_rs::sign::any_supported_type(&key).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Shows(Arc::new(CertifiedKey::new(
            vec![certificate.clone()],
            key,
        )))));
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", socket.local_addr().unwrap().port());
    tokio::spawn(async move {
        while let Ok((stream, _)) = socket.accept().await {
            // Whoever does not trust the certificate goes away here.
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut request = Vec::new();
            while !request.ends_with(b"</methodCall>") && stream.read_buf(&mut request).await.is_ok_and(|n| n > 0) {}
            let body = "<methodResponse><params><param><value>8.1.0.10</value></param></params></methodResponse>";
            let answer = format!(
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    url
}

async fn version(server: Server) -> Result<String, Error> {
    let agent = Agent::new("0101", Password::Plain("geheim".into()));
    Requests::new(&server, &agent)?.server_version().await
}

fn kind(result: Result<String, Error>) -> ErrorKind {
    result.expect_err("not trusted").kind()
}

#[tokio::test]
async fn a_pinned_certificate_is_trusted_and_no_other() {
    // For another name, claiming to be an authority: as `openssl req -x509` makes them.
    let (own, _) = Identity::of_its_own("starface.invalid", true);
    let (other, _) = Identity::of_its_own("localhost", false);
    for tls in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let url = pbx(&own.certificate, &own.key, tls).await;
        let server = Server::new(&url).unwrap();
        let pinned = server.clone().pin_sha256(&own.fingerprint()).unwrap();
        assert_eq!(version(pinned.clone()).await.unwrap(), "8.1.0.10");
        // Around a change, the old one and the new one.
        let two = server.clone().pin_sha256(&other.fingerprint()).unwrap();
        let two = two
            .pin_sha256(&own.fingerprint().to_lowercase().replace(':', ""))
            .unwrap();
        assert_eq!(version(two).await.unwrap(), "8.1.0.10");

        assert_eq!(kind(version(server.clone()).await), ErrorKind::Certificate);
        let wrong = server.clone().pin_sha256(&other.fingerprint()).unwrap();
        let error = version(wrong).await.expect_err("another certificate");
        assert_eq!(error.kind(), ErrorKind::Certificate);
        let expected = format!(
            "the certificate of the PBX is not the pinned one: its SHA-256 is {}",
            own.fingerprint()
        );
        assert_eq!(error.to_string(), expected);

        // Whoever shows the certificate, which is no secret, must have the key to it.
        let thief = pbx(&own.certificate, &other.key, tls).await;
        let thief = Server::new(&thief).unwrap().pin_sha256(&own.fingerprint()).unwrap();
        assert!(version(thief).await.is_err());
    }
}

fn pem(der: &CertificateDer<'_>) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}

#[tokio::test]
async fn a_certificate_file_may_hold_the_one_that_the_pbx_signed_itself() {
    let (other, _) = Identity::of_its_own("localhost", false);
    for claims_to_be_an_authority in [true, false] {
        let (own, _) = Identity::of_its_own("starface.invalid", claims_to_be_an_authority);
        let server = Server::new(&pbx(&own.certificate, &own.key, &rustls::version::TLS13).await).unwrap();
        let trusting = server.clone().ca_pem(pem(&other.certificate) + &pem(&own.certificate));
        assert_eq!(version(trusting).await.unwrap(), "8.1.0.10");
        let distrusting = server.ca_pem(pem(&other.certificate));
        assert_eq!(kind(version(distrusting).await), ErrorKind::Certificate);
    }
}

#[tokio::test]
async fn an_authority_of_ones_own_is_trusted_for_what_it_signed() {
    let (authority, params) = Identity::of_its_own("Acme CA", true);
    let issuer = Issuer::new(params, authority.key);
    let key = KeyPair::generate().unwrap();
    let signed = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let signed = signed.signed_by(&key, &issuer).unwrap().der().clone();
    let (stranger, _) = Identity::of_its_own("Other CA", true);

    let server = Server::new(&pbx(&signed, &key, &rustls::version::TLS13).await).unwrap();
    let trusting = server.clone().ca_pem(pem(&authority.certificate));
    assert_eq!(version(trusting).await.unwrap(), "8.1.0.10");
    for distrusting in [server.clone(), server.clone().ca_pem(pem(&stranger.certificate))] {
        assert_eq!(kind(version(distrusting).await), ErrorKind::Certificate);
    }
    // Signed by the authority, but for somebody else.
    let elsewhere = CertificateParams::new(vec!["elsewhere.invalid".to_owned()]).unwrap();
    let elsewhere = elsewhere.signed_by(&key, &issuer).unwrap().der().clone();
    let server = Server::new(&pbx(&elsewhere, &key, &rustls::version::TLS13).await).unwrap();
    let trusting = server.ca_pem(pem(&authority.certificate));
    assert_eq!(kind(version(trusting).await), ErrorKind::Certificate);
}

#[test]
fn what_is_no_fingerprint_is_refused() {
    let server = Server::new("https://pbx.acme.example").unwrap();
    let error = server.pin_sha256("ab:cd").expect_err("too short");
    assert_eq!(error.kind(), ErrorKind::Config);
}
