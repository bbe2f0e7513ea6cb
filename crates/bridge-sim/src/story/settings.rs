//! The settings of a story as values, with the defaults that stand where a story is silent.

use std::time::Duration;

use super::{Story, duration};

/// How the bridge is set up for a story.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// `unknown = new-user`: unknown callers become users of their own. Default no: the default user.
    pub new_user: bool,
    /// `wrap_up`, in the story's own time. Default 2 min.
    pub wrap_up: Duration,
    /// `patience`, in the story's own time. Default 1.5 s.
    pub patience: Duration,
    /// `number_fields`. Default `phone`, `identity`.
    pub number_fields: Vec<String>,
    /// `screen_pop`. Default yes.
    pub screen_pop: bool,
    /// `include`: groups of the PBX to serve. Default none named: all that Zendesk has too.
    pub include: Vec<String>,
    /// `record`: groups of the PBX whose answered calls are recorded. Default none.
    pub record: Vec<String>,
    /// `active`: whether the bridge is active from the start. Default yes.
    pub active: bool,
}

impl Settings {
    /// The settings of this story. Values were checked when it was read.
    #[must_use]
    pub fn of(story: &Story) -> Self {
        let list = |key: &str| {
            story
                .setting(key)
                .map(|value| value.split(',').map(|part| part.trim().to_owned()).collect())
        };
        let time = |key: &str, default: Duration| story.setting(key).and_then(duration).unwrap_or(default);
        Self {
            new_user: story.setting("unknown") == Some("new-user"),
            wrap_up: time("wrap_up", Duration::from_secs(120)),
            patience: time("patience", Duration::from_millis(1500)),
            number_fields: list("number_fields").unwrap_or_else(|| vec!["phone".to_owned(), "identity".to_owned()]),
            screen_pop: story.setting("screen_pop") != Some("false"),
            include: list("include").unwrap_or_default(),
            record: list("record").unwrap_or_default(),
            active: story.setting("active") != Some("false"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Settings;
    use crate::story::parse;

    #[test]
    fn what_is_not_set_has_its_default() {
        let silent = Settings::of(&parse("").unwrap());
        assert_eq!(
            (silent.wrap_up, silent.patience),
            (Duration::from_secs(120), Duration::from_millis(1500))
        );
        assert_eq!((silent.new_user, silent.screen_pop, silent.active), (false, true, true));
        let text = "set unknown = new-user\nset wrap_up = 30s\nset number_fields = user_fields.phone_2, identity\n\
                    set include = Support\nset record = Support, Sales\nset active = false\nset screen_pop = false";
        let set = Settings::of(&parse(text).unwrap());
        assert_eq!((set.new_user, set.screen_pop, set.active), (true, false, false));
        assert_eq!((set.record.len(), silent.record.len()), (2, 0));
        assert_eq!(set.number_fields, ["user_fields.phone_2", "identity"]);
        assert_eq!(
            (set.wrap_up, set.include),
            (Duration::from_secs(30), vec!["Support".to_owned()])
        );
    }
}
