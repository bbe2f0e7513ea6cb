//! How far the bridge's own doings for a call are, written down.

use bridge_core::call::{
    Basis, Caller, Candidate, Late, Learn, LookUp, NewUser, Pop, Refused, StandIn, Ticket, TicketOpened, TicketTry,
};
use bridge_core::desk::{GroupId, NumberField, TicketId, UserId};
use bridge_core::effect::EffectId;
use bridge_core::input::Refusal;
use serde::{Deserialize, Serialize};

use super::super::record::{FieldRecord, RecordError, moment_from};
use super::twins;

#[derive(Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub(super) enum LookUpRecord {
    NotAsked,
    Asked { effect: String },
    Known { user: u64 },
    Several { candidates: Vec<(u64, String)> },
    Nobody,
    Failed { effect: String, why: String },
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub(super) enum NewUserRecord {
    NotAsked,
    Asked { effect: String },
    Made { user: u64 },
    Failed { effect: String },
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub(super) enum TicketRecord {
    Pending,
    Ordered {
        effect: String,
        requester: Option<u64>,
        basis: BasisRecord,
        assignee: Option<u64>,
        group: Option<u64>,
        names_candidates: bool,
        refused: Vec<RefusedRecord>,
    },
    Opened {
        ticket: u64,
        at: String,
        requester: Option<u64>,
        basis: BasisRecord,
        seen: Option<u64>,
        names_candidates: bool,
        gone: bool,
    },
    Failed {
        why: String,
    },
}

#[derive(Serialize, Deserialize)]
pub(super) struct RefusedRecord {
    what: RefusalRecord,
    id: u64,
    why: String,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub(super) enum PopRecord {
    NotYet,
    Ordered { effect: String },
    Withdrawn { effect: String },
    Shown,
    No,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub(super) enum LateRecord {
    NotYet,
    Reading { effect: String, to: u64, round: u32 },
    Setting { effect: String, to: u64, round: u32 },
    Settled,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub(super) enum LearnRecord {
    NotYet,
    Reading {
        effect: String,
    },
    Profile {
        effect: String,
        user: u64,
    },
    Owner {
        effect: String,
        user: u64,
        free: Vec<FieldRecord>,
    },
    Releasing {
        effect: String,
        user: u64,
        free: Vec<FieldRecord>,
    },
    Writing {
        effect: String,
        user: u64,
        free: Vec<FieldRecord>,
    },
    Settled,
}

twins!(StandInRecord, StandIn, {
    Strategy = StandIn::Strategy,
    NoNumber = StandIn::NoNumber,
    Waiting = StandIn::Waiting,
    Refused = StandIn::Refused,
});

twins!(RefusalRecord, Refusal, {
    Requester = Refusal::Requester,
    Assignee = Refusal::Assignee,
    Group = Refusal::Group,
    Number = Refusal::Number,
    Recording = Refusal::Recording,
    Size = Refusal::Size,
});

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum BasisRecord {
    Known,
    New,
    Default(StandInRecord),
    Nobody,
}

impl From<Basis> for BasisRecord {
    fn from(basis: Basis) -> Self {
        match basis {
            Basis::Known => Self::Known,
            Basis::New => Self::New,
            Basis::Default(why) => Self::Default(why.into()),
            Basis::Nobody => Self::Nobody,
        }
    }
}

impl From<BasisRecord> for Basis {
    fn from(record: BasisRecord) -> Self {
        match record {
            BasisRecord::Known => Self::Known,
            BasisRecord::New => Self::New,
            BasisRecord::Default(why) => Self::Default(why.into()),
            BasisRecord::Nobody => Self::Nobody,
        }
    }
}

pub(super) fn name(effect: &EffectId) -> String {
    effect.as_str().to_owned()
}

fn id(user: Option<UserId>) -> Option<u64> {
    user.map(UserId::get)
}

fn fields_to(fields: &[NumberField]) -> Vec<FieldRecord> {
    fields.iter().map(FieldRecord::from).collect()
}

fn fields_from(fields: Vec<FieldRecord>) -> Vec<NumberField> {
    fields.into_iter().map(NumberField::from).collect()
}

pub(super) fn lookup_to(lookup: &LookUp) -> LookUpRecord {
    match lookup {
        LookUp::NotAsked => LookUpRecord::NotAsked,
        LookUp::Asked { effect } => LookUpRecord::Asked { effect: name(effect) },
        LookUp::Found(Caller::Known(user)) => LookUpRecord::Known { user: user.get() },
        LookUp::Found(Caller::Several(candidates)) => {
            let candidates = candidates.iter().map(|one| (one.user.get(), one.name.clone()));
            LookUpRecord::Several {
                candidates: candidates.collect(),
            }
        }
        LookUp::Found(Caller::Nobody) => LookUpRecord::Nobody,
        LookUp::Failed { effect, why } => LookUpRecord::Failed {
            effect: name(effect),
            why: why.clone(),
        },
    }
}

pub(super) fn lookup_from(record: LookUpRecord) -> LookUp {
    match record {
        LookUpRecord::NotAsked => LookUp::NotAsked,
        LookUpRecord::Asked { effect } => LookUp::Asked {
            effect: EffectId::from_stored(effect),
        },
        LookUpRecord::Known { user } => LookUp::Found(Caller::Known(UserId::new(user))),
        LookUpRecord::Several { candidates } => {
            let candidates = candidates.into_iter().map(|(user, name)| Candidate {
                user: UserId::new(user),
                name,
            });
            LookUp::Found(Caller::Several(candidates.collect()))
        }
        LookUpRecord::Nobody => LookUp::Found(Caller::Nobody),
        LookUpRecord::Failed { effect, why } => LookUp::Failed {
            effect: EffectId::from_stored(effect),
            why,
        },
    }
}

pub(super) fn new_user_to(new_user: &NewUser) -> NewUserRecord {
    match new_user {
        NewUser::NotAsked => NewUserRecord::NotAsked,
        NewUser::Asked { effect } => NewUserRecord::Asked { effect: name(effect) },
        NewUser::Made(user) => NewUserRecord::Made { user: user.get() },
        NewUser::Failed { effect } => NewUserRecord::Failed { effect: name(effect) },
    }
}

pub(super) fn new_user_from(record: NewUserRecord) -> NewUser {
    match record {
        NewUserRecord::NotAsked => NewUser::NotAsked,
        NewUserRecord::Asked { effect } => NewUser::Asked {
            effect: EffectId::from_stored(effect),
        },
        NewUserRecord::Made { user } => NewUser::Made(UserId::new(user)),
        NewUserRecord::Failed { effect } => NewUser::Failed {
            effect: EffectId::from_stored(effect),
        },
    }
}

pub(super) fn ticket_to(ticket: &Ticket) -> TicketRecord {
    match ticket {
        Ticket::Pending => TicketRecord::Pending,
        Ticket::Ordered(attempt) => {
            let TicketTry {
                effect,
                requester,
                basis,
                assignee,
                group,
                names_candidates,
                refused,
            } = attempt;
            let refused = refused.iter().map(|Refused { what, id, why }| RefusedRecord {
                what: (*what).into(),
                id: *id,
                why: why.clone(),
            });
            TicketRecord::Ordered {
                effect: name(effect),
                requester: id(*requester),
                basis: (*basis).into(),
                assignee: id(*assignee),
                group: group.map(GroupId::get),
                names_candidates: *names_candidates,
                refused: refused.collect(),
            }
        }
        Ticket::Opened(opened) => {
            let TicketOpened {
                ticket,
                at,
                requester,
                basis,
                seen,
                names_candidates,
                gone,
            } = opened;
            TicketRecord::Opened {
                ticket: ticket.get(),
                at: at.to_string(),
                requester: id(*requester),
                basis: (*basis).into(),
                seen: id(*seen),
                names_candidates: *names_candidates,
                gone: *gone,
            }
        }
        Ticket::Failed { why } => TicketRecord::Failed { why: why.clone() },
    }
}

pub(super) fn ticket_from(record: TicketRecord) -> Result<Ticket, RecordError> {
    Ok(match record {
        TicketRecord::Pending => Ticket::Pending,
        TicketRecord::Ordered {
            effect,
            requester,
            basis,
            assignee,
            group,
            names_candidates,
            refused,
        } => {
            let refused = refused.into_iter().map(|past| Refused {
                what: past.what.into(),
                id: past.id,
                why: past.why,
            });
            Ticket::Ordered(TicketTry {
                effect: EffectId::from_stored(effect),
                requester: requester.map(UserId::new),
                basis: basis.into(),
                assignee: assignee.map(UserId::new),
                group: group.map(GroupId::new),
                names_candidates,
                refused: refused.collect(),
            })
        }
        TicketRecord::Opened {
            ticket,
            at,
            requester,
            basis,
            seen,
            names_candidates,
            gone,
        } => Ticket::Opened(TicketOpened {
            ticket: TicketId::new(ticket),
            at: moment_from(&at)?,
            requester: requester.map(UserId::new),
            basis: basis.into(),
            seen: seen.map(UserId::new),
            names_candidates,
            gone,
        }),
        TicketRecord::Failed { why } => Ticket::Failed { why },
    })
}

pub(super) fn pop_to(pop: &Pop) -> PopRecord {
    match pop {
        Pop::NotYet => PopRecord::NotYet,
        Pop::Ordered { effect } => PopRecord::Ordered { effect: name(effect) },
        Pop::Withdrawn { effect } => PopRecord::Withdrawn { effect: name(effect) },
        Pop::Shown => PopRecord::Shown,
        Pop::No => PopRecord::No,
    }
}

pub(super) fn pop_from(record: PopRecord) -> Pop {
    match record {
        PopRecord::NotYet => Pop::NotYet,
        PopRecord::Ordered { effect } => Pop::Ordered {
            effect: EffectId::from_stored(effect),
        },
        PopRecord::Withdrawn { effect } => Pop::Withdrawn {
            effect: EffectId::from_stored(effect),
        },
        PopRecord::Shown => Pop::Shown,
        PopRecord::No => Pop::No,
    }
}

pub(super) fn late_to(late: &Late) -> LateRecord {
    match late {
        Late::NotYet => LateRecord::NotYet,
        Late::Reading { effect, to, round } => LateRecord::Reading {
            effect: name(effect),
            to: to.get(),
            round: *round,
        },
        Late::Setting { effect, to, round } => LateRecord::Setting {
            effect: name(effect),
            to: to.get(),
            round: *round,
        },
        Late::Settled => LateRecord::Settled,
    }
}

pub(super) fn late_from(record: LateRecord) -> Late {
    match record {
        LateRecord::NotYet => Late::NotYet,
        LateRecord::Reading { effect, to, round } => Late::Reading {
            effect: EffectId::from_stored(effect),
            to: UserId::new(to),
            round,
        },
        LateRecord::Setting { effect, to, round } => Late::Setting {
            effect: EffectId::from_stored(effect),
            to: UserId::new(to),
            round,
        },
        LateRecord::Settled => Late::Settled,
    }
}

pub(super) fn learn_to(learn: &Learn) -> LearnRecord {
    match learn {
        Learn::NotYet => LearnRecord::NotYet,
        Learn::Reading { effect } => LearnRecord::Reading { effect: name(effect) },
        Learn::Profile { effect, user } => LearnRecord::Profile {
            effect: name(effect),
            user: user.get(),
        },
        Learn::Owner { effect, user, free } => LearnRecord::Owner {
            effect: name(effect),
            user: user.get(),
            free: fields_to(free),
        },
        Learn::Releasing { effect, user, free } => LearnRecord::Releasing {
            effect: name(effect),
            user: user.get(),
            free: fields_to(free),
        },
        Learn::Writing { effect, user, free } => LearnRecord::Writing {
            effect: name(effect),
            user: user.get(),
            free: fields_to(free),
        },
        Learn::Settled => LearnRecord::Settled,
    }
}

pub(super) fn learn_from(record: LearnRecord) -> Learn {
    let effect = |name: String| EffectId::from_stored(name);
    match record {
        LearnRecord::NotYet => Learn::NotYet,
        LearnRecord::Reading { effect: name } => Learn::Reading { effect: effect(name) },
        LearnRecord::Profile { effect: name, user } => Learn::Profile {
            effect: effect(name),
            user: UserId::new(user),
        },
        LearnRecord::Owner {
            effect: name,
            user,
            free,
        } => Learn::Owner {
            effect: effect(name),
            user: UserId::new(user),
            free: fields_from(free),
        },
        LearnRecord::Releasing {
            effect: name,
            user,
            free,
        } => Learn::Releasing {
            effect: effect(name),
            user: UserId::new(user),
            free: fields_from(free),
        },
        LearnRecord::Writing {
            effect: name,
            user,
            free,
        } => Learn::Writing {
            effect: effect(name),
            user: UserId::new(user),
            free: fields_from(free),
        },
        LearnRecord::Settled => Learn::Settled,
    }
}
