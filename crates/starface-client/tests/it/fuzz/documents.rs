//! What has to hold for every document, whatever it is.

use starface_client::uci::Callback;
use starface_client::xmlrpc::{Limits, Value, parse_call, parse_response, write_call, write_response};

/// Small enough to be exceeded.
const TIGHT: Limits = Limits {
    bytes: 2_000,
    depth: 4,
    values: 20,
};

/// Reads it in every way, and says in short what came of it.
pub(super) fn examine(document: &[u8]) -> String {
    let usual = Limits::default();
    let mut course = String::new();
    for limits in [&usual, &TIGHT] {
        let word = match parse_call(document, limits) {
            Ok(call) => {
                within(limits, document, &call.params);
                let written = write_call(&call.method, &call.params);
                let again = parse_call(written.as_bytes(), &wide()).expect("what is written is read");
                assert_eq!(write_call(&again.method, &again.params), written, "and means the same");
                format!("call {}", told(&Callback::read(&call)))
            }
            Err(error) => failure(document, &error),
        };
        course.push_str(&word);
        let word = match parse_response(document, limits) {
            Ok(Ok(value)) => {
                within(limits, document, std::slice::from_ref(&value));
                let written = write_response(&value);
                let again = parse_response(written.as_bytes(), &wide()).expect("what is written is read");
                let again = again.expect("no fault");
                assert_eq!(write_response(&again), written, "and means the same");
                no_data(&format!("{value:?}"));
                format!("value {}", value.items().len().min(3) + value.members().len().min(3))
            }
            Ok(Err(fault)) => {
                let text = fault.to_string();
                let (_, text) = text.split_once(':').expect("a code, or none, and a text");
                no_data(text);
                assert!(text.chars().count() < 400, "faults are short: {text}");
                format!("fault {}{}", fault.is_not_connected(), fault.is_illegal_access())
            }
            Err(error) => failure(document, &error),
        };
        course.push_str(&word);
    }
    // Limits decide whether something is read, by its size alone, and never how.
    let usual = parse_call(document, &usual);
    let tight = parse_call(document, &TIGHT);
    if let Ok(usual) = &usual {
        let (count, depth) = size(&usual.params);
        let is_small = count <= TIGHT.values && depth <= TIGHT.depth && document.len() <= TIGHT.bytes;
        assert_eq!(
            tight.is_ok(),
            is_small,
            "{count} values, {depth} deep, {} bytes",
            document.len()
        );
    }
    if let Ok(tight) = tight {
        let usual = usual.expect("wide limits refuse no more");
        assert_eq!(
            write_call(&tight.method, &tight.params),
            write_call(&usual.method, &usual.params)
        );
    }
    course
}

/// What is written may be larger than what was read: characters become references.
fn wide() -> Limits {
    Limits {
        bytes: usize::MAX,
        ..Limits::default()
    }
}

fn failure(document: &[u8], error: &starface_client::xmlrpc::ParseError) -> String {
    // Two bytes of UTF-16 become three of UTF-8, one of windows-1252 as many.
    assert!(error.position() <= 3 * document.len() as u64 + 3, "{error}");
    let text = error.to_string();
    let (what, _) = text.split_once('(').expect("a place");
    no_data(what);
    format!("{:?} {what}", error.kind())
}

fn within(limits: &Limits, document: &[u8], values: &[Value]) {
    let (count, depth) = size(values);
    assert!(document.len() <= limits.bytes);
    assert!(count <= limits.values, "{count} values");
    assert!(depth <= limits.depth, "{depth} deep");
}

/// How many values there are, and how deep the deepest is.
fn size(values: &[Value]) -> (usize, usize) {
    let (mut count, mut deepest) = (0, 0);
    let mut open: Vec<(usize, &Value)> = values.iter().map(|value| (1, value)).collect();
    while let Some((depth, value)) = open.pop() {
        count += 1;
        deepest = deepest.max(depth);
        open.extend(value.items().iter().map(|item| (depth + 1, item)));
        open.extend(value.members().iter().map(|(_, member)| (depth + 1, member)));
    }
    (count, deepest)
}

fn told(callback: &Callback) -> String {
    match callback {
        Callback::Call(event) => format!("{:?} {}", event.state, event.group.is_some()),
        Callback::IdChanged(change) => {
            no_data(change.shape());
            // Whatever is asked of it.
            let ids = change.candidates().count();
            let resolved = change.resolve(|_| false, Some("x")).is_some();
            format!("id {} {resolved}", ids.min(3))
        }
        Callback::Reset => "reset".to_owned(),
        Callback::Queue(event) => {
            no_data(&event.shape);
            assert!(event.shape.chars().count() <= 501);
            format!(
                "{:?} {} {}",
                event.kind,
                event.group.is_some(),
                event.calls.len().min(2)
            )
        }
        Callback::Unknown { method, shape } => {
            no_data(method);
            no_data(shape);
            assert!(shape.chars().count() <= 501);
            format!("unknown {}", method.len().min(2))
        }
        other => panic!("{other:?} is new"),
    }
}

/// Nothing that could be a phone number.
fn no_data(shown: &str) {
    let mut run = 0;
    for c in shown.chars() {
        run = if c.is_ascii_digit() { run + 1 } else { 0 };
        assert!(run < 7, "{shown}");
    }
}
