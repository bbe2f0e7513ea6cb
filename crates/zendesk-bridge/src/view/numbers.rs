//! Numbers that the bridge wrote to users' profiles.

use bridge_core::desk::NumberField;
use bridge_runtime::store::{Learned, TakenBack};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::calls::short;
use super::table::table;
use super::times::local;

/// A number that the bridge wrote to a user's profile.
#[derive(Serialize, Deserialize, Clone, PartialEq, Debug)]
pub(crate) struct LearnedLine {
    /// When.
    pub(crate) at: Timestamp,
    /// The user.
    pub(crate) user_id: u64,
    /// The number, masked unless asked for.
    pub(crate) number: String,
    /// `phone`, `identity` or `user_fields.KEY`.
    pub(crate) place: String,
    /// The call from which it was learned.
    pub(crate) call: String,
    /// Whether it is taken back: `no`, `wished`, `ordered`, `wedged`, `done` or `left`.
    pub(crate) taken_back: String,
    /// When it was taken back.
    pub(crate) taken_back_at: Option<Timestamp>,
    /// Why it is wedged or left.
    pub(crate) why: Option<String>,
}

impl LearnedLine {
    /// As the store has it.
    pub(crate) fn new(learned: &Learned, numbers: bool) -> Self {
        let (taken_back, taken_back_at, why) = match &learned.take_back {
            TakenBack::No => ("no", None, None),
            TakenBack::Wished => ("wished", None, None),
            TakenBack::Ordered => ("ordered", None, None),
            TakenBack::Wedged { why } => ("wedged", None, Some(why.clone())),
            TakenBack::Done { at } => ("done", Some(*at), None),
            TakenBack::Left { why } => ("left", None, Some(why.clone())),
        };
        Self {
            at: learned.at,
            user_id: learned.user.get(),
            number: if numbers {
                learned.number.as_str().to_owned()
            } else {
                learned.number.masked()
            },
            place: place(&learned.field),
            call: learned.call.as_str().to_owned(),
            taken_back: taken_back.to_owned(),
            taken_back_at,
            why,
        }
    }

    /// Whether it was taken back, in words.
    pub(crate) fn said(&self, zone: &TimeZone) -> String {
        let why = self.why.as_deref().unwrap_or_default();
        match (self.taken_back.as_str(), self.taken_back_at) {
            ("done", Some(at)) => format!("taken back {}", local(at, zone)),
            ("wished", _) => "to be taken back".into(),
            ("ordered", _) => "is being taken back".into(),
            ("wedged", _) => format!("cannot be taken back: {why}"),
            ("left", _) => format!("not taken back: {why}"),
            (_, _) => String::new(),
        }
    }
}

/// Where a number stands, as the configuration calls it.
fn place(field: &NumberField) -> String {
    match field {
        NumberField::Phone => "phone".into(),
        NumberField::Identity => "identity".into(),
        NumberField::Custom(key) => format!("user_fields.{key}"),
    }
}

/// All of them as a table.
pub(crate) fn render_learned(learned: &[LearnedLine], zone: &TimeZone, width: u16) -> String {
    if learned.is_empty() {
        return "no number was learned yet".into();
    }
    let mut table = table(&["when", "user", "number", "place", "from call", "taken back"], width);
    for line in learned {
        table.add_row([
            local(line.at, zone),
            line.user_id.to_string(),
            line.number.clone(),
            line.place.clone(),
            short(&line.call),
            line.said(zone),
        ]);
    }
    table.trim_fmt()
}

#[cfg(test)]
mod tests {
    use bridge_core::call::CallKey;
    use bridge_core::desk::UserId;
    use bridge_core::effect::EffectId;
    use bridge_core::number::E164;
    use expect_test::expect;

    use super::*;

    fn learned(field: NumberField, take_back: TakenBack) -> Learned {
        let call = CallKey::new("c1");
        Learned {
            effect: EffectId::new(&call, "learn"),
            call,
            at: "2026-11-24T14:02:00Z".parse().unwrap(),
            user: UserId::new(900),
            field,
            number: E164::parse("+49721555010").unwrap(),
            take_back,
        }
    }

    #[test]
    fn what_was_written_is_told_with_what_became_of_taking_it_back() {
        let at = "2026-11-25T08:00:00Z".parse().unwrap();
        let why = || "another number stands there by now".to_owned();
        let lines = [
            learned(NumberField::Phone, TakenBack::No),
            learned(NumberField::Identity, TakenBack::Wished),
            learned(NumberField::Custom("phone_2".into()), TakenBack::Ordered),
            learned(NumberField::Phone, TakenBack::Done { at }),
            learned(NumberField::Phone, TakenBack::Left { why: why() }),
            learned(NumberField::Phone, TakenBack::Wedged { why: why() }),
        ]
        .map(|one| LearnedLine::new(&one, false));
        expect![[r#"
            when                 user  number  place                from call  taken back
            ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
            2026-11-24 14:02:00  900   …010    phone                c1
            2026-11-24 14:02:00  900   …010    identity             c1         to be taken back
            2026-11-24 14:02:00  900   …010    user_fields.phone_2  c1         is being taken back
            2026-11-24 14:02:00  900   …010    phone                c1         taken back 2026-11-25 08:00:00
            2026-11-24 14:02:00  900   …010    phone                c1         not taken back: another number stands there by now
            2026-11-24 14:02:00  900   …010    phone                c1         cannot be taken back: another number stands there by now"#]].assert_eq(&render_learned(&lines, &TimeZone::UTC, 140));
        assert_eq!(render_learned(&[], &TimeZone::UTC, 80), "no number was learned yet");
        let one = learned(NumberField::Phone, TakenBack::No);
        assert_eq!(LearnedLine::new(&one, true).number, "+49721555010");
    }
}
