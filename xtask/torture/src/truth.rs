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

impl TrueCall {
    /// A call that nobody has taken yet.
    pub(crate) fn new(id: String, kind: Kind) -> Self {
        Self {
            ids: vec![id],
            kind,
            groups: Vec::new(),
            talks: Vec::new(),
            ended: None,
            told_talking: Vec::new(),
            told_ended: Vec::new(),
            told_ids: Vec::new(),
            disturbed: false,
            deeds: Vec::new(),
        }
    }

    /// The id of the moment.
    pub(crate) fn id(&self) -> &str {
        self.ids.last().map_or("", String::as_str)
    }

    /// Whether it ever went by this id.
    pub(crate) fn went_by(&self, id: &str) -> bool {
        self.ids.iter().any(|own| own == id)
    }

    /// The caller, where the number was shown and is one of the public network.
    pub(crate) fn party(&self) -> Option<&Party> {
        match &self.kind {
            Kind::Inbound(party) => party.as_ref(),
            Kind::Internal | Kind::Outbound => None,
        }
    }
}
