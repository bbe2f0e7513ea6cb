//! `[groups]`: which groups of the PBX are served.

use std::collections::BTreeMap;

use bridge_core::matching::GroupRules;

use super::reader::Section;

/// Reads the section.
pub(crate) fn read(mut section: Section<'_>) -> GroupRules {
    let include = section.or(
        "include",
        Vec::new(),
        "a list of names of PBX groups; empty: all whose name exists in Zendesk",
        |value| value.texts(),
    );
    let names = section.section("names");
    let names: BTreeMap<String, String> = names
        .pairs("the name of the Zendesk group, in quotes")
        .into_iter()
        .collect();
    section.finish();
    GroupRules { include, names }
}
