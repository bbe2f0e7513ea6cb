//! `callList.getCallList`: what a user's calls were, for whoever missed them.

use jiff::Timestamp;
use jiff::civil::DateTime;

use super::calls::Logged;
use super::state::State;
use super::xml::Value;

impl State {
    /// Nine parameters: started before, started after, direction, result, group, order by, order, offset, limit.
    pub(super) fn call_list(&self, login: &str, params: &[Value]) -> Result<Value, String> {
        let wrong = |index: usize| format!("getCallList: parameter {} has the wrong type", index + 1);
        let time = |index: usize| match params.get(index) {
            Some(Value::DateTime(text) | Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::DateTime(text)) => self.moment(text).map(Some).ok_or_else(|| wrong(index)),
            Some(Value::Nil) => Ok(None),
            _ => Err(wrong(index)),
        };
        let text = |index: usize| params.get(index).and_then(Value::as_str).ok_or_else(|| wrong(index));
        let count = |index: usize| match params.get(index) {
            Some(Value::Int(number)) => usize::try_from(*number).map_err(|_| wrong(index)),
            _ => Err(wrong(index)),
        };
        let (before, after) = (time(0)?, time(1)?);
        let (direction, result, group, descending) = (text(2)?, text(3)?, text(4)?, text(6)? == "DESCENDING");
        text(5)?;
        let (offset, limit) = (count(7)?, count(8)?);
        let mut found: Vec<&Logged> = self
            .log
            .iter()
            .filter(|entry| entry.login == login)
            .filter(|entry| before.is_none_or(|before| entry.began < before))
            .filter(|entry| after.is_none_or(|after| entry.began >= after))
            .filter(|entry| direction.is_empty() || direction == entry.direction())
            .filter(|entry| result.is_empty() || result == entry.result())
            .filter(|entry| match group {
                "" => true,
                "NON_GROUP" => entry.group.is_none(),
                id => entry.group.is_some_and(|group| group.to_string() == id),
            })
            .collect();
        found.sort_by_key(|entry| entry.began);
        if descending {
            found.reverse();
        }
        let total = i64::try_from(found.len()).unwrap_or(i64::MAX);
        let entries = found
            .into_iter()
            .skip(offset)
            .take(limit)
            .map(|entry| self.entry(entry))
            .collect();
        Ok(Value::Struct(vec![
            ("entries".to_owned(), Value::Array(entries)),
            ("totalCount".to_owned(), Value::Int(total)),
        ]))
    }

    fn entry(&self, entry: &Logged) -> Value {
        let members = [
            ("direction", Value::string(entry.direction())),
            ("result", Value::string(entry.result())),
            ("callerNumber", Value::string(&entry.caller)),
            ("calledNumber", Value::string(&entry.called)),
            ("callDescription", Value::string(&entry.description)),
            (
                "groupId",
                Value::string(entry.group.map(|group| group.to_string()).unwrap_or_default()),
            ),
            ("startTime", Value::DateTime(self.wall_clock(entry.began))),
            ("duration", Value::Int(entry.lasted.as_secs())),
        ];
        Value::Struct(
            members
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    }

    fn moment(&self, text: &str) -> Option<Timestamp> {
        let civil = DateTime::strptime("%Y%m%dT%H:%M:%S", text).ok()?;
        Some(civil.to_zoned(self.switches.time_zone.clone()).ok()?.timestamp())
    }
}

impl Logged {
    fn direction(&self) -> &'static str {
        if self.outbound { "OUTBOUND" } else { "INBOUND" }
    }

    fn result(&self) -> &'static str {
        if self.answered { "ANSWERED" } else { "MISSED" }
    }
}
