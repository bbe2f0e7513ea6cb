//! Durations as people write them into a file: seconds, or `forever`.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

#[derive(Deserialize, Serialize)]
#[serde(untagged)]
enum Written {
    Seconds(f64),
    Word(String),
}

pub(super) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    write(*duration).serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    read(Written::deserialize(deserializer)?).map_err(de::Error::custom)
}

fn write(duration: Duration) -> Written {
    match duration {
        Duration::MAX => Written::Word("forever".to_owned()),
        duration => Written::Seconds(duration.as_secs_f64()),
    }
}

fn read(written: Written) -> Result<Duration, String> {
    match written {
        Written::Seconds(seconds) => Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string()),
        Written::Word(word) if word == "forever" => Ok(Duration::MAX),
        Written::Word(_) => Err("a duration is a number of seconds, or \"forever\"".to_owned()),
    }
}

/// A duration that may be null.
pub(super) mod perhaps {
    use super::{Deserialize, Deserializer, Duration, Serialize, Serializer, Written, de, read, write};

    pub(in super::super) fn serialize<S: Serializer>(
        duration: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        duration.map(write).serialize(serializer)
    }

    /// Some formats have no null: `forever` is none, too.
    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        let written = Option::<Written>::deserialize(deserializer)?;
        let duration = written.map(read).transpose().map_err(de::Error::custom)?;
        Ok(duration.filter(|duration| *duration != Duration::MAX))
    }
}

/// Durations by something.
pub(super) mod each {
    use std::collections::BTreeMap;

    use super::super::switch_kinds::Class;
    use super::{Deserialize, Deserializer, Duration, Serialize, Serializer, Written, de, read, write};

    pub(in super::super) fn serialize<S: Serializer>(
        durations: &BTreeMap<Class, Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let written = durations.iter().map(|(class, duration)| (class, write(*duration)));
        written.collect::<BTreeMap<_, _>>().serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<Class, Duration>, D::Error> {
        let written = BTreeMap::<Class, Written>::deserialize(deserializer)?.into_iter();
        let read = written.map(|(class, written)| Ok((class, read(written)?)));
        read.collect::<Result<_, String>>().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use crate::zendesk::{Class, Fault, FaultKind, Switches};

    #[test]
    fn switches_go_into_a_file_and_come_back() {
        let mut switches = Switches::compressed();
        switches.index_delay = Duration::MAX;
        switches.token_lifetime = None;
        switches.search_takes(Duration::from_millis(1500));
        switches.faults = vec![
            Fault::new(FaultKind::Hang(Duration::from_secs(9)))
                .on(Class::CreateTicket)
                .committed()
                .after(1)
                .times(2),
            Fault::new(FaultKind::TooMany {
                retry_after: Some("27".to_owned()),
                plain: true,
            }),
        ];
        let text = serde_json::to_string(&switches).unwrap();
        assert_eq!(serde_json::from_str::<Switches>(&text).unwrap(), switches);
    }

    #[test]
    fn what_is_left_out_has_its_default_and_what_there_is_not_is_refused() {
        let read = |text| serde_json::from_value::<Switches>(text);
        let told = read(json!({"delays": {"search": 3}, "faults": [{"kind": "no_answer", "class": "create_ticket"}]}));
        let told = told.unwrap();
        assert_eq!(told.delays[&Class::Search], Duration::from_secs(3));
        assert_eq!(told.faults, [Fault::new(FaultKind::NoAnswer).on(Class::CreateTicket)]);
        assert_eq!(told.token_lifetime, Some(Duration::from_secs(1800)));
        assert_eq!(read(json!({"token_lifetime": null})).unwrap().token_lifetime, None);
        for wrong in [
            json!({"index_dely": 3}),
            json!({"index_delay": "soon"}),
            json!({"index_delay": -1}),
            json!({"details": "odd"}),
        ] {
            assert!(read(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
