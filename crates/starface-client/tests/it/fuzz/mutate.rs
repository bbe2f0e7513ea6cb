//! New inputs out of old ones.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, RngCore as _};

/// Longer documents only cost time: limits are tried with small ones.
const LONGEST: usize = 16 << 10;

/// What documents are made of, what they should not be made of, and what is nearly one or the other.
const PARTS: &[&str] = &[
    "<?xml version='1.0' encoding='UTF-8'?>",
    "<?xml version='1.0' encoding='ISO-8859-1'?>",
    "encoding='utf-16'",
    "<methodCall>",
    "</methodCall>",
    "<methodName>ucp.v30.events.call.receiveCallState</methodName>",
    "<methodName>ucp.v30.events.queue.queueCallEvent</methodName>",
    "<methodName>ucp.v30.events.call.callChangesIdEvent</methodName>",
    "<methodResponse>",
    "</methodResponse>",
    "<params>",
    "</params>",
    "<params/>",
    "<param>",
    "</param>",
    "<value>",
    "</value>",
    "<value/>",
    "<struct>",
    "</struct>",
    "<member>",
    "</member>",
    "<name>id</name>",
    "<name>groupID</name>",
    "<name>faultString</name>",
    "<array><data>",
    "</data></array>",
    "<string>",
    "</string>",
    "<int>",
    "</int>",
    "<i8>9223372036854775808</i8>",
    "<double>1e999</double>",
    "<double>NaN</double>",
    "<boolean>1</boolean>",
    "<dateTime.iso8601>20260911T09:31:07</dateTime.iso8601>",
    "<base64>AAA=</base64>",
    "<nil/>",
    "<ex:nil/>",
    "<fault>",
    "</fault>",
    "<!DOCTYPE a [<!ENTITY b 'c'>]>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?a b?>",
    "&amp;",
    "&b;",
    "&#x",
    "&#0;",
    "&#1114112;",
    "&#13;",
    ";",
    "\r\n",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "\u{fffe}",
    "\u{10ffff}",
    "ä",
    "\0",
    "8af3a07a-ef8a-41b1-9dd6-aa4cf247588f",
    "00497211234567",
];

/// A document out of these.
pub(super) fn document(pool: &[Vec<u8>], random: &mut StdRng) -> Vec<u8> {
    let mut bytes = pool.choose(random).cloned().unwrap_or_default();
    for _ in 0..random.random_range(1..6) {
        match random.random_range(0..10) {
            0..3 => {
                let part = PARTS.choose(random).copied().unwrap_or_default().as_bytes().to_vec();
                insert(&mut bytes, random, &part);
            }
            3 => scramble(&mut bytes, random),
            4 => {
                let range = range(&bytes, random);
                bytes.drain(range);
            }
            5 => {
                let part = bytes[range(&bytes, random)].to_vec();
                insert(&mut bytes, random, &part);
            }
            6 => {
                // A part of another document.
                let other = pool.choose(random).cloned().unwrap_or_default();
                let part = other[range(&other, random)].to_vec();
                insert(&mut bytes, random, &part);
            }
            7 => {
                // Something again and again: depth and number.
                let part = PARTS.choose(random).copied().unwrap_or_default();
                let part = part.repeat(random.random_range(2..60));
                insert(&mut bytes, random, part.as_bytes());
            }
            8 => {
                let at = random.random_range(0..=bytes.len());
                bytes.truncate(at);
            }
            _ => bytes = recoded(&bytes, random),
        }
        bytes.truncate(LONGEST);
    }
    bytes
}

/// A script out of these.
pub(super) fn script(pool: &[Vec<u8>], random: &mut StdRng) -> Vec<u8> {
    let mut bytes = pool.choose(random).cloned().unwrap_or_default();
    for _ in 0..random.random_range(1..8) {
        let mut part = vec![0; random.random_range(1..9)];
        random.fill_bytes(&mut part);
        match random.random_range(0..4) {
            0 => bytes.extend(part),
            1 => insert(&mut bytes, random, &part),
            2 => scramble(&mut bytes, random),
            _ => {
                let range = range(&bytes, random);
                bytes.drain(range);
            }
        }
        bytes.truncate(400);
    }
    bytes
}

fn insert(bytes: &mut Vec<u8>, random: &mut StdRng, part: &[u8]) {
    let at = random.random_range(0..=bytes.len());
    bytes.splice(at..at, part.iter().copied());
}

fn scramble(bytes: &mut [u8], random: &mut StdRng) {
    if !bytes.is_empty() {
        let at = random.random_range(0..bytes.len());
        bytes[at] = random.random();
    }
}

/// Some of it; mostly little, so that much is left whole.
fn range(bytes: &[u8], random: &mut StdRng) -> std::ops::Range<usize> {
    let from = random.random_range(0..=bytes.len());
    let most = (bytes.len() - from).min(1 << random.random_range(0..10));
    from..from + random.random_range(0..=most)
}

/// The same in another character set.
fn recoded(bytes: &[u8], random: &mut StdRng) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    match random.random_range(0..3) {
        0 => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        1 => [0xfe, 0xff]
            .into_iter()
            .chain(text.encode_utf16().flat_map(u16::to_be_bytes))
            .collect(),
        _ => text
            .chars()
            .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
            .collect(),
    }
}
