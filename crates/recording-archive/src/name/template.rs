//! The template of a file name.

use std::fmt;

use jiff::Zoned;

use super::safe;

/// A template such as `Aufnahme_{date}_{time}_{from}_{to}.wav`.
///
/// Fields are `{date}` (YYYYMMDD), `{time}` (HHMMSS), `{from}`, `{to}` and `{call}`; `{{` and `}}` are braces.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Template {
    parts: Vec<Part>,
}

/// What a template is filled with. `Debug` shows no numbers.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Fields {
    /// The day, as `YYYYMMDD`.
    pub date: String,
    /// The clock time, as `HHMMSS`.
    pub time: String,
    /// Who called, as the PBX shows it.
    pub from: String,
    /// Who was called, as the PBX shows it.
    pub to: String,
    /// The call's id.
    pub call: String,
}

/// This is no template; the text says why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TemplateError(String);

#[derive(Clone, PartialEq, Eq, Debug)]
enum Part {
    Text(String),
    Field(Field),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Field {
    Date,
    Time,
    From,
    To,
    Call,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    ///
    /// Where a field is not known, a brace is not closed, a folder is named, or nothing is left.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '{' | '}' if chars.peek() == Some(&c) => {
                    chars.next();
                    literal.push(c);
                }
                '{' => {
                    let mut name = String::new();
                    loop {
                        match chars.next() {
                            Some('}') => break,
                            Some(c) => name.push(c),
                            None => {
                                return Err(TemplateError(
                                    "`{` is not closed; a brace itself is written `{{`".into(),
                                ));
                            }
                        }
                    }
                    parts.push(Part::Text(std::mem::take(&mut literal)));
                    parts.push(Part::Field(Field::named(&name)?));
                }
                '}' => {
                    return Err(TemplateError(
                        "`}` closes nothing; a brace itself is written `}}`".into(),
                    ));
                }
                '/' | '\\' => {
                    return Err(TemplateError(
                        "a file name holds no folders: those are in `subdirectory`".into(),
                    ));
                }
                c => literal.push(c),
            }
        }
        parts.push(Part::Text(literal));
        parts.retain(|part| *part != Part::Text(String::new()));
        if parts.is_empty() {
            return Err(TemplateError("the template is empty".into()));
        }
        Ok(Self { parts })
    }

    /// Fills the template: one safe name, whatever is in the fields.
    pub fn render(&self, fields: &Fields) -> String {
        let text: String = self
            .parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => text.as_str(),
                Part::Field(field) => field.of(fields),
            })
            .collect();
        safe(&text)
    }
}

impl Fields {
    /// Date and time as the clock of the zone shows them.
    pub fn at(moment: &Zoned) -> Self {
        Self {
            date: moment.strftime("%Y%m%d").to_string(),
            time: moment.strftime("%H%M%S").to_string(),
            ..Self::default()
        }
    }
}

impl Field {
    fn named(name: &str) -> Result<Self, TemplateError> {
        Ok(match name {
            "date" => Self::Date,
            "time" => Self::Time,
            "from" => Self::From,
            "to" => Self::To,
            "call" => Self::Call,
            other => {
                return Err(TemplateError(format!(
                    "there is no field {{{other}}}: {{date}}, {{time}}, {{from}}, {{to}} and {{call}} are there"
                )));
            }
        })
    }

    fn of(self, fields: &Fields) -> &str {
        match self {
            Self::Date => &fields.date,
            Self::Time => &fields.time,
            Self::From => &fields.from,
            Self::To => &fields.to,
            Self::Call => &fields.call,
        }
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fields")
            .field("date", &self.date)
            .field("time", &self.time)
            .field("call", &self.call)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TemplateError {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::name::is_safe;

    #[test]
    fn a_template_is_filled() {
        let template = Template::parse("Aufnahme_{date}_{time}_{from}_{to}.wav").unwrap();
        let moment: Zoned = "2026-11-26T08:19:05[Europe/Berlin]".parse().unwrap();
        let fields = Fields {
            from: "0721 123/45".into(),
            to: "20".into(),
            ..Fields::at(&moment)
        };
        assert_eq!(template.render(&fields), "Aufnahme_20261126_081905_0721 123_45_20.wav");
        let braces = Template::parse("{{{call}}}").unwrap();
        assert_eq!(
            braces.render(&Fields {
                call: "7".into(),
                ..fields
            }),
            "{7}"
        );
    }

    #[test]
    fn what_is_no_template_is_refused() {
        for wrong in ["", "{datum}.wav", "{date", "a}b", "{}", "a/{date}.wav", "..\\{date}"] {
            assert!(Template::parse(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_in_the_fields_the_name_is_safe(template in "[a-zA-Z._ :*{}]{0,20}", from: String, to: String, call: String) {
            if let Ok(template) = Template::parse(&template) {
                let fields = Fields { from, to, call, ..Fields::default() };
                prop_assert!(is_safe(&template.render(&fields)));
            }
        }
    }
}
