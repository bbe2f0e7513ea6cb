//! What a call from a number would lead to, and why: a core of its own is told of a call that is only imagined, and what it
//! decides is looked at. So it is the same decisions, whatever they come to be.

use jiff::Timestamp;
use pbx::{CallId, Dialled, Direction, Event, LegEvent, LegState};

use crate::call::{Basis, CallKey, Caller, Change, LookUp, StepKind, Ticket};
use crate::desk::{GroupId, UserId};
use crate::effect::{Effect, Order};
use crate::input::{Input, Outcome};
use crate::matching::{MatchedAgent, MatchedGroup, Matching, Service};
use crate::number::{E164, Reading};
use crate::settings::Settings;

use super::Core;

/// Names that nobody has: the call, its group and its agent.
const NOBODY: &str = "\u{1}imagined";
/// The user that would be made.
const MADE: u64 = u64::MAX;
/// The default user, where nothing is matched yet.
const UNMATCHED: u64 = u64::MAX - 1;

/// A call that rings at a group which is served, and that an agent answers.
#[derive(Debug)]
pub struct Imagined {
    core: Core,
    shown: Dialled,
    now: Timestamp,
    default_user: UserId,
    look_up: Option<Effect>,
    last: Option<Change>,
}

/// What it would lead to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Forecast {
    /// How the number is read.
    pub read: Read,
    /// Who would be calling; `None` where that is not asked, or could not be found out.
    pub caller: Option<Caller>,
    /// Whose ticket it would become; `None` where there would be none.
    pub requester: Option<Whose>,
    /// Whether the number would be learned from a requester whom an agent sets.
    pub learns: bool,
    /// What was decided, and why: the same as in a call's story.
    pub decisions: Vec<(String, String)>,
}

/// How a number is read that the telephone system shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Read {
    /// One of the public network.
    Public(E164),
    /// One of the telephone system's own phones, by what it tells of its users or by the site's own numbers.
    OwnPhone,
    /// One that is dear to call, or shared: nobody's.
    Service,
    /// An extension, or a number that is dialled inside a country only: a service, an emergency.
    Internal,
    /// There is none.
    Withheld,
    /// It is no number that can be compared.
    Unreadable,
}

/// Whose ticket it would become.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Whose {
    /// This user's.
    User(UserId),
    /// The default user's.
    DefaultUser,
    /// A user's that would be made for the number, unless there is one already.
    NewUser,
}

impl Imagined {
    /// It rings. `matching` is what is known of both sides, if anything yet.
    #[must_use]
    pub fn ringing(settings: Settings, matching: Option<Matching>, shown: Dialled, now: Timestamp) -> Self {
        let mut matching = matching.unwrap_or_else(|| Matching {
            agents: Default::default(),
            groups: Default::default(),
            default_user: UserId::new(UNMATCHED),
        });
        let default_user = matching.default_user;
        let agent = MatchedAgent {
            name: String::new(),
            email: None,
            extensions: Vec::new(),
            desk: Some(UserId::new(UNMATCHED)),
        };
        let group = MatchedGroup {
            name: String::new(),
            numbers: Vec::new(),
            members: Vec::new(),
            service: Service::Served {
                group: GroupId::new(u64::MAX),
                name: String::new(),
            },
        };
        matching.agents.insert(pbx::UserId::new(NOBODY), agent);
        matching.groups.insert(pbx::GroupId::new(NOBODY), group);
        let mut imagined = Self {
            core: Core::new(settings),
            shown,
            now,
            default_user,
            look_up: None,
            last: None,
        };
        imagined.tell(Input::Activation { active: true });
        imagined.tell(Input::Matched(matching));
        imagined.look_up = imagined.leg(LegState::Ringing).into_iter().next();
        imagined
    }

    /// Whom the core asks for, as an order that may be carried out; `None` where it asks for nobody.
    #[must_use]
    pub fn look_up(&self) -> Option<&Order> {
        self.look_up.as_ref().map(|effect| &effect.order)
    }

    /// What came of that, if it was asked: the call is answered, and its ticket ordered.
    #[must_use]
    pub fn answered(mut self, found: Option<Outcome>) -> Forecast {
        let mut decisions = Vec::new();
        if let (Some(effect), Some(outcome)) = (self.look_up.take(), found) {
            let effect = effect.id;
            self.tell(Input::Outcome { effect, outcome });
            decisions = self.decisions();
        }
        let mut orders = self.leg(LegState::Connected);
        if let Some(order) = orders
            .pop()
            .filter(|effect| matches!(effect.order, Order::EnsureUser { .. }))
        {
            let (effect, outcome) = (order.id, Outcome::User(UserId::new(MADE)));
            self.tell(Input::Outcome { effect, outcome });
        }
        let state = self.last.as_ref().map(|change| &change.state);
        let attempt = state.and_then(|state| match &state.ticket {
            Ticket::Ordered(attempt) => Some(attempt),
            Ticket::Pending | Ticket::Opened(_) | Ticket::Failed { .. } => None,
        });
        let requester = attempt.and_then(|attempt| match (attempt.basis, attempt.requester?) {
            (_, user) if user.get() == MADE => Some(Whose::NewUser),
            (Basis::Default(_), _) => Some(Whose::DefaultUser),
            (Basis::Known | Basis::New | Basis::Nobody, user) if user == self.default_user => Some(Whose::DefaultUser),
            (Basis::Known | Basis::New | Basis::Nobody, user) => Some(Whose::User(user)),
        });
        let caller = state.and_then(|state| match &state.lookup {
            LookUp::Found(caller) => Some(caller.clone()),
            LookUp::NotAsked | LookUp::Asked { .. } | LookUp::Failed { .. } => None,
        });
        if let (None, Some(why)) = (attempt, state.and_then(|state| state.verdict.as_ref())) {
            decisions.push(("no ticket".to_owned(), why.clone()));
        }
        let read = self.read();
        let is_public = matches!(read, Read::Public(_));
        Forecast {
            learns: is_public && attempt.is_some_and(|attempt| attempt.basis.is_to_learn()),
            caller,
            requester,
            read,
            decisions,
        }
    }

    /// How the number is read.
    #[must_use]
    pub fn read(&self) -> Read {
        let site = self.core.site();
        let numbers = &site.settings.numbers;
        if site.is_extension(&self.shown) {
            return Read::OwnPhone;
        }
        match numbers.read(&self.shown) {
            Reading::Public(number) if numbers.is_own(&number) => Read::OwnPhone,
            Reading::Public(number) => Read::Public(number),
            Reading::Service(_) => Read::Service,
            Reading::Internal => Read::Internal,
            Reading::Withheld => Read::Withheld,
            Reading::Unreadable => Read::Unreadable,
        }
    }

    /// A change of the call; what is ordered for it.
    fn leg(&mut self, state: LegState) -> Vec<Effect> {
        self.tell(Input::Pbx(Event::Leg(LegEvent {
            call: CallId::new(NOBODY),
            owner: pbx::UserId::new(NOBODY),
            state,
            direction: Direction::Inbound,
            caller: Some(self.shown.clone()),
            called: None,
            group: Some(pbx::GroupId::new(NOBODY)),
            at: None,
            or_at: None,
        })))
    }

    fn tell(&mut self, input: Input) -> Vec<Effect> {
        self.core.handle(input, self.now);
        let changes = std::iter::from_fn(|| self.core.poll_change());
        self.last = changes
            .filter(|change| change.state.key == CallKey::new(NOBODY))
            .last()
            .or(self.last.take());
        std::iter::from_fn(|| self.core.poll_effect()).collect()
    }

    /// What the last input led to.
    fn decisions(&self) -> Vec<(String, String)> {
        let steps = self.last.iter().flat_map(|change| &change.steps);
        let decisions = steps.filter(|step| step.kind == StepKind::Decision);
        decisions.map(|step| (step.what.clone(), step.why.clone())).collect()
    }
}
