//! `[activation]`: whether the bridge works as soon as it runs.

use super::reader::Section;

/// What a start does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum OnStart {
    /// As it last was; inactive the first time.
    Resume,
    /// It waits for an explicit activation.
    Inactive,
    /// It works at once.
    Active,
}

/// Reads the section.
pub(crate) fn read(mut section: Section<'_>) -> OnStart {
    let on_start = section.or(
        "on_start",
        OnStart::Resume,
        "\"resume\", \"inactive\" or \"active\"",
        |value| match value.text()?.as_str() {
            "resume" => Ok(OnStart::Resume),
            "inactive" => Ok(OnStart::Inactive),
            "active" => Ok(OnStart::Active),
            _ => Err(value.describe()),
        },
    );
    section.finish();
    on_start
}
