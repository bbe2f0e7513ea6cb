//! What a body says of a ticket: its keys and the text of comments.

use super::check::{Checked, Key, Kind};

const STATUSES: &[&str] = &["new", "open", "pending", "hold", "solved", "closed"];
const COMMENT: &[Key] = &[
    ("body", Kind::Text),
    ("html_body", Kind::Text),
    ("plain_body", Kind::Text),
    ("public", Kind::Bool),
    ("author_id", Kind::IntOrNull),
    ("uploads", Kind::TextsOrText),
    ("channel_back", Kind::Any),
    ("created_at", Kind::Text),
];
/// Keys of a comment that is a call.
pub(super) const VOICE_COMMENT: &[Key] = &[
    ("from", Kind::Text),
    ("to", Kind::Text),
    ("recording_url", Kind::TextOrNull),
    ("recording_type", Kind::Word(&["call", "voicemail", "ai"])),
    ("started_at", Kind::Text),
    ("call_duration", Kind::Int),
    ("answered_by_id", Kind::IntOrNull),
    ("transcription_text", Kind::TextOrNull),
    ("location", Kind::TextOrNull),
    ("author_id", Kind::Int),
    ("public", Kind::Bool),
    ("transcription_visible", Kind::Bool),
];
const FIELD: &[Key] = &[("id", Kind::Int), ("key", Kind::Text), ("value", Kind::Any)];
/// Keys of a ticket in a body, after `TicketObject` of the vendor's description; what cannot be written is left out, so
/// it is dropped and told.
pub(super) const TICKET: &[Key] = &[
    ("subject", Kind::TextOrNull),
    ("raw_subject", Kind::TextOrNull),
    ("comment", Kind::Inner(COMMENT)),
    ("requester_id", Kind::IntOrNull),
    ("assignee_id", Kind::IntOrNull),
    ("group_id", Kind::IntOrNull),
    ("status", Kind::Word(STATUSES)),
    ("priority", Kind::WordOrNull(&["urgent", "high", "normal", "low"])),
    ("type", Kind::WordOrNull(&["problem", "incident", "question", "task"])),
    ("tags", Kind::TextsOrText),
    ("external_id", Kind::TextOrNull),
    ("custom_fields", Kind::InnerList(FIELD)),
    ("fields", Kind::InnerList(FIELD)),
    ("brand_id", Kind::IntOrNull),
    ("custom_status_id", Kind::IntOrNull),
    ("ticket_form_id", Kind::IntOrNull),
    ("organization_id", Kind::IntOrNull),
    ("problem_id", Kind::IntOrNull),
    ("due_at", Kind::TextOrNull),
    ("collaborator_ids", Kind::Ints),
    ("follower_ids", Kind::Ints),
    ("email_cc_ids", Kind::Ints),
    ("metadata", Kind::Object),
    ("macro_ids", Kind::Ints),
    ("assignee_email", Kind::Text),
];
/// Keys that only a new ticket takes.
pub(super) const TICKET_CREATE: &[Key] = &[
    ("description", Kind::Text),
    ("requester", Kind::Any),
    ("submitter_id", Kind::IntOrNull),
    ("via", Kind::Object),
    ("via_id", Kind::Int),
    ("via_followup_source_id", Kind::Int),
    ("voice_comment", Kind::Inner(VOICE_COMMENT)),
    ("recipient", Kind::TextOrNull),
];
/// Keys that only an update takes.
pub(super) const TICKET_UPDATE: &[Key] = &[
    ("safe_update", Kind::Bool),
    ("updated_stamp", Kind::Text),
    ("voice_comment", Kind::Inner(VOICE_COMMENT)),
];

/// Body and HTML of a comment, whichever of them was told.
pub(super) fn texts(comment: &Checked, description: Option<&str>) -> (String, String) {
    let html = comment.text("html_body");
    let body = comment.text("body").or(comment.text("plain_body")).or(description);
    let body = body.map_or_else(|| html.map(without_tags).unwrap_or_default(), str::to_owned);
    let paragraph = || {
        format!(
            "<div class=\"zd-comment\" dir=\"auto\"><p dir=\"auto\">{}</p></div>",
            escaped(&body)
        )
    };
    let html = html.map_or_else(paragraph, |html| {
        format!("<div class=\"zd-comment\" dir=\"auto\">{html}</div>")
    });
    (body, html)
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('\n', "<br>")
}

fn without_tags(html: &str) -> String {
    let (mut text, mut inside) = (String::new(), false);
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            c if !inside => text.push(c),
            _ => {}
        }
    }
    text
}
