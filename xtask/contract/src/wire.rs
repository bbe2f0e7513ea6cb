//! The client on a real connection: what it sends, and what it makes of an answer.

use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};
use zendesk_client::{Client, Credentials, Error, RetryPolicy};

use crate::call::Call;
use crate::spec::{self, Seen, Sent};

/// A server that answers whatever it is asked with what it was told to.
pub(crate) struct Wire {
    server: MockServer,
}

/// An answer with all its headers.
pub(crate) struct Answer {
    pub(crate) seen: Seen,
    pub(crate) headers: Vec<(String, String)>,
}

impl Wire {
    pub(crate) async fn start() -> Self {
        Self {
            server: MockServer::start().await,
        }
    }

    /// A client of the server.
    pub(crate) fn client(&self) -> anyhow::Result<Client> {
        client(&self.server.uri())
    }

    /// What a call sends to an endpoint, perhaps after something else: a token is asked for where another was refused.
    pub(crate) async fn sent(&self, call: &Call, pattern: &str) -> Option<Sent> {
        self.server.reset().await;
        let refusal = ResponseTemplate::new(401);
        Mock::given(any()).respond_with(refusal).mount(&self.server).await;
        // What is read of the answer does not matter here.
        let _ = call.send().await;
        let requests = self.server.received_requests().await?;
        let there = |request: &wiremock::Request| spec::matches(pattern, request.url.path()).is_some();
        let request = requests.into_iter().find(there)?;
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let headers = request.headers.iter();
        Some(Sent {
            method: request.method.to_string(),
            path: request.url.path().to_owned(),
            query: request.url.query_pairs().into_owned().collect(),
            headers: headers
                .map(|(name, value)| (name.to_string(), text(value.as_bytes())))
                .collect(),
            body: request.body,
        })
    }

    /// What a call makes of an answer.
    pub(crate) async fn read(&self, call: &Call, answer: &Answer) -> Result<Option<Vec<String>>, Error> {
        self.server.reset().await;
        let mut template = ResponseTemplate::new(answer.seen.status);
        for (name, value) in &answer.headers {
            // The bodies at hand are unpacked and whole.
            if ![
                "connection",
                "content-encoding",
                "content-length",
                "content-type",
                "transfer-encoding",
            ]
            .contains(&name.as_str())
            {
                template = template.insert_header(name.as_str(), value.as_str());
            }
        }
        let content_type = answer.seen.content_type.as_deref().unwrap_or("application/json");
        let template = template.set_body_raw(answer.seen.body.clone(), content_type);
        Mock::given(any()).respond_with(template).mount(&self.server).await;
        call.send().await
    }
}

/// A client that sends each request once.
pub(crate) fn client(url: &str) -> anyhow::Result<Client> {
    Ok(Client::builder(url, Credentials::bearer("t0ken".to_owned().into()))
        .retry(no_retries())
        .build()?)
}

/// Each request is sent once: what is to be seen is the answer to it.
pub(crate) fn no_retries() -> RetryPolicy {
    let mut policy = RetryPolicy::default();
    policy.tries = 1;
    policy
}
