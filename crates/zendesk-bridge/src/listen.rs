//! Taking addresses of this machine, with words for when they are not to be had.

use std::io::{Error, ErrorKind};
use std::net::SocketAddr;

use tokio::net::TcpListener;

/// Why an address is not to be had, in words that say what to do.
#[derive(Debug, thiserror::Error)]
#[error("{why}")]
pub(crate) struct NotToBeHad {
    /// Whether somebody else has it.
    pub(crate) in_use: bool,
    why: String,
}

/// Takes the address that stands under this key of the configuration.
pub(crate) async fn bind(key: &str, address: SocketAddr) -> Result<TcpListener, NotToBeHad> {
    TcpListener::bind(address)
        .await
        .map_err(|error| not_to_be_had(key, address, &error))
}

fn not_to_be_had(key: &str, address: SocketAddr, error: &Error) -> NotToBeHad {
    let kind = error.kind();
    let why = if kind == ErrorKind::AddrInUse {
        format!("{key}: {address} is in use by another program, or by another bridge. Stop it, or choose another port")
    } else if kind == ErrorKind::PermissionDenied {
        format!(
            "{key}: the system does not let this user listen on {address}: ports below 1024 need a privilege. Choose a higher one"
        )
    } else if kind == ErrorKind::AddrNotAvailable {
        format!(
            "{key}: {address} is no address of this machine. 0.0.0.0 stands for all of them, 127.0.0.1 for loopback"
        )
    } else {
        format!("{key}: {address} cannot be listened on: {error}")
    };
    NotToBeHad {
        in_use: kind == ErrorKind::AddrInUse,
        why,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_in_use_is_told_with_what_to_do() {
        let taken = bind("web.listen", SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let error = bind("web.listen", taken.local_addr().unwrap()).await.unwrap_err();
        assert!(
            error.in_use && error.to_string().contains("is in use by another program"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn a_foreign_address_is_told_as_such() {
        // An address of documentation, which no machine has.
        let error = bind("web.listen", SocketAddr::from(([192, 0, 2, 1], 0)))
            .await
            .unwrap_err();
        assert!(
            !error.in_use && error.to_string().contains("no address of this machine"),
            "{error}"
        );
    }
}
