//! `[callers]`: how numbers are read, whose tickets unknown callers' are, and what is learned.

use std::time::Duration;

use bridge_core::desk::NumberField;
use bridge_core::number::{NumberPlan, PlanError};

use super::reader::{Found, Section, Value, found};
use super::values::{duration, email};

/// The section.
#[derive(Debug)]
pub(crate) struct Callers {
    /// How numbers are written at this site.
    pub(crate) plan: NumberPlan,
    /// What becomes of unknown callers.
    pub(crate) unknown: Unknown,
    /// E-mail address of the requester of callers that nobody knows.
    pub(crate) default_user: String,
    /// After-call work.
    pub(crate) wrap_up: Duration,
    /// Where a learned number may go, in this order.
    pub(crate) number_fields: Vec<NumberField>,
    /// How long an answered call waits for a look-up.
    pub(crate) lookup_patience: Duration,
    /// Whether a directory of all callers is kept.
    pub(crate) directory: bool,
}

/// What becomes of unknown callers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Unknown {
    /// Their tickets are the default user's.
    DefaultUser,
    /// Each number gets a user.
    NewUser,
}

const COUNTRY: &str = "a country code of two letters (ISO 3166-1 alpha-2), such as \"DE\"";
const FIELDS: &str =
    "a list of \"phone\", \"identity\" and \"user_fields.KEY\", each once, such as [\"phone\", \"identity\"]";
const OWN_NUMBERS: &str =
    "a list of head numbers with + and country code, without (0) and without extension, such as [\"+49 721 46050\"]";
const EXTENSIONS: &str =
    "a list of extensions and of ranges of equally many digits, seven at most, such as [\"0\", \"10-99\"]";
const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);
const A_MINUTE: Duration = Duration::from_secs(60);

/// Reads the section.
pub(crate) fn read(mut section: Section<'_>) -> Option<Callers> {
    let country = section.required("country", COUNTRY, |value| {
        let country = value.text()?;
        NumberPlan::new(&country, None)
            .map(|_| country.clone())
            .map_err(|_| found(&country))
    });
    let area_code = section.optional("area_code", "digits in quotes, such as \"721\"", |value| {
        let area_code = value.text()?;
        let country = country.as_deref().unwrap_or("DE");
        match NumberPlan::new(country, Some(&area_code)) {
            Err(PlanError::AreaCode) => Err(found(&area_code)),
            _ => Ok(area_code),
        }
    });
    let base = NumberPlan::new(country.as_deref().unwrap_or("DE"), None).ok();
    let own_numbers = section.or("own_numbers", Vec::new(), OWN_NUMBERS, |value| {
        each(value, |head| base.clone()?.with_own_number(head).ok())
    });
    let extensions = section.or("extensions", Vec::new(), EXTENSIONS, |value| {
        each(value, |range| base.clone()?.with_extensions(range).ok())
    });
    let head_numbers = section.or("head_numbers", false, "true or false", |value| value.flag());
    let unknown = section.or(
        "unknown",
        Unknown::DefaultUser,
        "\"default-user\" or \"new-user\"",
        |value| match value.text()?.as_str() {
            "default-user" => Ok(Unknown::DefaultUser),
            "new-user" => Ok(Unknown::NewUser),
            _ => Err(value.describe()),
        },
    );
    let default_user = section.required(
        "default_user",
        "the e-mail address of a Zendesk user; it is set up when missing",
        email,
    );
    let wrap_up = section.or(
        "wrap_up",
        Duration::from_secs(120),
        "a duration from \"0s\" to \"24h\", such as \"90s\", \"2m\" or \"1h30m\"",
        |value| duration(value, A_DAY),
    );
    let lookup_patience = section.or(
        "lookup_patience",
        Duration::from_millis(1500),
        "a duration from \"0s\" to \"1m\", such as \"1500ms\"",
        |value| duration(value, A_MINUTE),
    );
    let default_fields = vec![NumberField::Phone, NumberField::Identity];
    let number_fields = section.or("number_fields", default_fields, FIELDS, number_fields);
    let directory = section.or("directory", true, "true or false", |value| value.flag());
    section.finish();
    // All parts were tried above, so this gives a plan unless one of them was refused already.
    let mut plan = NumberPlan::new(&country?, area_code.as_deref()).ok()?;
    for head in &own_numbers {
        plan = plan.with_own_number(head).ok()?;
    }
    for range in &extensions {
        plan = plan.with_extensions(range).ok()?;
    }
    if head_numbers {
        plan = plan.with_head_numbers();
    }
    Some(Callers {
        plan,
        unknown,
        default_user: default_user?,
        wrap_up,
        number_fields,
        lookup_patience,
        directory,
    })
}

/// How a field is written in the configuration.
pub(crate) fn field_name(field: &NumberField) -> String {
    match field {
        NumberField::Phone => "phone".into(),
        NumberField::Identity => "identity".into(),
        NumberField::Custom(key) => format!("user_fields.{key}"),
    }
}

/// A list of texts, each of which is one that is wanted.
fn each(value: Value<'_>, wanted: impl Fn(&str) -> Option<NumberPlan>) -> Result<Vec<String>, Found> {
    let texts = value.texts()?;
    match texts.iter().find(|text| wanted(text).is_none()) {
        Some(other) => Err(found(other)),
        None => Ok(texts),
    }
}

fn number_fields(value: Value<'_>) -> Result<Vec<NumberField>, Found> {
    let mut fields = Vec::new();
    for text in value.texts()? {
        let field = match text.as_str() {
            "phone" => NumberField::Phone,
            "identity" => NumberField::Identity,
            other => match other.strip_prefix("user_fields.") {
                Some(key) if is_key(key) => NumberField::Custom(key.into()),
                _ => return Err(found(&text)),
            },
        };
        if fields.contains(&field) {
            return Err(format!("{} twice", found(&text)));
        }
        fields.push(field);
    }
    if fields.is_empty() {
        Err("found an empty list".into())
    } else {
        Ok(fields)
    }
}

fn is_key(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}
