//! What truly happened at the PBX, and what of it the bridge was told: the reference model judges by this.

use jiff::Timestamp;

/// A call as it was.
#[derive(Clone, Debug)]
pub(crate) struct TrueCall {
    /// Every id it went by, the first one first.
    pub(crate) ids: Vec<String>,
    /// Who called, and whom.
    pub(crate) kind: Kind,
    /// The groups by whose numbers it came, in this order; `None` for somebody's own number.
    pub(crate) groups: Vec<Option<&'static str>>,
    /// At whose phones it was, and since when; at some of them more than once.
    pub(crate) phones: Vec<(String, Timestamp)>,
    /// Who talked, in this order.
    pub(crate) talks: Vec<Talk>,
    /// When it was over.
    pub(crate) ended: Option<Timestamp>,
    /// What the bridge was told of somebody who talks, and did not take for late news of a phone that had hung up.
    pub(crate) told_talking: Vec<Told>,
    /// The same of phones that had hung up.
    pub(crate) told_ended: Vec<Told>,
    /// For each change of its id, who was told.
    pub(crate) told_ids: Vec<Vec<Told>>,
    /// An event of it was lost, came late or out of order.
    pub(crate) disturbed: bool,
    /// The PBX was restarted meanwhile, so that it stands in no list.
    pub(crate) unlisted: bool,
    /// What agents did to its ticket.
    pub(crate) deeds: Vec<Deed>,
}

/// Somebody who had the call.
#[derive(Clone, Debug)]
pub(crate) struct Talk {
    pub(crate) by: String,
    /// The group as whose member.
    pub(crate) group: Option<&'static str>,
    pub(crate) since: Timestamp,
}

/// Something that the bridge was told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Told {
    pub(crate) at: Timestamp,
    /// In which of its lives.
    pub(crate) life: usize,
    /// In whose session.
    pub(crate) login: String,
}

/// Who called, and whom.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// From outside; `None`: the number was withheld.
    Inbound(Option<Party>),
    /// From an extension.
    Internal,
    /// To the outside.
    Outbound,
}

/// A caller.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Party {
    /// In E.164.
    pub(crate) number: String,
    /// The users that had the number when the day began.
    pub(crate) owners: Vec<u64>,
}

/// What an agent did to a ticket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Deed {
    /// Set this requester.
    Requester(u64),
    /// Merged the requester into this user.
    Merged(u64),
    /// Closed it.
    Closed,
    /// Deleted it.
    Deleted,
    /// Changed something else.
    Edited,
}

/// Agents of the PBX, and their users in Zendesk.
const AGENTS: [(&str, Option<u64>); 4] = [
    ("0101", Some(501)),
    ("0102", Some(502)),
    ("0103", None),
    ("0104", Some(504)),
];
/// The PBX's groups that Zendesk has, and its ids of them.
const GROUPS: [(&str, u64); 2] = [("Support", 71), ("Sales", 72)];

impl Talk {
    /// The group in Zendesk, if there is one of the same name.
    pub(crate) fn desk_group(&self) -> Option<u64> {
        let found = GROUPS.iter().find(|(name, _)| self.group == Some(name));
        found.map(|(_, id)| *id)
    }

    /// Who talks, as a user of Zendesk.
    pub(crate) fn desk_user(&self) -> Option<u64> {
        let found = AGENTS.iter().find(|(login, _)| *login == self.by);
        found.and_then(|(_, id)| *id)
    }
}

impl TrueCall {
    /// A call that nobody has taken yet.
    pub(crate) fn new(id: String, kind: Kind) -> Self {
        Self {
            ids: vec![id],
            kind,
            groups: Vec::new(),
            phones: Vec::new(),
            talks: Vec::new(),
            ended: None,
            told_talking: Vec::new(),
            told_ended: Vec::new(),
            told_ids: Vec::new(),
            disturbed: false,
            unlisted: false,
            deeds: Vec::new(),
        }
    }

    /// The id of the moment.
    pub(crate) fn id(&self) -> &str {
        self.ids.last().map_or("", String::as_str)
    }

    /// What sort of call it is, without numbers.
    pub(crate) fn sort(&self) -> String {
        let from = match self.kind {
            Kind::Inbound(Some(_)) => "from outside",
            Kind::Inbound(None) => "withheld",
            Kind::Internal => "internal",
            Kind::Outbound => "outbound",
        };
        let talks: Vec<_> = self.talks.iter().map(|talk| (talk.by.as_str(), talk.group)).collect();
        format!("{from}, to {:?}, answered {talks:?}", self.groups)
    }

    /// Whether it must have a ticket: somebody talked to a caller from outside, as a member of a group that Zendesk has.
    pub(crate) fn is_served(&self) -> bool {
        matches!(self.kind, Kind::Inbound(_)) && self.talks.iter().any(|talk| talk.desk_group().is_some())
    }

    /// Whether this agent had it as a call that must have a ticket.
    pub(crate) fn is_served_by(&self, login: &str) -> bool {
        let talked = |talk: &&Talk| talk.by == login && talk.desk_group().is_some();
        self.is_served() && self.talks.iter().any(|talk| talked(&talk))
    }

    /// Whether it came from this number, which was nobody's own when the day began.
    pub(crate) fn is_from_stranger(&self, number: &str) -> bool {
        let is_so = |party: &Party| party.number == number && party.owners.len() != 1;
        self.party().is_some_and(is_so)
    }

    /// Whom an agent has set as its ticket's requester last.
    pub(crate) fn requester(&self) -> Option<u64> {
        self.deeds.iter().rev().find_map(|deed| match deed {
            Deed::Requester(user) => Some(*user),
            Deed::Merged(_) | Deed::Closed | Deed::Deleted | Deed::Edited => None,
        })
    }

    /// Whether nobody can change its ticket any more.
    pub(crate) fn is_shut(&self) -> bool {
        self.deeds
            .iter()
            .any(|deed| matches!(deed, Deed::Closed | Deed::Deleted))
    }

    /// Whom agents set as its ticket's requester, or merged its requester into; the last one first.
    pub(crate) fn set(&self) -> impl Iterator<Item = u64> {
        self.deeds.iter().rev().filter_map(|deed| match deed {
            Deed::Requester(user) | Deed::Merged(user) => Some(*user),
            Deed::Closed | Deed::Deleted | Deed::Edited => None,
        })
    }

    /// The caller, where the number was shown and is one of the public network.
    pub(crate) fn party(&self) -> Option<&Party> {
        match &self.kind {
            Kind::Inbound(party) => party.as_ref(),
            Kind::Internal | Kind::Outbound => None,
        }
    }
}
