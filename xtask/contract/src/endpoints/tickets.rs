//! Tickets, many of them, and the files on them.

use serde_json::Value;
use zendesk_client::attachments::{NewFile, UploadToken};
use zendesk_client::tickets::{NewComment, NewTicket, Status, Tags, TicketChanges};
use zendesk_client::voice::NewVoiceComment;
use zendesk_client::{
    AttachmentId, Body, BrandId, Client, CommentId, CustomFieldId, IdempotencyKey, TicketFormId, TicketId,
};

use super::Ids;
use crate::call::Table;

pub(super) fn tickets(table: &mut Table<'_>, client: &Client, ids: &Ids) -> anyhow::Result<()> {
    let &Ids {
        user,
        agent,
        group,
        ticket,
        comment: made,
        audit,
        stamp,
        ..
    } = ids;
    let tickets = client.tickets();
    let comment = NewComment::internal("Call from …450");
    let fewest = NewTicket::new(comment.clone());
    let all = NewTicket::new(NewComment::public("Call from …450").author(user))
        .subject("Call")
        .requester(user)
        .submitter(agent)
        .assignee(agent)
        .group(group)
        .status(&Status::Open)
        .priority("normal")
        .external_id("zendesk-bridge:hq:c1")
        .tags(["phone"])
        .brand(BrandId::new(33_144_692_244_372))
        .form(TicketFormId::new(33_144_692_244_373))
        .custom_field(CustomFieldId::new(33_144_692_244_374), "x")
        .custom_field(CustomFieldId::new(33_144_692_244_375), true)
        .set("type", "question");
    let changes = TicketChanges::new()
        .subject("Call")
        .requester(user)
        .assignee(agent)
        .group(group)
        .status(&Status::Pending)
        .priority("high")
        .external_id("zendesk-bridge:hq:c1")
        .tags(["phone"])
        .custom_field(CustomFieldId::new(33_144_692_244_374), Value::Null)
        .comment(comment.clone().author(agent))
        .set("type", "task");
    let recorded = NewVoiceComment::new("+49721123450", "+497214605300", stamp, 61, agent)
        .recording_url("https://pbx.acme.example/1.mp3")
        .transcription("Hello")
        .location("Karlsruhe");
    let attached = TicketChanges::new().comment(NewComment::internal("Recording").upload(&token()));
    let formatted = TicketChanges::new().comment(NewComment::internal("<b>rings</b>").html());
    let safe = TicketChanges::new().requester(user).unless_changed_since(stamp);
    let key = IdempotencyKey::new("hq/c1/ticket").ok_or_else(|| anyhow::anyhow!("this is no key"))?;
    table
        .at("POST", "/api/v2/tickets")
        .call("tickets.create", "fewest", tickets.create(&fewest, None))
        .call("tickets.create", "all", tickets.create(&all, Some(key)));
    table
        .at("PUT", "/api/v2/tickets/{ticket_id}")
        .call(
            "tickets.update",
            "fewest",
            tickets.update(ticket, &TicketChanges::new().requester(user)),
        )
        .call(
            "tickets.update",
            "a comment",
            tickets.update(ticket, &TicketChanges::new().comment(comment)),
        )
        .call(
            "tickets.update",
            "a comment of HTML",
            tickets.update(ticket, &formatted),
        )
        .call("tickets.update", "a file", tickets.update(ticket, &attached))
        .call(
            "tickets.update",
            "a recording",
            tickets.update(ticket, &TicketChanges::new().voice_comment(recorded)),
        )
        .call("tickets.update", "conditional", tickets.update(ticket, &safe))
        .call("tickets.update", "all", tickets.update(ticket, &changes));
    table
        .at("GET", "/api/v2/tickets/{ticket_id}")
        .call("tickets.show", "", tickets.show(ticket));
    table
        .at("DELETE", "/api/v2/tickets/{ticket_id}")
        .call("tickets.delete", "", tickets.delete(ticket));
    table
        .at("GET", "/api/v2/tickets")
        .list("tickets.list", "", &tickets.list())
        .list("tickets.list_by_external_id", "", &tickets.list_by_external_id("c1"));
    table
        .at("GET", "/api/v2/tickets/count")
        .call("tickets.count", "", tickets.count());
    table
        .at("GET", "/api/v2/tickets/recent")
        .list("tickets.recent", "", &tickets.recent());
    table.at("GET", "/api/v2/users/{user_id}/tickets/requested").list(
        "tickets.requested_by",
        "",
        &tickets.requested_by(user),
    );
    table.at("GET", "/api/v2/users/{user_id}/tickets/assigned").list(
        "tickets.assigned_to",
        "",
        &tickets.assigned_to(agent),
    );
    table
        .at("GET", "/api/v2/users/{user_id}/tickets/ccd")
        .list("tickets.copied_to", "", &tickets.copied_to(user));
    table
        .at("GET", "/api/v2/tickets/{ticket_id}/comments")
        .list("tickets.comments", "", &tickets.comments(ticket));
    table
        .at("GET", "/api/v2/tickets/{ticket_id}/audits")
        .list("tickets.audits", "", &tickets.audits(ticket));
    table
        .at("GET", "/api/v2/tickets/{ticket_id}/audits/{ticket_audit_id}")
        .call("tickets.audit", "", tickets.audit(ticket, audit));
    table
        .at("PUT", "/api/v2/tickets/{ticket_id}/comments/{comment_id}/make_private")
        .call(
            "tickets.make_comment_private",
            "",
            tickets.make_comment_private(ticket, made),
        );
    table
        .at("GET", "/api/v2/ticket_audits")
        .list("tickets.all_audits", "", &tickets.all_audits());
    table
        .kin("POST", "/api/v2/imports/tickets")
        .call("tickets.create", "", tickets.create(&fewest, None));
    Ok(())
}

pub(super) fn many(
    table: &mut Table<'_>,
    client: &Client,
    &Ids {
        user, ticket, stamp, ..
    }: &Ids,
) {
    let tickets = client.tickets();
    let new = NewTicket::new(NewComment::internal("Call from …450")).requester(user);
    let changes = TicketChanges::new().additional_tags(["phone"]).remove_tags(["web"]);
    let closed = TicketChanges::new().status(&Status::Solved);
    let both = [ticket, TicketId::new(78)];
    let tags = Tags::new(["phone", "vip"]);
    let safe = tags.clone().unless_changed_since(stamp);
    table
        .at("GET", "/api/v2/tickets/show_many")
        .call("tickets.show_many", "", tickets.show_many(&both));
    table.at("POST", "/api/v2/tickets/create_many").call(
        "tickets.create_many",
        "",
        tickets.create_many(&[new.clone(), new]),
    );
    table
        .at("PUT", "/api/v2/tickets/update_many")
        .call("tickets.update_all", "", tickets.update_all(&both, &changes))
        .call(
            "tickets.update_many",
            "",
            tickets.update_many(&[(ticket, changes), (TicketId::new(78), closed)]),
        );
    table
        .at("DELETE", "/api/v2/tickets/destroy_many")
        .call("tickets.destroy_many", "", tickets.destroy_many(&both));
    table
        .at("GET", "/api/v2/tickets/{ticket_id}/tags")
        .call("tickets.tags", "", tickets.tags(ticket));
    table
        .at("POST", "/api/v2/tickets/{ticket_id}/tags")
        .call("tickets.set_tags", "fewest", tickets.set_tags(ticket, &tags))
        .call("tickets.set_tags", "conditional", tickets.set_tags(ticket, &safe));
    table
        .at("PUT", "/api/v2/tickets/{ticket_id}/tags")
        .call("tickets.add_tags", "fewest", tickets.add_tags(ticket, &tags))
        .call("tickets.add_tags", "conditional", tickets.add_tags(ticket, &safe));
    table
        .at("DELETE", "/api/v2/tickets/{ticket_id}/tags")
        .call("tickets.remove_tags", "fewest", tickets.remove_tags(ticket, &tags))
        .call("tickets.remove_tags", "conditional", tickets.remove_tags(ticket, &safe));
}

pub(super) fn attachments(table: &mut Table<'_>, client: &Client, &Ids { ticket, .. }: &Ids) {
    let attachments = client.attachments();
    let file = || NewFile::new("call.wav", "audio/wav", Body::bytes(&b"RIFF"[..]));
    let attachment = AttachmentId::new(33_144_692_244_376);
    table
        .at("POST", "/api/v2/uploads")
        .call("attachments.upload", "fewest", attachments.upload(file()))
        .call("attachments.upload", "all", attachments.upload(file().onto(token())));
    table.at("DELETE", "/api/v2/uploads/{token}").call(
        "attachments.delete_upload",
        "",
        attachments.delete_upload(&token()),
    );
    table
        .at("GET", "/api/v2/attachments/{attachment_id}")
        .call("attachments.show", "", attachments.show(attachment));
    table
        .at(
            "PUT",
            "/api/v2/tickets/{ticket_id}/comments/{comment_id}/attachments/{attachment_id}/redact",
        )
        .call(
            "attachments.redact",
            "",
            attachments.redact(ticket, CommentId::new(33_144_692_244_377), attachment),
        );
}

fn token() -> UploadToken {
    UploadToken::new("6bk3gql82em5nmf".to_owned().into())
}
