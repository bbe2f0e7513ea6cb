//! What a call from there would lead to: the same as a real one.

use std::sync::Arc;

use bridge_core::call::Caller;
use bridge_core::core::forecast::{Forecast, Imagined, Read, Whose};
use bridge_core::desk::{NumberField, Profile, UserId};
use bridge_core::directory::{Insufficient, Source};
use bridge_core::effect::Order;
use bridge_core::input::Outcome;
use bridge_core::number::E164;
use bridge_core::settings::Settings;
use bridge_core::strategy::NewUser;
use bridge_sim::story;
use pbx::Dialled;

use crate::support;

fn settings(new_user: bool) -> Settings {
    let mut settings = support::settings(&story::Settings::of(&story::parse("").unwrap()));
    if new_user {
        settings.unknown_caller = Arc::new(NewUser);
    }
    settings
}

fn imagine(shown: &str, new_user: bool) -> Imagined {
    let matching = Some(support::matching(&[]));
    Imagined::ringing(settings(new_user), matching, Dialled::new(shown), support::midnight())
}

fn forecast(new_user: bool, found: &[Profile]) -> Forecast {
    imagine("0721 123456", new_user).answered(Some(Outcome::Profiles(found.to_vec())))
}

fn karla(user: u64) -> Profile {
    Profile {
        user: UserId::new(user),
        name: "Karla Kunde".into(),
        numbers: vec![(NumberField::Phone, "0721/123456".into())],
        shared_phone: false,
        active: true,
        suspended: false,
        made_for: None,
    }
}

#[test]
fn each_kind_of_number_is_read_as_a_call_from_it_would_be() {
    let public = Read::Public(E164::parse("+49721123456").unwrap());
    for (shown, read, requester) in [
        ("0721/123456", public, Some(Whose::DefaultUser)),
        ("anonymous", Read::Withheld, Some(Whose::DefaultUser)),
        ("", Read::Withheld, Some(Whose::DefaultUser)),
        ("Anna", Read::Unreadable, Some(Whose::DefaultUser)),
        ("116117", Read::Internal, None),
        ("112", Read::Internal, None),
        ("11", Read::OwnPhone, None),
        ("0900 1234567", Read::Service, Some(Whose::DefaultUser)),
    ] {
        let imagined = imagine(shown, true);
        assert_eq!(imagined.read(), read, "{shown}");
        let is_public = matches!(read, Read::Public(_));
        assert_eq!(imagined.look_up().is_some(), is_public, "{shown}");
        let failed = is_public.then(|| Outcome::Dropped { why: "away".into() });
        let forecast = imagined.answered(failed);
        assert_eq!((forecast.requester, forecast.caller), (requester, None), "{shown}");
        assert_eq!(forecast.learns, is_public, "{shown}");
    }
    let internal = imagine("112", false).answered(None);
    assert_eq!(
        internal.decisions,
        [("no ticket".to_owned(), "an internal call".to_owned())]
    );
}

#[test]
fn whose_ticket_it_is_follows_from_who_has_the_number_and_from_the_strategy() {
    let shared = Profile {
        shared_phone: true,
        ..karla(900)
    };
    let made = Profile {
        made_for: E164::parse("+49721123456"),
        ..karla(900)
    };
    for (found, default, new, learns) in [
        (
            vec![karla(900)],
            Whose::User(UserId::new(900)),
            Whose::User(UserId::new(900)),
            false,
        ),
        (
            vec![made],
            Whose::User(UserId::new(900)),
            Whose::User(UserId::new(900)),
            true,
        ),
        (Vec::new(), Whose::DefaultUser, Whose::NewUser, true),
        (vec![karla(900), karla(901)], Whose::DefaultUser, Whose::NewUser, true),
        (vec![shared], Whose::DefaultUser, Whose::NewUser, true),
    ] {
        for (new_user, whose) in [(false, default), (true, new)] {
            let forecast = forecast(new_user, &found);
            assert_eq!(
                (forecast.requester, forecast.learns),
                (Some(whose), learns),
                "{found:?}"
            );
        }
    }
    let Some(Caller::Several(candidates)) = forecast(false, &[karla(900), karla(901)]).caller else {
        panic!("several have it")
    };
    assert_eq!(
        candidates.iter().map(|one| one.user.get()).collect::<Vec<_>>(),
        [900, 901]
    );
}

#[test]
fn it_says_who_answered_and_needs_nothing_to_be_matched() {
    let imagined = Imagined::ringing(settings(true), None, Dialled::new("0721 123456"), support::midnight());
    let Some(Order::LookUp { number, digits, .. }) = imagined.look_up() else {
        panic!("{imagined:?}")
    };
    assert_eq!((number.as_str(), digits.as_str()), ("+49721123456", "123456"));
    let found = Outcome::Callers {
        profiles: Vec::new(),
        source: Source::Search {
            why: Insufficient::Nobody,
        },
    };
    let forecast = imagined.answered(Some(found));
    let why = "0 profiles found by a search, since the directory knows nobody by this number, compared in E.164";
    let decision = ("nobody has the caller's number".to_owned(), why.to_owned());
    assert_eq!(forecast.decisions, [decision]);
    assert_eq!(forecast.requester, Some(Whose::NewUser));
}

#[test]
fn a_number_of_the_site_s_own_is_a_phone_of_our_own() {
    let mut settings = settings(true);
    settings.numbers = settings.numbers.with_own_number("+49 721 46050").unwrap();
    let imagined = Imagined::ringing(settings, None, Dialled::new("0721 46050-12"), support::midnight());
    assert_eq!(imagined.read(), Read::OwnPhone);
    assert!(imagined.look_up().is_none() && imagined.answered(None).requester.is_none());
}
