//! Tables of documents as boxes and clients write them, and two properties.

use jiff::civil::date;
use proptest::prelude::*;

use super::*;

fn response(document: &[u8]) -> Result<Result<Value, Fault>, ParseErrorKind> {
    parse_response(document, &Limits::default()).map_err(|error| error.kind())
}

/// The value of a response that holds this between `<value>` and `</value>`.
fn value(inner: &str) -> Result<Value, ParseErrorKind> {
    let document = format!("<methodResponse><params><param><value>{inner}</value></param></params></methodResponse>");
    response(document.as_bytes()).map(|answer| answer.expect("no fault"))
}

fn string(text: &str) -> Result<Value, ParseErrorKind> {
    Ok(Value::from(text))
}

#[test]
fn reads_every_type() {
    // A macro, so that a failure shows the line; `Debug` of a value shows no contents.
    macro_rules! reads {
        ($inner:expr => $expected:expr) => {
            assert!(value($inner) == $expected, "{} gave {:?}", $inner, value($inner))
        };
    }
    reads!("<string>Müller &amp; Söhne</string>" => string("Müller & Söhne"));
    reads!("untyped &lt;&#65;&#x42;&gt;" => string("untyped <AB>"));
    reads!("" => string(""));
    reads!("<string/>" => string(""));
    reads!("  " => string("  "));
    reads!("<![CDATA[a<b]]>" => string("a<b"));
    reads!("\n  <string>pretty</string>\n" => string("pretty"));
    reads!("a<!-- remark -->b" => string("ab"));
    reads!("<i4> 42 </i4>" => Ok(Value::Int(42)));
    reads!("<int>-1</int>" => Ok(Value::Int(-1)));
    reads!("<ex:i8 xmlns:ex='x'>2147483648</ex:i8>" => Ok(Value::Int(2_147_483_648)));
    reads!("<int>2147483648</int>" => Ok(Value::Int(2_147_483_648)));
    reads!("<boolean>1</boolean>" => Ok(Value::Bool(true)));
    reads!("<boolean>false</boolean>" => Ok(Value::Bool(false)));
    reads!("<double>444.0</double>" => Ok(Value::Double(444.0)));
    reads!("<base64>SGVs\n bG8</base64>" => Ok(Value::Base64(b"Hello".to_vec())));
    reads!("<nil/>" => Ok(Value::Nil));
    reads!("<ex:nil/>" => Ok(Value::Nil));
    reads!("<int/>" => Ok(Value::Nil));
    reads!("<array><data><value>a</value><value><int>1</int></value></data></array>"
        => Ok(Value::Array(vec![Value::from("a"), Value::Int(1)])));
    reads!("<array/>" => Ok(Value::Array(vec![])));
    reads!("<struct><member><value>v</value><name></name></member></struct>"
        => Ok(Value::Struct(vec![(String::new(), Value::from("v"))])));
}

#[test]
fn refuses_what_is_no_value() {
    use ParseErrorKind::{Entity, NotXml, NotXmlRpc};
    for (inner, kind) in [
        ("<int>seven</int>", NotXmlRpc),
        ("<boolean>maybe</boolean>", NotXmlRpc),
        ("<base64>*</base64>", NotXmlRpc),
        ("<date>2026</date>", NotXmlRpc),
        ("text<int>1</int>", NotXmlRpc),
        ("<int>1</int>text", NotXmlRpc),
        ("<int>1</int><int>2</int>", NotXmlRpc),
        ("<string>a<b/></string>", NotXmlRpc),
        ("<struct><member><name>a</name></member></struct>", NotXmlRpc),
        ("&nbsp;", Entity),
        ("&#0;", Entity),
        ("&#xD800;", Entity),
        ("<string>", NotXml),
    ] {
        assert_eq!(value(inner), Err(kind), "{inner}");
    }
}

#[test]
fn reads_calls_with_and_without_params() {
    let limits = Limits::default();
    for document in [
        "<methodCall><methodName>ucp.v22.requests.connection.login</methodName></methodCall>",
        "<methodCall><methodName> ucp.v22.requests.connection.login </methodName><params/></methodCall>",
        "\u{feff}<?xml version='1.0'?>\n<methodCall>\n<methodName>ucp.v22.requests.connection.login</methodName>\n\
         <params>\n</params>\n</methodCall>\n",
    ] {
        let call = parse_call(document.as_bytes(), &limits).expect(document);
        assert_eq!(
            (call.method.as_str(), call.params.len()),
            ("ucp.v22.requests.connection.login", 0)
        );
    }
    let response = b"<methodResponse/>";
    assert_eq!(
        parse_call(response, &limits).map_err(|e| e.kind()),
        Err(ParseErrorKind::NotXmlRpc)
    );
}

#[test]
fn reads_answers_without_a_value_and_faults_of_any_shape() {
    for document in ["<methodResponse/>", "<methodResponse><params/></methodResponse>"] {
        assert_eq!(response(document.as_bytes()), Ok(Ok(Value::Nil)), "{document}");
    }
    for (inner, code, text) in [
        ("<int>7</int>", Some(7), "<string>UcpNotConnectedException: no</string>"),
        ("<string>7</string>", Some(7), "UcpNotConnectedException: no"),
        ("<string>x</string>", None, "UcpNotConnectedException: no"),
    ] {
        let document = format!(
            "<methodResponse><fault><value><struct><member><name>faultCode</name><value>{inner}</value></member>\
             <member><name>faultString</name><value>{text}</value></member>\
             <member><name>more</name><value/></member></struct></value></fault></methodResponse>"
        );
        let fault = response(document.as_bytes()).expect(inner).expect_err("a fault");
        assert_eq!(fault.code, code);
        assert!(fault.is_not_connected() && !fault.is_illegal_access());
    }
}

#[test]
fn reads_any_character_set() {
    let call = |declaration: &str, name: &str| {
        format!(
            "{declaration}<methodCall><methodName>m</methodName><params><param><value>{name}</value></param></params></methodCall>"
        )
    };
    let latin1 = |text: &str| {
        text.chars()
            .map(|c| u8::try_from(c as u32).expect("Latin-1"))
            .collect::<Vec<u8>>()
    };
    let utf16 = |text: &str, big: bool| {
        text.encode_utf16()
            .flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() })
            .collect::<Vec<u8>>()
    };
    let with_mark = |mark: &[u8], body: Vec<u8>| [mark, &body].concat();
    for (what, bytes) in [
        (
            "UTF-8",
            call("<?xml version='1.0' encoding='utf-8'?>", "Jörg").into_bytes(),
        ),
        (
            "UTF-8 with a mark",
            with_mark(b"\xef\xbb\xbf", call("", "Jörg").into_bytes()),
        ),
        (
            "ISO-8859-1",
            latin1(&call("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>", "Jörg")),
        ),
        (
            "windows-1252",
            latin1(&call("<?xml version='1.0' encoding = 'windows-1252' ?>", "Jörg")),
        ),
        (
            "Latin-1 that claims to be UTF-8",
            latin1(&call("<?xml version='1.0' encoding='UTF-8'?>", "Jörg")),
        ),
        ("Latin-1 that claims nothing", latin1(&call("", "Jörg"))),
        (
            "UTF-16LE with a mark",
            with_mark(
                b"\xff\xfe",
                utf16(&call("<?xml version='1.0' encoding='UTF-16'?>", "Jörg"), false),
            ),
        ),
        (
            "UTF-16BE without",
            utf16(&call("<?xml version='1.0' encoding='UTF-16'?>", "Jörg"), true),
        ),
        (
            "UTF-8 that claims to be UTF-16",
            call("<?xml version='1.0' encoding='UTF-16'?>", "Jörg").into_bytes(),
        ),
        (
            "an unknown label",
            call("<?xml version='1.0' encoding='klingon'?>", "Jörg").into_bytes(),
        ),
    ] {
        let call = parse_call(&bytes, &Limits::default()).expect(what);
        assert_eq!(call.params.first().and_then(Value::as_str), Some("Jörg"), "{what}");
    }
}

#[test]
fn refuses_bombs() {
    let nested = |levels: usize| {
        let open = "<array><data><value>".repeat(levels);
        let close = "</value></data></array>".repeat(levels);
        format!("{open}{close}")
    };
    assert!(value(&nested(31)).is_ok());
    assert_eq!(value(&nested(32)), Err(ParseErrorKind::TooDeep));
    assert_eq!(value(&nested(10_000)), Err(ParseErrorKind::TooDeep));

    let many = |count: usize| format!("<array><data>{}</data></array>", "<value/>".repeat(count));
    assert!(value(&many(19_999)).is_ok());
    assert_eq!(value(&many(20_000)), Err(ParseErrorKind::TooMany));

    assert_eq!(value(&"x".repeat(1 << 20)), Err(ParseErrorKind::TooLarge));

    let laughs = "<!DOCTYPE lolz [<!ENTITY lol 'lol'><!ENTITY lol2 '&lol;&lol;'>]><methodResponse><params><param>\
                  <value>&lol2;</value></param></params></methodResponse>";
    assert_eq!(response(laughs.as_bytes()), Err(ParseErrorKind::Entity));
    let external = "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><methodResponse/>";
    assert_eq!(response(external.as_bytes()), Err(ParseErrorKind::Entity));
}

#[test]
fn refuses_what_is_no_xml_rpc() {
    for document in [
        "",
        "   ",
        "{\"status\":\"OK\"}",
        "<html><body>Login</body></html>",
        "<methodResponse>",
        "</methodResponse>",
        "<methodResponse/><methodResponse/>",
        "<methodCall/>",
        "<methodResponse><params><param><value/><value/></param></params></methodResponse>",
        "<!doctype html><html>",
        "<methodResponse>text</methodResponse>",
    ] {
        assert!(response(document.as_bytes()).is_err(), "{document}");
    }
}

#[test]
fn errors_name_the_place_and_nothing_of_the_document() {
    let document =
        "<methodResponse><params><param><value>00497211234567<geheim/></value></param></params></methodResponse>";
    let error = parse_response(document.as_bytes(), &Limits::default()).expect_err("stray text");
    assert_eq!(error.position(), 52);
    assert_eq!(
        error.to_string(),
        "text between elements (byte 52 of the decoded document)"
    );
}

#[test]
fn reads_moments_in_any_spelling() {
    let local = Some(Stamp::Local(date(2026, 9, 11).at(9, 31, 7, 0)));
    let instant = Some(Stamp::Instant("2026-09-11T07:31:07Z".parse().expect("a moment")));
    for (text, expected) in [
        ("20260911T09:31:07", local),
        ("2026-09-11T09:31:07", local),
        ("2026-09-11 09:31:07", local),
        ("20260911T093107", local),
        (" 20260911T09:31:07 ", local),
        ("20260911T07:31:07Z", instant),
        ("20260911T09:31:07+0200", instant),
        ("2026-09-11T09:31:07.000+02:00", instant),
        ("1789111867000", instant),
        ("1789111867", instant),
        ("yesterday", None),
        ("", None),
        ("0", None),
    ] {
        assert_eq!(Value::from(text).stamp(), expected, "{text:?}");
        assert_eq!(Value::DateTime(text.to_owned()).stamp(), expected, "{text:?}");
    }
    assert_eq!(Value::Int(1_789_111_867_000).stamp(), instant);
}

#[test]
fn keys_match_in_any_case_and_the_exact_one_wins() {
    let members = [("groupID", "1"), ("GROUPID", "2"), ("groupId", "3"), ("other", "4")];
    let value = Value::Struct(members.map(|(key, text)| (key.to_owned(), Value::from(text))).to_vec());
    assert_eq!(value.get("groupId").and_then(Value::as_str), Some("3"));
    assert_eq!(value.get("GroupId").and_then(Value::as_str), Some("3"));
    assert_eq!(value.get("groupID").and_then(Value::as_str), Some("1"));
    assert_eq!(value.get("group"), None);
}

#[test]
fn debug_and_faults_hold_no_data() {
    let members = [("callerNumber", "004972112345"), ("004972112345", "x")];
    let value = Value::Struct(members.map(|(key, text)| (key.to_owned(), Value::from(text))).to_vec());
    assert_eq!(format!("{value:?}"), "{callerNumber: string(12), ?: string(1)}");

    let text = format!(
        "de.vertico.UciIllegalAccessException: user 0101 called +49 721 12345 with {}\n",
        "0af3".repeat(32)
    );
    let fault = Fault { code: Some(3), text };
    assert_eq!(
        fault.to_string(),
        "fault 3: de.vertico.UciIllegalAccessException: user 0101 called … with …"
    );
}

fn values() -> impl Strategy<Value = Value> {
    // What XML 1.0 cannot carry at all is left out here: the writer replaces it.
    let text = "[^\u{0}-\u{8}\u{b}\u{c}\u{e}-\u{1f}\u{fffe}\u{ffff}]{0,12}";
    let leaf = prop_oneof![
        Just(Value::Nil),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<f64>()
            .prop_filter("comparable", |number| !number.is_nan())
            .prop_map(Value::Double),
        text.prop_map(Value::String),
        "[0-9]{8}T[0-9:]{0,8}".prop_map(Value::DateTime),
        prop::collection::vec(any::<u8>(), 0..20).prop_map(Value::Base64),
    ];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            prop::collection::vec((text, inner), 0..6).prop_map(Value::Struct),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(value in values(), code: i64, text in "[a-z ]{0,9}") {
        let limits = Limits::default();
        let call = parse_call(write_call("a.b", std::slice::from_ref(&value)).as_bytes(), &limits);
        prop_assert_eq!(call, Ok(Call { method: "a.b".to_owned(), params: vec![value.clone()] }));
        let response = parse_response(write_response(&value).as_bytes(), &limits);
        prop_assert_eq!(response, Ok(Ok(value)));
        let fault = Fault { code: Some(code), text };
        prop_assert_eq!(parse_response(write_fault(&fault).as_bytes(), &limits), Ok(Err(fault)));
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse_call(&bytes, &Limits::default());
        let _ = parse_response(&bytes, &Limits::default());
    }

    /// Documents that are nearly right reach the states that random bytes never see.
    #[test]
    fn shuffled_tags_never_panic(parts in prop::collection::vec(prop::sample::select(PARTS), 0..40)) {
        let document = parts.concat();
        let _ = parse_call(document.as_bytes(), &Limits::default());
        let _ = parse_response(document.as_bytes(), &Limits::default());
        // The same with every second byte gone: broken UTF-8, half tags, odd UTF-16.
        let holes: Vec<u8> = document.bytes().step_by(2).collect();
        let _ = parse_call(&holes, &Limits::default());
    }
}

const PARTS: &[&str] = &[
    "<?xml version='1.0' encoding='",
    "utf-16",
    "ISO-8859-1",
    "'?>",
    "\u{feff}",
    "<methodCall>",
    "</methodCall>",
    "<methodName>",
    "</methodName>",
    "<methodResponse>",
    "</methodResponse>",
    "<params>",
    "</params>",
    "<param>",
    "</param>",
    "<value>",
    "</value>",
    "<struct>",
    "</struct>",
    "<member>",
    "</member>",
    "<name>",
    "</name>",
    "<array>",
    "</array>",
    "<data>",
    "</data>",
    "<string>",
    "</string>",
    "<int>",
    "</int>",
    "<fault>",
    "</fault>",
    "<nil/>",
    "ä",
    "1",
    " ",
    "&amp;",
    "&#x",
    ";",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<!DOCTYPE",
    ">",
    "<",
    "\0",
];
