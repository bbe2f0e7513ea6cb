#![doc = include_str!("../README.md")]

mod auth;
mod error;
mod oauth;
pub mod rest;
mod service;
mod tls;
mod transport;
pub mod uci;
pub mod xmlrpc;

pub use auth::{LoginType, NotSha512, Password, rest_secret, uci_token, uci_token_active_directory, uci_token_md5};
pub use error::{Error, ErrorKind};
pub use oauth::OAuthClient;
pub use rest::Rest;
pub use service::{HttpService, NoAnswer};
pub use transport::Server;

#[cfg(test)]
mod assertions {
    //! What users may count on across tasks and threads.

    use static_assertions::assert_impl_all;

    use crate::rest::{Account, Group, PhoneNumber, Rest, User};
    use crate::uci::session::{Order, Reply, Session};
    use crate::uci::{
        Agent, CallList, CallListQuery, Callback, Callbacks, Notice, Notices, Requests, Watch, WatchOptions, What,
    };
    use crate::{Error, OAuthClient, Password, Server, xmlrpc};

    assert_impl_all!(Error: Send, Sync, std::error::Error);
    assert_impl_all!(Password: Send, Sync, Clone);
    assert_impl_all!(Server: Send, Sync, Clone);
    assert_impl_all!(OAuthClient: Send, Sync, Clone);
    assert_impl_all!(Rest: Send, Sync);
    assert_impl_all!(User: Send, Sync, Clone);
    assert_impl_all!(Group: Send, Sync, Clone);
    assert_impl_all!(Account: Send, Sync, Clone);
    assert_impl_all!(PhoneNumber: Send, Sync, Clone);
    assert_impl_all!(Agent: Send, Sync, Clone);
    assert_impl_all!(WatchOptions: Send, Sync, Clone);
    assert_impl_all!(Watch: Send, Sync);
    assert_impl_all!(Notices: Send, Unpin, futures_util::Stream);
    assert_impl_all!(Notice: Send, Sync, Clone);
    assert_impl_all!(Callback: Send, Sync, Clone);
    assert_impl_all!(Callbacks: Send, Sync, Clone);
    assert_impl_all!(What: Send, Sync, Clone);
    assert_impl_all!(Requests: Send, Sync, Clone);
    assert_impl_all!(CallListQuery: Send, Sync, Clone);
    assert_impl_all!(CallList: Send, Sync, Clone);
    assert_impl_all!(Session: Send, Sync);
    assert_impl_all!(Order: Send, Sync, Clone);
    assert_impl_all!(Reply: Send, Sync, Clone);
    assert_impl_all!(xmlrpc::Value: Send, Sync, Clone);
    assert_impl_all!(xmlrpc::ParseError: Send, Sync, Copy, std::error::Error);
}
