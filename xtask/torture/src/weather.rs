//! How the systems fare at the moment, and what becomes of a single request or event in such weather.

use std::time::Duration;

use bridge_sim::zendesk::{Down, Fault, FaultKind};
use http::Method;
use rand::Rng as _;
use rand::rngs::StdRng;

/// How everything fares.
#[derive(Clone, Debug, Default)]
pub(crate) struct Weather {
    /// Zendesk is away altogether.
    pub(crate) desk_away: Option<Away>,
    /// Which part of the requests to Zendesk goes wrong.
    pub(crate) desk: f64,
    /// The PBX cannot be connected to.
    pub(crate) pbx_refuses: bool,
    /// Which part of the requests to the PBX goes wrong.
    pub(crate) pbx: f64,
    /// Which part of the events does.
    pub(crate) events: f64,
}

/// How Zendesk is away.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Away {
    /// Nobody can be connected to.
    Refused,
    /// Connections break.
    Closed,
    /// Maintenance.
    Unavailable(Option<u32>),
}

impl Away {
    /// The simulator's switch for it.
    pub(crate) fn down(self) -> Option<Down> {
        match self {
            Self::Refused => None,
            Self::Closed => Some(Down::Closed),
            Self::Unavailable(retry_after) => Some(Down::Unavailable { retry_after }),
        }
    }
}

/// What becomes of a request to Zendesk.
#[derive(Clone, Debug)]
pub(crate) enum Fate {
    /// It is answered, after so long on its way.
    Answered(Duration),
    /// Nobody can be connected to.
    Refused,
    /// The simulator spoils it.
    Spoilt(&'static str, Fault),
    /// It takes effect so late that nobody waits for it any more.
    Late(Duration),
}

/// Draws what becomes of a request.
pub(crate) fn fate(weather: &Weather, method: &Method, path: &str, dice: &mut StdRng) -> Fate {
    if weather.desk_away == Some(Away::Refused) {
        return Fate::Refused;
    }
    if weather.desk_away.is_some() || !dice.random_bool(weather.desk) {
        return Fate::Answered(Duration::from_millis(dice.random_range(5..400)));
    }
    let writes = *method != Method::GET;
    let creates = *method == Method::POST && (path.ends_with("/tickets") || path.ends_with("/users"));
    let spoilt = |name, kind| Fate::Spoilt(name, Fault::new(kind).times(1));
    let done = |name, kind| Fate::Spoilt(name, Fault::new(kind).committed().times(1));
    match dice.random_range(0..17) {
        0 => Fate::Refused,
        1 => spoilt("request lost", FaultKind::NoAnswer),
        2 | 3 => done("answer lost after commit", FaultKind::NoAnswer),
        4 => done(
            "no answer in time after commit",
            FaultKind::Hang(Duration::from_secs(45)),
        ),
        5 => {
            let odd = [
                "0",
                "999999",
                "",
                "in a while",
                "7",
                "-5",
                "Wed, 21 Oct 2026 07:28:00 GMT",
            ];
            let odd = odd[dice.random_range(0..odd.len())];
            let retry_after = (!odd.is_empty()).then(|| odd.to_owned());
            let plain = dice.random_bool(0.5);
            spoilt("429 with an odd Retry-After", FaultKind::TooMany { retry_after, plain })
        }
        6 if writes => spoilt("409", FaultKind::Collision),
        7 => spoilt("500", FaultKind::ServerError),
        8 => done("500 after commit", FaultKind::ServerError),
        9 => spoilt("502 as HTML", FaultKind::Gateway(502)),
        10 => done("504 as HTML after commit", FaultKind::Gateway(504)),
        11 => spoilt("503", FaultKind::Unavailable(dice.random_bool(0.5).then_some(20))),
        12 => done("HTML with a status of success", FaultKind::Page),
        13 => done("body cut", FaultKind::Cut),
        14 => {
            let time = Duration::from_millis(dice.random_range(1_000..60_000));
            Fate::Spoilt("slow answer", Fault::new(FaultKind::Slow(time)).times(1))
        }
        15 => spoilt("expired token", FaultKind::InvalidToken),
        16 if creates => Fate::Late(Duration::from_millis(dice.random_range(31_000..90_000))),
        _ => spoilt("500", FaultKind::ServerError),
    }
}

/// What becomes of a request to the PBX.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum PbxFate {
    /// It is answered, after so long.
    Answered(Duration),
    /// Nobody can be connected to.
    Refused,
    /// It is carried out and the answer lost.
    Lost,
    /// The same, and nobody hears of it until the client gives up.
    Silent,
    /// The web server is up, the PBX is not.
    OutOfOrder,
}

/// Draws what becomes of a request to the PBX.
pub(crate) fn pbx_fate(weather: &Weather, dice: &mut StdRng) -> PbxFate {
    if weather.pbx_refuses {
        return PbxFate::Refused;
    }
    if dice.random_bool(weather.pbx) {
        return [PbxFate::Refused, PbxFate::Lost, PbxFate::Silent, PbxFate::OutOfOrder][dice.random_range(0..4)];
    }
    PbxFate::Answered(Duration::from_millis(dice.random_range(1..40)))
}

/// What becomes of an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum EventFate {
    InOrder,
    Missing,
    Twice,
    /// So late that others overtake it.
    Late(Duration),
}

/// Draws what becomes of an event.
pub(crate) fn event_fate(weather: &Weather, dice: &mut StdRng) -> EventFate {
    if !dice.random_bool(weather.events) {
        return EventFate::InOrder;
    }
    match dice.random_range(0..4) {
        0 => EventFate::Missing,
        1 => EventFate::Twice,
        2 => EventFate::Late(Duration::from_millis(dice.random_range(20..1_500))),
        _ => EventFate::Late(Duration::from_millis(dice.random_range(1_500..25_000))),
    }
}
