//! How the points are called.

use bridge_core::effect::Order;
use bridge_core::recording::Standing;

/// Points that are passed whatever is ordered.
const ALWAYS: [&str; 18] = [
    "restore/before",
    "restore/after",
    "commit/before",
    "commit/after",
    "settled",
    "activated",
    "close/before",
    "close/after",
    "roster/before",
    "roster/after",
    "default-user/before",
    "default-user/after",
    "recording/unassigned",
    "recording/assigned",
    "recording/attached",
    "recording/settled",
    "recording/refused",
    "recording/gone",
];

/// What is done with the files of recordings: each with `/before`, most with `/after`, and writing a recording with `/within`.
const FILES: [&str; 14] = [
    "inbox/open",
    "inbox/delete",
    "spool/write-part",
    "spool/read-part",
    "spool/name-recording",
    "spool/write-new-record",
    "spool/name-record",
    "share/write-part",
    "share/read-part",
    "share/name-recording",
    "share/write-manifest",
    "copying/write-new-record",
    "copying/name-record",
    "copying/delete-recording",
];

/// What an order is called.
const ORDERS: [&str; 14] = [
    "look-up",
    "user",
    "ticket",
    "pop",
    "read-ticket",
    "requester",
    "read-user",
    "number",
    "release",
    "note",
    "record",
    "attach",
    "redact",
    "take-back",
];

/// The name of an order: `ordered/NAME` is passed when the journal has it, `NAME/before` and `NAME/after` around its request.
pub(super) fn order(order: &Order) -> &'static str {
    match order {
        Order::LookUp { .. } => "look-up",
        Order::EnsureUser { .. } => "user",
        Order::OpenTicket(_) => "ticket",
        Order::Pop { .. } => "pop",
        Order::ReadTicket { .. } => "read-ticket",
        Order::SetRequester { .. } => "requester",
        Order::ReadUser { .. } => "read-user",
        Order::WriteNumber { .. } => "number",
        Order::ReleaseNumber { .. } => "release",
        Order::TakeNumberBack { .. } => "take-back",
        Order::AddNote { .. } => "note",
        Order::Record { .. } => "record",
        Order::Attach(_) => "attach",
        Order::Redact { .. } => "redact",
    }
}

/// The name of the point at which the journal knows how it stands with a recording.
pub(super) fn standing(standing: &Standing) -> &'static str {
    match standing {
        Standing::Unassigned { .. } => "recording/unassigned",
        Standing::Assigned { .. } => "recording/assigned",
        Standing::Attached { .. } => "recording/attached",
        Standing::Settled { .. } => "recording/settled",
        Standing::Refused { .. } => "recording/refused",
        Standing::Gone => "recording/gone",
    }
}

/// Whether there is a point of this name.
pub(super) fn is_known(name: &str) -> bool {
    let of_order = name
        .strip_prefix("ordered/")
        .or_else(|| name.strip_suffix("/before"))
        .or_else(|| name.strip_suffix("/after"));
    let within = name
        .strip_suffix("/within")
        .is_some_and(|deed| deed.ends_with("/write-part") && FILES.contains(&deed));
    let of_files = of_order.is_some_and(|deed| FILES.contains(&deed));
    ALWAYS.contains(&name) || of_order.is_some_and(|order| ORDERS.contains(&order)) || of_files || within
}
