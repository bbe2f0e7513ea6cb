//! Users, their identities and fields, groups and who is in them.

use serde_json::Value;
use zendesk_client::groups::GroupData;
use zendesk_client::identities::{IdentityKind, NewIdentity};
use zendesk_client::user_fields::{NewUserField, UserFieldChanges, UserFieldKind};
use zendesk_client::users::{FieldKey, Role, UserData};
use zendesk_client::{Client, GroupId, OrganizationId, UserId};

use super::Ids;
use crate::call::Table;

pub(super) fn users(table: &mut Table<'_>, client: &Client, ids: &Ids) -> anyhow::Result<()> {
    let &Ids { user, agent, group, .. } = ids;
    let users = client.users();
    let field = key()?;
    let name = UserData::new().name("Caller");
    let fewest = UserData::new().name("Caller").external_id("tel:+49721123452");
    let all = UserData::new()
        .name("Caller")
        .email("caller@customer.example")
        .phone("+49721123450")
        .external_id("tel:+49721123450")
        .role(Role::EndUser)
        .verified(true)
        .skip_verify_email(true)
        .notes("by telephone")
        .tags(["phone", "new"])
        .organization(OrganizationId::new(33_144_692_244_371))
        .default_group(group)
        .user_field("phone_2", "+49721123451");
    let phone = UserData::new().phone("+49721123453");
    let cleared = UserData::new()
        .phone("")
        .set("external_id", Value::Null)
        .user_field("phone_2", Value::Null);
    let both = [user, agent];
    table
        .at("GET", "/api/v2/users/me")
        .call("users.me", "", users.me())
        .call("client.whoami", "", client.whoami());
    table
        .at("GET", "/api/v2/users/{user_id}")
        .call("users.show", "", users.show(user));
    table
        .at("GET", "/api/v2/users/show_many")
        .call("users.show_many", "one", users.show_many(&[user]))
        .call(
            "users.show_many_by_external_id",
            "",
            users.show_many_by_external_id(&["tel:+49721123450"]),
        )
        .call("users.show_many", "two", users.show_many(&[user, UserId::new(1)]));
    table
        .at("GET", "/api/v2/users/search")
        .list("users.search", "", &users.search("role:end-user phone:*72112345"))
        .list("users.search_by_phone", "", &users.search_by_phone("+49 721 123456"))
        .list("users.search_by_field", "", &users.search_by_field(&field, "72112345"))
        .list(
            "users.search_by_email",
            "",
            &users.search_by_email("caller@customer.example"),
        )
        .list(
            "users.search_by_external_id",
            "",
            &users.search_by_external_id("tel:+49721123450"),
        );
    table
        .at("GET", "/api/v2/users")
        .list("users.list", "of any role", &users.list(&[]))
        .list("users.list", "of one role", &users.list(&[Role::EndUser]))
        .list("users.agents", "", &users.agents())
        .list(
            "users.list",
            "after a cursor",
            &users.list(&[]).page_size(2).after(&ids.cursor),
        );
    table
        .at("GET", "/api/v2/groups/{group_id}/users")
        .list("users.in_group", "", &users.in_group(group));
    table
        .at("GET", "/api/v2/users/autocomplete")
        .list("users.autocomplete", "", &users.autocomplete("Karla"))
        .list(
            "users.autocomplete_by_phone",
            "",
            &users.autocomplete_by_phone("+49721"),
        );
    table
        .at("GET", "/api/v2/users/count")
        .call("users.count", "", users.count());
    table
        .at("GET", "/api/v2/users/{user_id}/related")
        .call("users.related", "", users.related(user));
    table
        .at("POST", "/api/v2/users")
        .call("users.create", "fewest", users.create(&name))
        .call("users.create", "all", users.create(&all));
    table
        .at("POST", "/api/v2/users/create_or_update")
        .call("users.create_or_update", "fewest", users.create_or_update(&fewest))
        .call("users.create_or_update", "all", users.create_or_update(&all));
    table
        .at("PUT", "/api/v2/users/{user_id}")
        .call("users.update", "fewest", users.update(user, &phone))
        .call("users.update", "cleared", users.update(user, &cleared))
        .call("users.update", "all", users.update(user, &all));
    table
        .at("DELETE", "/api/v2/users/{user_id}")
        .call("users.delete", "", users.delete(UserId::new(400)));
    table
        .at("PUT", "/api/v2/users/{user_id}/merge")
        .call("users.merge", "", users.merge(user, UserId::new(400)));
    table
        .at("POST", "/api/v2/users/create_many")
        .call("users.create_many", "one", users.create_many(&[name]))
        .call(
            "users.create_many",
            "two",
            users.create_many(&[all.clone(), fewest.clone()]),
        );
    table.at("POST", "/api/v2/users/create_or_update_many").call(
        "users.create_or_update_many",
        "",
        users.create_or_update_many(&[all.clone(), fewest]),
    );
    table
        .at("PUT", "/api/v2/users/update_many")
        .call("users.update_all", "", users.update_all(&both, &phone))
        .call(
            "users.update_many",
            "",
            users.update_many(&[(user, all), (agent, cleared)]),
        );
    table
        .at("DELETE", "/api/v2/users/destroy_many")
        .call("users.destroy_many", "", users.destroy_many(&both));
    Ok(())
}

pub(super) fn identities(table: &mut Table<'_>, client: &Client, &Ids { user, identity, .. }: &Ids) {
    let identities = client.identities();
    let create = |new: NewIdentity| identities.create(user, &new);
    table
        .at("GET", "/api/v2/users/{user_id}/identities")
        .list("identities.list", "", &identities.list(user));
    table
        .at("POST", "/api/v2/users/{user_id}/identities")
        .call(
            "identities.create",
            "fewest",
            create(NewIdentity::phone_number("+49721123454")),
        )
        .call(
            "identities.create",
            "all",
            create(NewIdentity::email("second@customer.example").verified(true)),
        )
        .call(
            "identities.create",
            "any kind",
            create(NewIdentity::of(IdentityKind::Other("foreign".to_owned()), "A-7")),
        );
    table
        .at("GET", "/api/v2/users/{user_id}/identities/{user_identity_id}")
        .call("identities.show", "", identities.show(user, identity));
    table
        .at("PUT", "/api/v2/users/{user_id}/identities/{user_identity_id}")
        .call(
            "identities.update",
            "",
            identities.update(user, identity, "+49721123455"),
        );
    table
        .at("DELETE", "/api/v2/users/{user_id}/identities/{user_identity_id}")
        .call("identities.delete", "", identities.delete(user, identity));
    table
        .at(
            "PUT",
            "/api/v2/users/{user_id}/identities/{user_identity_id}/make_primary",
        )
        .call("identities.make_primary", "", identities.make_primary(user, identity));
    table
        .at(
            "PUT",
            "/api/v2/users/{user_id}/identities/{user_identity_id}/request_verification",
        )
        .call(
            "identities.request_verification",
            "",
            identities.request_verification(user, identity),
        );
    table
        .at("PUT", "/api/v2/users/{user_id}/identities/{user_identity_id}/verify")
        .call("identities.verify", "", identities.verify(user, identity));
}

pub(super) fn fields(table: &mut Table<'_>, client: &Client, &Ids { field, .. }: &Ids) -> anyhow::Result<()> {
    let fields = client.user_fields();
    let key = FieldKey::new("phone_3").ok_or_else(|| anyhow::anyhow!("this is no key of a field"))?;
    let dropdown = NewUserField::of(&UserFieldKind::Dropdown, &key, "Line")
        .description("of the caller")
        .options([("Office", "office"), ("Mobile", "mobile")]);
    let changes = UserFieldChanges::new()
        .title("Second phone")
        .description("of the caller")
        .active(false);
    table
        .at("GET", "/api/v2/user_fields")
        .list("user_fields.list", "", &fields.list());
    table
        .at("GET", "/api/v2/user_fields/{user_field_id}")
        .call("user_fields.show", "", fields.show(field));
    table
        .at("POST", "/api/v2/user_fields")
        .call(
            "user_fields.create",
            "fewest",
            fields.create(&NewUserField::text(&key, "Second phone")),
        )
        .call(
            "user_fields.create",
            "a pattern",
            fields.create(&NewUserField::regexp(&key, "Second phone", r"^\+\d+$")),
        )
        .call("user_fields.create", "all", fields.create(&dropdown));
    table
        .at("PUT", "/api/v2/user_fields/{user_field_id}")
        .call(
            "user_fields.update",
            "fewest",
            fields.update(field, &UserFieldChanges::new().active(true)),
        )
        .call("user_fields.update", "all", fields.update(field, &changes));
    table
        .at("DELETE", "/api/v2/user_fields/{user_field_id}")
        .call("user_fields.delete", "", fields.delete(field));
    Ok(())
}

pub(super) fn groups(table: &mut Table<'_>, client: &Client, &Ids { agent, group, .. }: &Ids) {
    let groups = client.groups();
    let name = GroupData::new().name("Night shift");
    let all = name.clone().description("22 to 6 o'clock").is_public(true);
    table
        .at("GET", "/api/v2/groups")
        .list("groups.list", "", &groups.list());
    table
        .at("GET", "/api/v2/groups/{group_id}")
        .call("groups.show", "", groups.show(group));
    table
        .at("GET", "/api/v2/groups/assignable")
        .list("groups.assignable", "", &groups.assignable());
    table
        .at("GET", "/api/v2/groups/count")
        .call("groups.count", "", groups.count());
    table
        .at("GET", "/api/v2/users/{user_id}/groups")
        .list("groups.of_user", "", &groups.of_user(agent));
    table
        .at("POST", "/api/v2/groups")
        .call("groups.create", "fewest", groups.create(&name))
        .call("groups.create", "all", groups.create(&all));
    table
        .at("PUT", "/api/v2/groups/{group_id}")
        .call("groups.update", "fewest", groups.update(group, &name))
        .call("groups.update", "all", groups.update(group, &all));
    table
        .at("DELETE", "/api/v2/groups/{group_id}")
        .call("groups.delete", "", groups.delete(group));
}

pub(super) fn memberships(
    table: &mut Table<'_>,
    client: &Client,
    &Ids {
        agent,
        group,
        membership,
        ..
    }: &Ids,
) {
    let memberships = client.memberships();
    table.at("GET", "/api/v2/group_memberships/assignable").list(
        "memberships.assignable",
        "",
        &memberships.assignable(),
    );
    table
        .at("GET", "/api/v2/group_memberships")
        .list("memberships.list", "", &memberships.list());
    table.at("GET", "/api/v2/users/{user_id}/group_memberships").list(
        "memberships.of_user",
        "",
        &memberships.of_user(agent),
    );
    table.at("GET", "/api/v2/groups/{group_id}/memberships").list(
        "memberships.of_group",
        "",
        &memberships.of_group(group),
    );
    table.at("GET", "/api/v2/group_memberships/{group_membership_id}").call(
        "memberships.show",
        "",
        memberships.show(membership),
    );
    table.at("POST", "/api/v2/group_memberships").call(
        "memberships.create",
        "",
        memberships.create(agent, GroupId::new(73)),
    );
    table
        .at("DELETE", "/api/v2/group_memberships/{group_membership_id}")
        .call("memberships.delete", "", memberships.delete(membership));
    table
        .at(
            "PUT",
            "/api/v2/users/{user_id}/group_memberships/{group_membership_id}/make_default",
        )
        .call(
            "memberships.make_default",
            "",
            memberships.make_default(agent, membership),
        );
}

fn key() -> anyhow::Result<FieldKey> {
    FieldKey::new("phone_2").ok_or_else(|| anyhow::anyhow!("this is no key of a field"))
}
