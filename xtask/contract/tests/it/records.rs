//! What is found, listed, written and deleted.

use std::time::Duration;

use bridge_sim::zendesk::{Details, NewUser, OversizedUpload, Switches};
use zendesk_client::attachments::NewFile;
use zendesk_client::identities::NewIdentity;
use zendesk_client::users::UserData;
use zendesk_client::{Body, ErrorKind, UserId};

use super::{new_ticket, site, with};

#[tokio::test]
async fn who_was_just_made_is_found_by_external_id_and_later_by_number() {
    let site = with(Switches::default()).await;
    let new = UserData::new()
        .name("Karla")
        .phone("+4972112345")
        .external_id("tel:+4972112345");
    let users = site.client.users();
    let karla = users.create_or_update(&new).await.unwrap().user.id;
    site.pass(59);
    assert_eq!(users.search_by_phone("2112345").all().await.unwrap().len(), 0);
    assert_eq!(
        users.search_by_external_id("tel:+4972112345").all().await.unwrap()[0].id,
        karla
    );
    assert_eq!(
        users.create_or_update(&new).await.unwrap().user.id,
        karla,
        "and not made twice"
    );
    site.pass(60);
    assert_eq!(users.search_by_phone("2112345").all().await.unwrap()[0].id, karla);
    site.zendesk.stop().await;
}

#[tokio::test]
async fn paths_do_not_depend_on_their_ending() {
    let site = site().await;
    site.switch(|switches| (switches.json_paths, switches.json_suffix, switches.list_page) = (false, false, 2));
    assert_eq!(site.client.users().list(&[]).all().await.unwrap().len(), 5);
    site.zendesk.stop().await;
}

#[tokio::test]
async fn lists_of_both_kinds_are_read_to_their_end() {
    let site = site().await;
    site.zendesk.act(|state, now| {
        for number in 0..5 {
            let user = NewUser {
                id: Some(900 + number),
                name: format!("Caller {number}"),
                phone: Some(format!("+497211234{number}")),
                ..NewUser::default()
            };
            state.add_user(user, now);
        }
        state.switches.list_page = 2;
    });
    assert_eq!(site.client.users().list(&[]).all().await.unwrap().len(), 10);
    assert_eq!(
        site.client
            .users()
            .search("role:end-user phone:*7211234*")
            .all()
            .await
            .unwrap()
            .len(),
        5
    );
    assert!(site.asked("GET /api/v2/users") >= 5 && site.asked("GET /api/v2/users/search") >= 3);
    site.switch(|switches| switches.search_depth = 4);
    let deep = site.client.search().query("phone:*7211234*").all().await.unwrap_err();
    assert_eq!(deep.kind(), ErrorKind::TooDeep);
    site.pass(120);
    site.switch(|switches| switches.export_page = 3);
    let export = site.client.incremental().users(jiff::Timestamp::UNIX_EPOCH);
    assert_eq!(export.all().await.unwrap().len(), 10);
    let export = site
        .client
        .search()
        .export(&zendesk_client::search::HitKind::User, "phone:*7211234*");
    assert_eq!(export.page_size(2).all().await.unwrap().len(), 5);
    site.zendesk.stop().await;
}

#[tokio::test]
async fn an_export_of_the_last_minute_is_refused() {
    let site = site().await;
    for status in [422, 400] {
        site.switch(|switches| switches.recent_start_time = status);
        let since = *site.now.lock().unwrap();
        let error = site.client.incremental().tickets(since).all().await.unwrap_err();
        assert_eq!(error.status().unwrap().as_u16(), status);
    }
    site.zendesk.stop().await;
}

#[tokio::test]
async fn a_taken_number_is_told_by_field_and_code_however_details_are_written() {
    let site = site().await;
    let users = site.client.users();
    site.karla().await;
    let number = NewIdentity::phone_number("+4972112345");
    for details in [Details::AsSeen, Details::Lists, Details::Objects] {
        site.switch(|switches| (switches.details, switches.validate_phones) = (details, true));
        let taken = site
            .client
            .identities()
            .create(UserId::new(400), &number)
            .await
            .unwrap_err();
        assert!(
            taken.kind() == ErrorKind::Validation && taken.has_field_code("DuplicateValue"),
            "{details:?}"
        );
        let odd = users
            .update(UserId::new(400), &UserData::new().phone("0721"))
            .await
            .unwrap_err();
        assert_eq!(
            (odd.fields()[0].field(), odd.has_field_code("InvalidFormat")),
            (Some("phone"), true),
            "{details:?}"
        );
    }
    site.zendesk.stop().await;
}

#[tokio::test]
async fn a_number_in_the_profile_adds_a_line_or_is_shared() {
    let site = site().await;
    let users = site.client.users();
    let karla = site.karla().await;
    users
        .update(karla, &UserData::new().phone("+4972112346"))
        .await
        .unwrap();
    assert_eq!(site.lines(karla).await, 2);
    let shared = users
        .update(UserId::new(400), &UserData::new().phone("+4972112345"))
        .await
        .unwrap();
    assert_eq!(shared.shared_phone_number, Some(true));
    assert_eq!(site.lines(UserId::new(400)).await, 0);
    site.zendesk.stop().await;
}

#[tokio::test]
async fn a_key_that_is_dropped_fails_nothing() {
    let site = site().await;
    for warn in [true, false] {
        site.switch(|switches| switches.warn_of_dropped_keys = warn);
        let odd = UserData::new().name("Caller").set("favourite_colour", "blue");
        assert_eq!(
            site.client.users().update(UserId::new(400), &odd).await.unwrap().name,
            "Caller"
        );
    }
    site.zendesk.stop().await;
}

#[tokio::test]
async fn who_is_merged_is_found_inactive_and_owns_nothing() {
    let site = site().await;
    let users = site.client.users();
    let loser = site.karla().await;
    site.zendesk
        .act(|state, now| state.merge_users(loser.get(), 400, now))
        .unwrap();
    assert_eq!(users.show(loser).await.unwrap().active, Some(false));
    assert_eq!(
        users.search_by_phone("2112345").all().await.unwrap()[0].id,
        UserId::new(400)
    );
    let gone = users.update(loser, &UserData::new().name("x")).await.unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound);
    let refused = site
        .client
        .tickets()
        .create(&new_ticket().requester(loser), None)
        .await
        .unwrap_err();
    assert_eq!(
        (refused.kind(), refused.fields()[0].field()),
        (ErrorKind::Validation, Some("requester"))
    );
    site.zendesk.stop().await;
}

#[tokio::test]
async fn deletions_succeed_with_and_without_a_body() {
    let site = site().await;
    for old in [false, true] {
        site.switch(|switches| switches.old_deletes = old);
        let made = site.ticket().await;
        site.client.tickets().delete(made.id).await.unwrap();
        let gone = site.client.tickets().show(made.id).await.unwrap_err();
        assert!(gone.is_not_found(), "{old}");
    }
    let user = site.client.users().create(&UserData::new().name("x")).await.unwrap().id;
    site.client.users().delete(user).await.unwrap();
    assert_eq!(site.client.users().show(user).await.unwrap().active, Some(false));
    site.zendesk.stop().await;
}

#[tokio::test]
async fn an_upload_is_read_though_its_answer_is_called_text() {
    let site = site().await;
    for text in [true, false] {
        site.switch(|switches| switches.upload_as_text = text);
        let file = NewFile::new("call.wav", "audio/wav", Body::bytes(&b"RIFF"[..]));
        let upload = site.client.attachments().upload(file).await.unwrap();
        assert_eq!(upload.attachments.len(), 1, "{text}");
    }
    site.zendesk.stop().await;
}

#[tokio::test]
async fn a_scan_goes_from_not_scanned_to_what_it_found() {
    let site = site().await;
    site.switch(|switches| {
        switches.scan_takes = Duration::from_secs(10);
        "malware_found".clone_into(&mut switches.scan_result);
    });
    let file = NewFile::new("call.wav", "audio/wav", Body::bytes(&b"RIFF"[..]));
    let upload = site.client.attachments().upload(file).await.unwrap();
    let id = upload.attachments[0].id;
    let scan = || async { site.client.attachments().show(id).await.unwrap().malware_scan_result };
    assert_eq!(scan().await.as_deref(), Some("not_scanned"));
    site.pass(11);
    assert_eq!(scan().await.as_deref(), Some("malware_found"));
    site.zendesk.stop().await;
}

#[tokio::test]
async fn a_file_that_is_too_large_is_told_so() {
    let site = site().await;
    for (answer, kind) in [
        (OversizedUpload::PayloadTooLarge, ErrorKind::TooLarge),
        (OversizedUpload::Unprocessable, ErrorKind::Validation),
    ] {
        site.switch(|switches| (switches.upload_limit, switches.oversized_upload) = (3, answer));
        let file = NewFile::new("call.wav", "audio/wav", Body::bytes(&b"RIFF"[..]));
        let refused = site.client.attachments().upload(file).await.unwrap_err();
        assert_eq!(refused.kind(), kind);
    }
    site.zendesk.stop().await;
}
