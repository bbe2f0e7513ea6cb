//! `x-zendesk-api-warn`: which keys of a request Zendesk dropped without failing it.

use http::HeaderMap;

/// Logs what was dropped, by name. The header's list of refused values is left out: values are people's data.
pub(crate) fn log(headers: &HeaderMap, method: &http::Method, path: &str) {
    let Some(header) = headers.get("x-zendesk-api-warn") else {
        return;
    };
    let dropped = dropped_keys(header.to_str().unwrap_or_default());
    tracing::warn!(%method, path, ?dropped, "Zendesk dropped a part of the request");
}

/// The keys in the first list of the header that is one of keys.
fn dropped_keys(header: &str) -> Vec<&str> {
    let lists = ["unpermitted_keys=>[", "restricted keys ["];
    let Some(list) = lists
        .iter()
        .find_map(|begin| header.split_once(begin))
        .map(|(_, rest)| rest)
    else {
        return Vec::new();
    };
    let list = list.split(']').next().unwrap_or_default();
    let names = list.split(',').map(|name| name.trim().trim_matches('"'));
    names.filter(|name| is_name(name)).collect()
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::dropped_keys;

    #[test]
    fn keys_are_named_and_values_are_not() {
        let header = r#"{:allowed_parameters=>{:controller=>"users", :action=>"update", :unpermitted_keys=>["user.id", "user.nmae"], :invalid_values=>["+4972112345"]}}"#;
        assert_eq!(dropped_keys(header), ["user.id", "user.nmae"]);
        assert_eq!(
            dropped_keys(r#"Removed restricted keys ["comment"] from parameters according to whitelist"#),
            ["comment"]
        );
        assert_eq!(dropped_keys(r#"{:unpermitted_keys=>["+4972112345"]}"#), [""; 0]);
        assert_eq!(dropped_keys("something else"), [""; 0]);
    }
}
