//! Brings the telephone system's events in, and the connection back when it is lost.

use std::sync::Arc;

use futures_util::StreamExt as _;
use pbx::{Event, EventStream, Pbx};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::board::Board;
use crate::chain::chain;
use crate::clock::Clock;
use crate::engine::Told;
use crate::pauses::{Pauses, sleep_unless};

/// What the feed works with.
pub(crate) struct Feed {
    pub(crate) pbx: Arc<dyn Pbx>,
    pub(crate) told: mpsc::UnboundedSender<Told>,
    pub(crate) board: Arc<Board>,
    pub(crate) clock: Clock,
    pub(crate) stop: CancellationToken,
}

impl Feed {
    /// Feeds until stopped, then logs out.
    pub(crate) async fn run(self) {
        let mut pauses = Pauses::new();
        let mut last: Option<String> = None;
        loop {
            let why = match self.stop.run_until_cancelled(self.pbx.open()).await {
                None => break,
                Some(Ok(stream)) => {
                    tracing::info!(pbx = %self.pbx.name(), "events of the telephone system come in");
                    let Some(why) = self.read(stream, &mut pauses).await else {
                        break;
                    };
                    why
                }
                Some(Err(error)) => {
                    tracing::warn!(pbx = %self.pbx.name(), error = %chain(&error), "the telephone system cannot be connected");
                    let why = error.to_string();
                    if last.as_ref() != Some(&why) {
                        self.pass_on(Event::Disconnected {
                            owner: None,
                            why: why.clone(),
                        });
                    }
                    why
                }
            };
            last = Some(why);
            if !sleep_unless(&self.stop, pauses.next()).await {
                break;
            }
        }
        self.pbx.close().await;
    }

    /// Passes events on until there are no more; why there are none, or `None` when stopped.
    async fn read(&self, mut stream: EventStream, pauses: &mut Pauses) -> Option<String> {
        let why = loop {
            match self.stop.run_until_cancelled(stream.next()).await? {
                Some(Ok(event)) => {
                    pauses.reset();
                    self.pass_on(event);
                }
                Some(Err(error)) => {
                    tracing::warn!(pbx = %self.pbx.name(), error = %chain(&error), "the connection to the telephone system is lost");
                    break error.to_string();
                }
                None => {
                    tracing::warn!(pbx = %self.pbx.name(), "the telephone system has ended the connection");
                    break "the telephone system has ended the connection".into();
                }
            }
        };
        self.pass_on(Event::Disconnected {
            owner: None,
            why: why.clone(),
        });
        // Whatever is told after the next connect, something may be missing before it.
        self.pass_on(Event::Gap { owner: None });
        Some(why)
    }

    fn pass_on(&self, event: Event) {
        match &event {
            Event::Connected { owner } => self.board.session(owner.as_ref(), None, self.clock.now()),
            Event::Disconnected { owner, why } => self.board.session(owner.as_ref(), Some(why), self.clock.now()),
            Event::Leg(_)
            | Event::IdChanged { .. }
            | Event::SnapshotBegin { .. }
            | Event::SnapshotEnd { .. }
            | Event::Gap { .. } => {}
        }
        // Nobody listens any more only when the bridge stops.
        let _ = self.told.send(Told::Pbx(event, Instant::now()));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::sync::Mutex;
    use std::time::Duration;

    use pbx::{ErrorKind, Group, PbxError, PbxName, User, UserId};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_lost_connection_is_told_and_brought_back() {
        let anna = UserId::new("0101");
        let connected = Event::Connected {
            owner: Some(anna.clone()),
        };
        let cut = Ok(vec![Ok(connected.clone()), Err("cut")]);
        let script = [
            Err("away"),
            Err("away"),
            cut,
            Ok(vec![Err(ENDS)]),
            Ok(vec![Ok(connected.clone())]),
        ];
        let mut rig = Rig::new(script);
        let begun = Instant::now();

        assert_eq!(
            rig.next().await,
            Event::Disconnected {
                owner: None,
                why: "away".into()
            }
        );
        assert_eq!(
            rig.next().await,
            connected,
            "the second failure of the same kind is no news"
        );
        assert_eq!(begun.elapsed().as_secs(), 1 + 2, "after growing pauses");
        assert_eq!(
            rig.next().await,
            Event::Disconnected {
                owner: None,
                why: "cut".into()
            }
        );
        assert_eq!(rig.next().await, Event::Gap { owner: None });
        let status = rig.board.read().pbx;
        assert_eq!((status.connected, status.error.as_deref()), (false, Some("cut")));
        assert_eq!(
            status.sessions[0].error.as_deref(),
            Some("cut"),
            "each session went with it"
        );
        let why = "the telephone system has ended the connection".to_owned();
        assert_eq!(rig.next().await, Event::Disconnected { owner: None, why });
        assert_eq!(
            begun.elapsed().as_secs(),
            3 + 1,
            "an event makes the pauses short again"
        );
        assert_eq!(rig.next().await, Event::Gap { owner: None });
        assert_eq!(rig.next().await, connected);
        assert!(rig.board.read().pbx.connected);

        rig.stop.cancel();
        rig.running.await.unwrap();
        assert_eq!(rig.pbx.script.lock().unwrap().1, 1, "logged out once");
    }

    struct Rig {
        pbx: Arc<Scripted>,
        board: Arc<Board>,
        stop: CancellationToken,
        listen: mpsc::UnboundedReceiver<Told>,
        running: tokio::task::JoinHandle<()>,
    }

    impl Rig {
        fn new(script: impl IntoIterator<Item = Opening>) -> Self {
            let clock = Clock::following_tokio("2026-11-24T12:00:00Z".parse().unwrap());
            let (told, listen) = mpsc::unbounded_channel();
            let stop = CancellationToken::new();
            let board = Arc::new(Board::new(clock.now()));
            let pbx = Arc::new(Scripted {
                name: PbxName::new("acme"),
                script: Mutex::new((script.into_iter().collect(), 0)),
            });
            let feed = Feed {
                pbx: pbx.clone(),
                told,
                board: Arc::clone(&board),
                clock,
                stop: stop.clone(),
            };
            Self {
                pbx,
                board,
                stop,
                listen,
                running: tokio::spawn(feed.run()),
            }
        }

        async fn next(&mut self) -> Event {
            match tokio::time::timeout(Duration::from_secs(100), self.listen.recv()).await {
                Ok(Some(Told::Pbx(event, _))) => event,
                other => panic!("an event, not {other:?}"),
            }
        }
    }

    /// In the place of an error: the stream just ends.
    const ENDS: &str = "";

    /// What opening leads to: an error, or a stream of these events, which stays open if it does not end with an error.
    type Opening = Result<Vec<Result<Event, &'static str>>, &'static str>;

    struct Scripted {
        name: PbxName,
        script: Mutex<(VecDeque<Opening>, u32)>,
    }

    fn error(what: &str) -> PbxError {
        PbxError::new(ErrorKind::Unreachable, what)
    }

    #[async_trait::async_trait]
    impl Pbx for Scripted {
        fn name(&self) -> &PbxName {
            &self.name
        }

        async fn users(&self) -> Result<Vec<User>, PbxError> {
            Ok(Vec::new())
        }

        async fn groups(&self) -> Result<Vec<Group>, PbxError> {
            Ok(Vec::new())
        }

        async fn open(&self) -> Result<EventStream, PbxError> {
            let opening = self
                .script
                .lock()
                .unwrap()
                .0
                .pop_front()
                .unwrap_or(Err("no more script"));
            let events = opening.map_err(error)?;
            let stays = events.iter().all(Result::is_ok);
            let events = events
                .into_iter()
                .filter(|event| *event != Err(ENDS))
                .map(|event| event.map_err(error));
            let events = futures_util::stream::iter(events);
            Ok(if stays {
                Box::pin(events.chain(futures_util::stream::pending()))
            } else {
                Box::pin(events)
            })
        }

        async fn close(&self) {
            self.script.lock().unwrap().1 += 1;
        }
    }
}
