//! Files: uploads, and the attachments that they become.

use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::check::Checked;
use super::errors;
use super::message::SimResponse;
use super::state::{Ctx, Reply, State};
use super::switch_kinds::{OversizedUpload, UnknownUpload};

/// Files that wait for a comment.
#[derive(Clone)]
pub(super) struct Upload {
    attachments: Vec<u64>,
    expires_at: Timestamp,
}

/// A file.
#[derive(Clone)]
pub(super) struct Attachment {
    id: u64,
    file_name: String,
    content_type: String,
    pub(super) content: Bytes,
    created_at: Timestamp,
}

impl State {
    /// A file under this token, as if it had just been uploaded.
    pub fn add_upload(&mut self, token: &str, file_name: &str, content: impl Into<Bytes>, now: Timestamp) {
        let id = self.fresh_id();
        self.insert_file(id, file_name, content.into(), now);
        let expires_at = now.saturating_add(SignedDuration::from_hours(72)).unwrap_or(now);
        let upload = Upload {
            attachments: vec![id],
            expires_at,
        };
        self.uploads.insert(token.to_owned(), upload);
    }

    /// A file with this id at a ticket's first comment, which gets the id `comment`. Without such a ticket nothing happens.
    pub fn add_attachment(&mut self, ticket: u64, comment: u64, id: u64, file_name: &str, now: Timestamp) {
        let found = self
            .tickets
            .get_mut(&ticket)
            .and_then(|ticket| ticket.comments.first_mut());
        if let Some(first) = found {
            first.id = comment;
            first.attachments.push(id);
            self.insert_file(id, file_name, Bytes::from_static(b"file"), now);
        }
    }

    fn insert_file(&mut self, id: u64, file_name: &str, content: Bytes, now: Timestamp) {
        let file = Attachment {
            id,
            file_name: file_name.to_owned(),
            content_type: content_type(None, file_name),
            content,
            created_at: now,
        };
        self.attachments.insert(id, file);
    }

    pub(super) fn post_upload(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        if !self.switches.attachments_enabled {
            let why = "Attachments are not enabled for this account";
            return Err(errors::named(403, "AttachmentsNotEnabled", why));
        }
        let Some(file_name) = ctx.params.get("filename").filter(|name| !name.is_empty()) else {
            return Err(errors::missing("filename"));
        };
        let content = ctx.request.body.clone();
        if content.is_empty() {
            return Err(errors::named(422, "AttachmentUnprocessable", "The file is empty"));
        }
        if content.len() > self.switches.upload_limit {
            return Err(match self.switches.oversized_upload {
                OversizedUpload::PayloadTooLarge => errors::html(413, "Request Entity Too Large"),
                OversizedUpload::Unprocessable => errors::invalid("base", "Attachment: is too large", None),
            });
        }
        let token = match ctx.params.get("token") {
            Some(token) if self.live_upload(token, ctx.now).is_none() => return Err(errors::not_found()),
            Some(token) => token.to_owned(),
            None => self.hex(32),
        };
        let attachment = Attachment {
            id: self.fresh_id(),
            file_name: file_name.to_owned(),
            content_type: content_type(ctx.request.header("content-type"), file_name),
            content,
            created_at: ctx.now,
        };
        // What the answer says is three days, as recorded; what holds is the documented hour.
        let expires_at = ctx
            .now
            .saturating_add(SignedDuration::from_hours(72))
            .unwrap_or(ctx.now);
        let upload = self.uploads.entry(token.clone()).or_insert(Upload {
            attachments: Vec::new(),
            expires_at,
        });
        upload.attachments.push(attachment.id);
        let (ids, ends) = (upload.attachments.clone(), upload.expires_at);
        let id = attachment.id;
        self.attachments.insert(id, attachment);
        let all = self.attachments_json(&ids, ctx.now);
        let one = self.attachments_json(&[id], ctx.now).pop();
        let body =
            json!({"upload": {"token": token, "expires_at": ends.to_string(), "attachments": all, "attachment": one}});
        let answer = match self.switches.upload_as_text {
            true => SimResponse::text(201, "text/plain; charset=utf-8", body.to_string()),
            false => SimResponse::json(201, &body),
        };
        Ok(answer.with("location", self.url(&format!("attachments/{id}"))))
    }

    pub(super) fn delete_upload(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let upload = self.uploads.remove(ctx.last()).ok_or_else(errors::not_found)?;
        self.attachments.retain(|id, _| !upload.attachments.contains(id));
        Ok(SimResponse::empty(204))
    }

    pub(super) fn show_attachment(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let shown = self.attachments_json(&[ctx.id(0)], ctx.now).pop();
        let shown = shown.ok_or_else(errors::not_found)?;
        Ok(SimResponse::json(200, &json!({"attachment": shown})))
    }

    /// The file itself, for whoever has its address.
    pub(super) fn attachment_content(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let file = self.attachments.get(&ctx.id(0));
        let file = file.ok_or_else(|| errors::html(404, "Not Found"))?;
        Ok(SimResponse::text(200, &file.content_type, file.content.clone()))
    }

    /// The file's name and content go; the attachment stays.
    pub(super) fn redact_attachment(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let ticket = self.live_ticket(ctx.id(0))?;
        let comment = ticket.comments.iter().find(|comment| comment.id == ctx.id(1));
        let id = ctx.id(2);
        if !comment.is_some_and(|comment| comment.attachments.contains(&id)) {
            return Err(errors::not_found());
        }
        if let Some(file) = self.attachments.get_mut(&id) {
            "redacted.txt".clone_into(&mut file.file_name);
            "text/plain".clone_into(&mut file.content_type);
            file.content = Bytes::from_static(b"redacted");
        }
        let shown = self.attachments_json(&[id], ctx.now).pop();
        Ok(SimResponse::json(200, &json!({"attachment": shown})))
    }

    /// The uploads that a comment names, before anything comes of them.
    pub(super) fn uploads_named(&self, comment: &Checked, now: Timestamp) -> Result<Vec<String>, SimResponse> {
        let mut tokens = comment.texts("uploads").unwrap_or_default();
        if self.switches.unknown_upload == UnknownUpload::Ignored {
            tokens.retain(|token| self.live_upload(token, now).is_some());
        }
        match tokens.iter().all(|token| self.live_upload(token, now).is_some()) {
            true => Ok(tokens),
            false => Err(errors::invalid("uploads", "Uploads: is invalid", Some("InvalidValue"))),
        }
    }

    /// Their files, which are the comment's from now on; the tokens are good for nothing any more.
    pub(super) fn take_uploads(&mut self, tokens: &[String]) -> Vec<u64> {
        let taken = tokens.iter().filter_map(|token| self.uploads.remove(token));
        taken.flat_map(|upload| upload.attachments).collect()
    }

    pub(super) fn attachments_json(&self, ids: &[u64], now: Timestamp) -> Vec<Value> {
        let found = ids.iter().filter_map(|id| self.attachments.get(id));
        found.map(|file| self.attachment_json(file, now)).collect()
    }

    /// Comments among the events of an audit show their files as they are now.
    pub(super) fn refresh_attachments(&self, event: &mut Value, now: Timestamp) {
        let shown = event.get("attachments").and_then(Value::as_array);
        let ids: Vec<u64> = shown
            .into_iter()
            .flatten()
            .filter_map(|file| file["id"].as_u64())
            .collect();
        if !ids.is_empty() {
            event["attachments"] = self.attachments_json(&ids, now).into();
        }
    }

    fn live_upload(&self, token: &str, now: Timestamp) -> Option<&Upload> {
        let upload = self.uploads.get(token)?;
        let first = self.attachments.get(upload.attachments.first()?)?;
        let life = SignedDuration::try_from(self.switches.upload_lifetime).unwrap_or(SignedDuration::MAX);
        (now.duration_since(first.created_at) < life).then_some(upload)
    }

    fn attachment_json(&self, file: &Attachment, now: Timestamp) -> Value {
        let address = format!("{}/attachments/token/{}/", self.base_url, file.id);
        let age = Duration::try_from(now.duration_since(file.created_at)).unwrap_or_default();
        let scanned = now > file.created_at && age >= self.switches.scan_takes;
        let scan = if scanned {
            self.switches.scan_result.as_str()
        } else {
            "not_scanned"
        };
        json!({
            "url": self.url(&format!("attachments/{}", file.id)),
            "id": file.id,
            "file_name": file.file_name,
            "content_url": address,
            "mapped_content_url": address,
            "content_type": file.content_type,
            "size": file.content.len(),
            "width": null,
            "height": null,
            "inline": false,
            "deleted": false,
            "malware_access_override": false,
            "malware_scan_result": scan,
            "thumbnails": [],
        })
    }
}

/// What was told, or what the name's ending says if that is nothing in particular.
fn content_type(told: Option<&str>, file_name: &str) -> String {
    match told {
        Some(told) if !told.starts_with("application/octet-stream") => told.to_owned(),
        Some(_) | None => match file_name
            .rsplit_once('.')
            .map(|(_, ending)| ending.to_lowercase())
            .as_deref()
        {
            Some("wav") => "audio/wav",
            Some("mp3") => "audio/mpeg",
            Some("txt" | "log") => "text/plain",
            Some("json") => "application/json",
            Some("pdf") => "application/pdf",
            Some("png") => "image/png",
            Some(_) | None => "application/octet-stream",
        }
        .to_owned(),
    }
}
