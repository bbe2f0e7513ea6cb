//! Files on the wire: streamed both ways, sent once, and credentials for the own host only.

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use serde_json::json;
use wiremock::matchers::{body_bytes, header, header_exists, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};
use zendesk_client::attachments::{Attachment, NewFile};
use zendesk_client::{AttachmentId, Body, Client, Credentials, ErrorKind, Retry, RetryPolicy};

use crate::{client, first_then, oauth_client, ok};

fn uploaded() -> ResponseTemplate {
    let file = json!({"id": 5, "file_name": "call.wav", "content_type": "audio/wav", "size": 4});
    let body = json!({"upload": {"token": "tok3n", "attachment": file, "attachments": [file]}});
    // Zendesk labels it so.
    ResponseTemplate::new(201).set_body_raw(body.to_string(), "text/plain; charset=utf-8")
}

fn pieces() -> Body {
    let pieces = ["RI", "FF"].map(|piece| Ok(Bytes::from_static(piece.as_bytes())));
    Body::stream(futures_util::stream::iter(pieces), Some(4))
}

async fn attachment(content_url: String) -> (MockServer, Client, Attachment) {
    let server = MockServer::start().await;
    let file = json!({"attachment": {"id": 5, "content_url": content_url.replace("OWN", &server.uri())}});
    Mock::given(path("/api/v2/attachments/5"))
        .respond_with(ok(file))
        .mount(&server)
        .await;
    let client = client(&server);
    let attachment = client.attachments().show(AttachmentId::new(5)).await.unwrap();
    (server, client, attachment)
}

#[tokio::test]
async fn a_stream_is_uploaded_with_its_size_and_type() {
    let server = MockServer::start().await;
    let upload = Mock::given(method("POST")).and(path("/api/v2/uploads"));
    upload
        .and(query_param("filename", "Anruf 1.wav"))
        .and(header("content-type", "audio/wav"))
        .and(header("content-length", "4"))
        .and(body_bytes("RIFF"))
        .respond_with(uploaded())
        .expect(1)
        .mount(&server)
        .await;
    let file = NewFile::new("Anruf 1.wav", "audio/wav", pieces());
    let upload = client(&server).attachments().upload(file).await.unwrap();
    assert_eq!(upload.attachment.as_ref().unwrap().id, AttachmentId::new(5));
    assert!(!format!("{upload:?}").contains("tok3n"));
}

#[tokio::test]
async fn a_file_is_uploaded() {
    let server = MockServer::start().await;
    let folder = std::env::temp_dir().join(format!("zendesk-client-upload-{}", std::process::id()));
    std::fs::write(&folder, "RIFF").unwrap();
    Mock::given(body_bytes("RIFF"))
        .respond_with(uploaded())
        .expect(1)
        .mount(&server)
        .await;
    let body = Body::file(&folder).await.unwrap();
    std::fs::remove_file(&folder).unwrap();
    client(&server)
        .attachments()
        .upload(NewFile::new("a.wav", "audio/wav", body))
        .await
        .unwrap();
    assert!(Body::file(&folder).await.is_err());
}

#[tokio::test]
async fn a_stream_is_sent_once_whatever_the_answer_and_bytes_are_sent_again() {
    let busy = ResponseTemplate::new(429).insert_header("retry-after", "0");
    for (answer, kind, retry) in [
        (ResponseTemplate::new(502), ErrorKind::Unavailable, Retry::Later),
        (busy, ErrorKind::RateLimited, Retry::After(std::time::Duration::ZERO)),
    ] {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .respond_with(first_then(1, answer, uploaded()))
            .expect(3)
            .mount(&server)
            .await;
        let attachments = client(&server).attachments();
        let error = attachments
            .upload(NewFile::new("a.wav", "audio/wav", pieces()))
            .await
            .unwrap_err();
        assert_eq!((error.kind(), error.retry()), (kind, retry));
        server.reset().await;
        let answer = ResponseTemplate::new(502);
        Mock::given(method("POST"))
            .respond_with(first_then(1, answer, uploaded()))
            .expect(2)
            .mount(&server)
            .await;
        attachments
            .upload(NewFile::new("a.wav", "audio/wav", Body::bytes("RIFF")))
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_stream_under_an_old_token_fails_with_advice_and_a_spent_one_without_a_request() {
    let server = MockServer::start().await;
    let token = |name: &str| ok(json!({"access_token": name, "expires_in": 1800}));
    Mock::given(path("/oauth/tokens"))
        .respond_with(first_then(1, token("t1"), token("t2")))
        .expect(2)
        .mount(&server)
        .await;
    let old = Mock::given(path("/api/v2/uploads")).and(header("authorization", "Bearer t1"));
    old.respond_with(ResponseTemplate::new(401))
        .expect(1)
        .mount(&server)
        .await;
    let new = Mock::given(path("/api/v2/uploads")).and(header("authorization", "Bearer t2"));
    new.respond_with(uploaded()).expect(1).mount(&server).await;
    let client = oauth_client(&server);
    let call = client
        .attachments()
        .upload(NewFile::new("a.wav", "audio/wav", pieces()))
        .into_request();
    let error = client.send(&call).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.retry()),
        (ErrorKind::NotAuthenticated, Retry::Later)
    );
    assert_eq!(client.send(&call).await.unwrap_err().kind(), ErrorKind::BodySpent);
    client
        .attachments()
        .upload(NewFile::new("a.wav", "audio/wav", pieces()))
        .await
        .unwrap();
}

#[tokio::test]
async fn content_on_another_host_is_fetched_without_credentials() {
    let stranger = MockServer::start().await;
    let (server, client, attachment) = attachment("OWN/attachments/token/s3cret/?name=a.wav".into()).await;
    let moved = ResponseTemplate::new(302).insert_header("location", format!("{}/content?sig=x", stranger.uri()));
    let own = Mock::given(path("/attachments/token/s3cret/")).and(header_exists("authorization"));
    own.respond_with(moved).expect(1).mount(&server).await;
    Mock::given(path("/content"))
        .respond_with(ResponseTemplate::new(200).set_body_raw("RIFF", "audio/wav"))
        .expect(1)
        .mount(&stranger)
        .await;
    let download = client.attachments().download(&attachment).await.unwrap();
    assert_eq!((download.size(), download.content_type()), (Some(4), Some("audio/wav")));
    let content: Vec<Bytes> = download.stream().try_collect().await.unwrap();
    assert_eq!(content.concat(), b"RIFF");
    let asked = &stranger.received_requests().await.unwrap()[0];
    assert!(!asked.headers.contains_key("authorization"));
}

#[tokio::test]
async fn content_that_is_nowhere_gone_or_going_round_is_an_error_without_the_address() {
    for (place, answer, kind) in [
        ("", ResponseTemplate::new(200), ErrorKind::Decode),
        (
            "http://files.example/s3cret",
            ResponseTemplate::new(200),
            ErrorKind::ForeignLink,
        ),
        (
            "ftp://127.0.0.1/s3cret",
            ResponseTemplate::new(200),
            ErrorKind::ForeignLink,
        ),
        ("OWN/s3cret", ResponseTemplate::new(404), ErrorKind::NotFound),
        ("OWN/s3cret", ResponseTemplate::new(302), ErrorKind::Decode),
        (
            "OWN/s3cret",
            ResponseTemplate::new(302).insert_header("location", "/s3cret"),
            ErrorKind::Decode,
        ),
    ] {
        let (server, client, attachment) = attachment(place.into()).await;
        Mock::given(path("/s3cret")).respond_with(answer).mount(&server).await;
        let error = client.attachments().download(&attachment).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{place}");
        assert!(!format!("{error} {error:?} {attachment:?}").contains("s3cret"));
    }
}

#[tokio::test]
async fn content_that_is_cut_off_is_not_the_whole() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        socket.readable().await.unwrap();
        while socket
            .try_read(&mut [0; 4096])
            .is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
        {
            socket.readable().await.unwrap();
        }
        socket.writable().await.unwrap();
        socket
            .try_write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nRIFF")
            .unwrap();
    });
    let attachment: Attachment =
        serde_json::from_value(json!({"id": 5, "content_url": format!("{uri}/a.wav")})).unwrap();
    let client = Client::builder(uri, Credentials::bearer("t".into()))
        .retry(RetryPolicy::never())
        .build()
        .unwrap();
    let pieces: Vec<_> = client
        .attachments()
        .download(&attachment)
        .await
        .unwrap()
        .stream()
        .collect()
        .await;
    assert_eq!(
        pieces.last().unwrap().as_ref().unwrap_err().kind(),
        ErrorKind::Interrupted
    );
    server.await.unwrap();
}
