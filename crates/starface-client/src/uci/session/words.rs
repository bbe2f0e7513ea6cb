//! What went wrong, in words for an administrator.

use crate::xmlrpc::Fault;

/// What a bare `false` means is documented nowhere.
pub(in crate::uci) const REFUSED: &str =
    "the PBX refuses the login: wrong login or password, or the right to use UCI is missing";

pub(in crate::uci) const FORGOTTEN: &str = "the PBX does not know the session any more";

pub(in crate::uci) fn explained(fault: &Fault) -> String {
    if fault.is_illegal_access() {
        return format!("wrong login or password, or the right to use UCI is missing ({fault})");
    }
    fault.to_string()
}

pub(in crate::uci) fn no_uci(status: u16) -> String {
    match status {
        404 => "there is no UCI at this address (HTTP 404): is the address of the PBX right?".to_owned(),
        _ => format!(
            "the PBX answers with a page instead of XML-RPC (HTTP {status}): wrong login or password, a login that it \
             wants through another provider, or a wrong address"
        ),
    }
}

pub(in crate::uci) fn out_of_order(status: u16) -> String {
    format!("the PBX is out of order (HTTP {status})")
}
