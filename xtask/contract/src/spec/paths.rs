//! Paths and the patterns that they fit.

use std::collections::BTreeMap;

/// The names and values in a path that fits a pattern such as `/users/{user_id}`. `.json` at the end of the path is
/// none of its business: Zendesk takes its paths with and without.
pub(crate) fn matches(pattern: &str, path: &str) -> Option<BTreeMap<String, String>> {
    let path = path.strip_suffix(".json").unwrap_or(path);
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    let mut names = BTreeMap::new();
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(names),
            (Some(wanted), Some(given)) => match wanted.strip_prefix('{').and_then(|w| w.strip_suffix('}')) {
                Some(name) if !given.is_empty() => {
                    names.insert(name.to_owned(), given.to_owned());
                }
                Some(_) => return None,
                None if wanted == given => {}
                None => return None,
            },
            (Some(_), None) | (None, Some(_)) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_path_fits_part_by_part() {
        let names = |pattern, path| matches(pattern, path).map(|names| names.into_iter().collect::<Vec<_>>());
        let one = |name: &str, value: &str| Some(vec![(name.to_owned(), value.to_owned())]);
        assert_eq!(
            names("/api/v2/users/{user_id}", "/api/v2/users/7.json"),
            one("user_id", "7")
        );
        assert_eq!(
            names("/api/v2/job_statuses/{id}", "/api/v2/job_statuses/V3-0a"),
            one("id", "V3-0a")
        );
        assert_eq!(names("/api/v2/users", "/api/v2/users.json"), Some(Vec::new()));
        for (pattern, path) in [
            ("/api/v2/users/{user_id}", "/api/v2/users/"),
            ("/api/v2/users/{user_id}", "/api/v2/users/7/groups"),
            ("/api/v2/users/{user_id}/groups", "/api/v2/users/7"),
            ("/api/v2/users", "/api/v2/groups"),
            ("/api/v2/users", "/api/v2/users/"),
        ] {
            assert_eq!(matches(pattern, path), None, "{pattern} {path}");
        }
    }
}
