//! XML-RPC as STARFACE speaks it: a small codec of our own.
//!
//! It reads what real boxes and real clients send rather than what the specification says: any declared character
//! set, UTF-8 that is not UTF-8, untyped values, dates in any spelling, empty or missing `<params>`. It refuses what
//! could only be an attack: documents that are too large, too deep or too many-membered, and every `DOCTYPE`, so that
//! no entity is ever expanded but the five that XML predefines and numeric references.
//!
//! ```
//! use starface_client::xmlrpc::{Limits, Value, parse_call, write_call};
//!
//! let bytes = write_call("ucp.v30.requests.call.getCallState", &[Value::from("8af3a07a")]);
//! let call = parse_call(bytes.as_bytes(), &Limits::default()).unwrap();
//! assert_eq!(call.method, "ucp.v30.requests.call.getCallState");
//! assert_eq!(call.params[0].as_str(), Some("8af3a07a"));
//! ```

mod charset;
mod read;
mod value;
mod write;

#[cfg(test)]
mod tests;

pub use read::{Limits, ParseError, ParseErrorKind, parse_call, parse_response};
pub(crate) use value::guarded;
pub use value::{Call, Fault, Stamp, Value};
pub use write::{write_call, write_fault, write_response};
