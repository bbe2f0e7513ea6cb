//! Commands that need no PBX and no Zendesk.

use std::net::TcpListener;
use std::path::Path;

use bridge_runtime::store::Store;

use super::place::Place;

#[test]
fn init_writes_once() {
    let place = Place::new();
    let (code, out, _) = place.run("init");
    assert_eq!(code, 0);
    assert!(out.contains("bridge.toml is written"), "{out}");
    let (code, _, error) = place.run("init");
    assert_eq!(code, 1);
    assert!(error.contains("exists already and stays as it is"), "{error}");
    assert_eq!(place.run("init other.toml").0, 0);
}

#[test]
fn usage_and_configuration_errors_exit_with_2() {
    let place = Place::new();
    assert_eq!(place.run("chek").0, 2);
    assert_eq!(place.run("retry c1").0, 2);
    let (code, _, error) = place.run("check");
    if !Path::new("/etc/zendesk-bridge/bridge.toml").exists() {
        assert_eq!(code, 2);
        assert!(
            error.contains("bridge.toml nor /etc/zendesk-bridge/bridge.toml") && error.contains("init"),
            "{error}"
        );
    }
    assert_eq!(place.run("check --config nowhere.toml").0, 2);
    place.run("init");
    for command in ["check", "run"] {
        let (code, _, error) = place.run(command);
        assert_eq!(code, 2, "{error}");
        assert!(
            error.contains("ZENDESK_CLIENT_SECRET is not set") && error.contains("bridge.toml:"),
            "{error}"
        );
    }
}

#[test]
fn without_a_bridge_status_tells_what_the_next_one_will_do() {
    let place = Place::unreachable_from("127.0.0.1:1", "127.0.0.1:0");
    let (code, out, error) = place.run("status");
    assert_eq!(code, 0, "{error}");
    assert!(out.contains("not running; the next `run` will not be active"), "{out}");
    assert_eq!(place.run("activate").0, 0);
    assert!(place.run("status").1.contains("the next `run` will be active"));
    assert_eq!(place.run("deactivate").0, 0);
    let (code, out, _) = place.run("status --json");
    let status: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (code, &status["running"], &status["active"]),
        (0, &false.into(), &false.into())
    );
    assert_eq!(place.run("calls").1, "no calls yet\n");
    let (code, _, error) = place.run("call c1");
    assert_eq!(code, 1);
    assert!(error.contains("no call has the id `c1`"), "{error}");
}

#[test]
fn addresses_that_are_taken_end_the_start() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for (web, callback, words) in [
        (taken.as_str(), "127.0.0.1:0", "web.listen"),
        ("off", taken.as_str(), "pbx.callback.listen"),
    ] {
        let place = Place::unreachable_from(web, callback);
        let (code, _, error) = place.run("run");
        assert_eq!(code, 1, "{error}");
        assert!(
            error.contains(words) && error.contains("is in use by another program"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_second_bridge_exits_with_3_and_names_the_store() {
    let place = Place::unreachable();
    let first = Store::open(place.path().join("bridge.db"), "starface").await.unwrap();
    let (code, _, error) = place.run("run");
    assert_eq!(code, 3, "{error}");
    assert!(
        error.contains("another bridge") && error.contains("bridge.db"),
        "{error}"
    );
    drop(first);
}

#[test]
fn check_lists_what_to_mend() {
    let place = Place::unreachable();
    let (code, out, error) = place.run("check");
    assert_eq!(code, 1, "{error}");
    assert!(
        out.contains("To mend") && out.contains("http://127.0.0.1:1 cannot be reached"),
        "{out}"
    );
    let (code, out, _) = place.run("check --json");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &report["ready"]), (1, &false.into()));
    assert!(report["mend"].as_array().is_some_and(|mend| mend.len() >= 2), "{out}");
}
