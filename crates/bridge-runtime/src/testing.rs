//! Small worlds for the tests of this crate.

use bridge_core::desk;
use bridge_core::matching::{MatchedAgent, MatchedGroup, Matching, Service};
use pbx::Dialled;

/// Two users, three groups, one of each with and without a partner.
pub(crate) fn matching() -> Matching {
    let agent = |name: &str, desk: Option<u64>| MatchedAgent {
        name: name.into(),
        email: Some(format!("{name}@acme.example")),
        extensions: vec![Dialled::new("11")],
        desk: desk.map(desk::UserId::new),
    };
    let group = |name: &str, service| MatchedGroup {
        name: name.into(),
        numbers: vec![Dialled::new("300"), Dialled::new("0721 4605300")],
        members: vec![pbx::UserId::new("0101"), pbx::UserId::new("0103")],
        service,
    };
    let served = Service::Served {
        group: desk::GroupId::new(71),
        name: "Support".into(),
    };
    Matching {
        agents: [("0101", agent("anna", Some(501))), ("0103", agent("carl", None))]
            .map(|(id, agent)| (pbx::UserId::new(id), agent))
            .into(),
        groups: [
            ("1003", group("Support", served)),
            ("1004", group("Sales", Service::NotIncluded)),
            ("1009", group("Lager", Service::NoSuchGroup { wanted: "Lager".into() })),
        ]
        .map(|(id, group)| (pbx::GroupId::new(id), group))
        .into(),
        default_user: desk::UserId::new(400),
    }
}

/// A telephone system that does nothing, but for what it may be asked to record.
#[derive(Default)]
pub(crate) struct NoPbx {
    pub(crate) recorder: Option<Box<dyn pbx::Recorder>>,
}

#[async_trait::async_trait]
impl pbx::Pbx for NoPbx {
    fn name(&self) -> &pbx::PbxName {
        static NAME: std::sync::LazyLock<pbx::PbxName> = std::sync::LazyLock::new(|| pbx::PbxName::new("none"));
        &NAME
    }

    async fn users(&self) -> Result<Vec<pbx::User>, pbx::PbxError> {
        Ok(Vec::new())
    }

    async fn groups(&self) -> Result<Vec<pbx::Group>, pbx::PbxError> {
        Ok(Vec::new())
    }

    async fn open(&self) -> Result<pbx::EventStream, pbx::PbxError> {
        std::future::pending().await
    }

    async fn close(&self) {}

    fn recorder(&self) -> Option<&dyn pbx::Recorder> {
        self.recorder.as_deref()
    }
}
