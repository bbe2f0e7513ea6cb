//! How the points are called.

use bridge_core::effect::Order;

/// Points that are passed whatever is ordered.
const ALWAYS: [&str; 12] = [
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

/// Whether there is a point of this name.
pub(super) fn is_known(name: &str) -> bool {
    let of_order = name
        .strip_prefix("ordered/")
        .or_else(|| name.strip_suffix("/before"))
        .or_else(|| name.strip_suffix("/after"));
    ALWAYS.contains(&name) || of_order.is_some_and(|order| ORDERS.contains(&order))
}
