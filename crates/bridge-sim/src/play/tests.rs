//! The player against a simulated STARFACE and a stand-in for Zendesk, with a bridge of a dozen lines between them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use tokio::sync::watch;

use super::{Deed, Desk, Person, Player, Progress, Ticket};
use crate::starface::{Charset, Request, SimStarface, Switches, Value, read_call, write_call};
use crate::story::{Given, parse};

#[derive(Clone, Default)]
struct Stand(Arc<Inner>);

#[derive(Default)]
struct Inner {
    kept: Mutex<Kept>,
    changes: watch::Sender<u64>,
}

#[derive(Default)]
struct Kept {
    tickets: Vec<Ticket>,
    pops: Vec<(u64, u64)>,
    people: Vec<Person>,
    given: Vec<Given>,
    up: Vec<bool>,
    switched: Vec<bool>,
    forgot: usize,
    /// Events by call and state.
    events: BTreeMap<String, Vec<String>>,
}

impl Stand {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.kept.lock().unwrap()
    }

    fn change<T>(&self, act: impl FnOnce(&mut Kept) -> T) -> T {
        let done = act(&mut self.kept());
        self.0.changes.send_modify(|version| *version += 1);
        done
    }

    /// What a bridge does: a ticket for the first answer of each call, opened on Anna's screen.
    fn told(&self, event: &Value) {
        let text = |member: &str| {
            event
                .member(member)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let (id, state) = (text("id"), text("state"));
        self.change(|kept| {
            let external_id = Some(format!("zendesk-bridge:test:{id}"));
            if state == "CONNECTED" && kept.tickets.iter().all(|ticket| ticket.external_id != external_id) {
                let ticket = kept.tickets.len() as u64 + 1;
                let comments = vec![format!("Call from {}", text("callerNumber"))];
                kept.tickets.push(Ticket {
                    id: ticket,
                    external_id,
                    requester: 400,
                    group: Some(71),
                    assignee: Some(501),
                    comments,
                });
                kept.pops.push((ticket, 501));
            }
            kept.events.entry(id).or_default().push(state);
        });
    }
}

impl Desk for Stand {
    fn prepare(&self, given: &[Given]) {
        self.change(|kept| kept.given = given.to_vec());
    }
    fn forget(&self) {
        self.change(|kept| kept.forgot += 1);
    }
    fn tickets(&self) -> Vec<Ticket> {
        self.kept().tickets.clone()
    }
    fn pops(&self) -> Vec<(u64, u64)> {
        self.kept().pops.clone()
    }
    fn people(&self) -> Vec<Person> {
        self.kept().people.clone()
    }
    fn work(&self, _agent: u64, ticket: u64, deed: Deed) -> Result<(), String> {
        let Deed::SetRequester(requester) = deed else {
            return Err("Zendesk refuses".to_owned());
        };
        self.change(|kept| {
            kept.tickets
                .iter_mut()
                .filter(|t| t.id == ticket)
                .for_each(|t| t.requester = requester)
        });
        Ok(())
    }
    fn set_up(&self, up: bool) {
        self.change(|kept| kept.up.push(up));
    }
    fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }
}

async fn listen(State(stand): State<Stand>, body: Bytes) -> &'static str {
    let (_, params) = read_call(std::str::from_utf8(&body).unwrap()).unwrap();
    stand.told(&params[0]);
    "<methodResponse><params><param><value><boolean>1</boolean></value></param></params></methodResponse>"
}

/// Logs in and subscribes.
fn subscribe(pbx: &SimStarface, login: &str, port: u16) {
    pbx.with(|state, now| {
        let query = format!(
            "de.vertico.starface.auth={}&de.vertico.starface.callback.host=127.0.0.1\
             &de.vertico.starface.callback.port={port}&de.vertico.starface.callback.path=/",
            state.token(login).unwrap()
        );
        let service = Value::string("ucp.v30.events.call");
        for (method, params) in [("connection.login", vec![]), ("service.subscribeEvents", vec![service])] {
            let body = write_call(&format!("ucp.v30.requests.{method}"), &params, Charset::Utf8);
            let request = Request {
                method: "POST",
                path: "/xml-rpc",
                query: &query,
                body: &body,
                ..Request::default()
            };
            assert_eq!(state.http(&request, now).status, 200);
        }
    });
}

/// A player at a thousandfold speed whose bridge is never at work for long.
async fn player(deadline: Duration) -> (Player, Stand, Arc<Mutex<Vec<Progress>>>, u16) {
    let (pbx, stand) = (
        SimStarface::start("127.0.0.1:0", Switches::default()).await.unwrap(),
        Stand::default(),
    );
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = socket.local_addr().unwrap().port();
    let router = Router::new().route("/", post(listen)).with_state(stand.clone());
    tokio::spawn(async move { axum::serve(socket, router).await });
    subscribe(&pbx, "0101", port);
    subscribe(&pbx, "0102", port);
    let told = Arc::new(Mutex::new(Vec::new()));
    let (switch, progress) = (stand.clone(), told.clone());
    let player = Player::new(pbx, stand.clone())
        .speed(1000.0)
        .deadline(deadline)
        .on_activation(move |on| {
            let switch = switch.clone();
            Box::pin(async move { switch.change(|kept| kept.switched.push(on)) })
        })
        .ask_reason(|_| Box::pin(async { Some("nobody answered".to_owned()) }))
        .wait_quiet(|()| Box::pin(async {}))
        .on_progress(move |what| progress.lock().unwrap().push(what.clone()));
    (player, stand, told, port)
}

const LONG: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_story_is_played_and_judged() {
    let (player, stand, told, _) = player(LONG).await;
    let story = parse(
        "# Two calls.\n\
         given search takes 2s\n\
         14:02:00  c1 rings group Support from 0721 1 at 0101 0102\n          > c1/lookup +497211\n\
         14:02:02  c2 rings from withheld at 0101\n\
         14:02:05  c1 answered by 0102\n\
         14:02:06  c1 becomes d1\n\
         14:02:07  zendesk down\n\
         14:02:08  zendesk up\n\
         14:02:09  deactivate\n\
         14:02:10  agent 501 sets requester of d1 to 900\n\
         14:02:20  d1 ended\n\
         14:02:30  c2 ended\n\
         = c1 ticket requester 900, group 71, agent 501, pop 501, note 0721 1\n\
         = c2 none because nobody answered\n\
         = tickets 1\n",
    )
    .unwrap();
    let report = player.play(&story).await.unwrap();
    let verdicts: Vec<String> = report.verdicts.iter().map(ToString::to_string).collect();
    let expected = [
        "ok      c1 ticket requester 900, group 71, agent 501, pop 501, note \"0721 1\": ticket 1",
        "ok      c2 none because nobody answered: no ticket: nobody answered",
        "ok      tickets 1: 1 tickets",
    ];
    assert_eq!(verdicts, expected);
    assert!(report.passed());
    assert_eq!(
        report
            .calls
            .iter()
            .map(|c| (c.call.as_str(), c.tickets.as_slice()))
            .collect::<Vec<_>>(),
        [("c1", &[1][..]), ("c2", &[][..])]
    );
    let kept = stand.kept();
    assert_eq!(
        kept.given,
        [Given::SearchTakes(Duration::from_millis(2))],
        "a look-up shrinks with the story"
    );
    assert_eq!(
        (kept.up.as_slice(), kept.switched.as_slice()),
        (&[false, true][..], &[false][..])
    );
    let first = &kept.events[&report.calls[0].pbx_call];
    assert_eq!(first.iter().filter(|state| *state == "CONNECTED").count(), 1);
    let told = told.lock().unwrap();
    let call = || "c1".to_owned();
    let has = |what: &Progress| assert!(told.contains(what), "{what:?} is not in {told:?}");
    has(&Progress::TicketSeen {
        call: call(),
        ticket: 1,
    });
    has(&Progress::Popped {
        call: call(),
        ticket: 1,
        agent: 501,
    });
    has(&Progress::Ended {
        call: call(),
        at: vec![],
    });
    has(&Progress::Played);
}

#[tokio::test]
async fn what_does_not_come_is_told_in_words() {
    let (player, _, _, _) = player(Duration::from_millis(50)).await;
    let story = parse(
        "# Wrong.\n\
         14:02:00  c1 answered by 0101\n\
         14:02:01  agent 501 closes c1\n\
         14:02:02  c2 rings from 12 at 0101\n\
         14:02:03  agent 501 edits c2\n\
         = c1 ticket requester 900, group 71, agent 501, pop 501\n",
    )
    .unwrap();
    let report = player.play(&story).await.unwrap();
    let verdicts: Vec<String> = report.verdicts.iter().map(ToString::to_string).collect();
    let expected = [
        "FAILED  the line can be played: agent 501 closes the ticket, but Zendesk refuses (line 3 of \"Wrong.\")",
        "FAILED  the line can be played: agent 501 edits the ticket, but there is no ticket (line 5 of \"Wrong.\")",
        "FAILED  c1 ticket requester 900, group 71, agent 501, pop 501: ticket 1 has requester 400 (line 6 of \"Wrong.\")",
    ];
    assert_eq!(verdicts, expected);
    assert!(!report.passed());
}

#[tokio::test]
async fn after_a_gap_the_player_waits_for_the_new_login() {
    let (player, stand, told, port) = player(LONG).await;
    let pbx = player.pbx.clone();
    let progress = player.progress.clone();
    let player = player.on_progress(move |what| {
        progress(what);
        if matches!(what, Progress::Gap { .. }) {
            subscribe(&pbx, "0101", port);
            // A request over HTTP would say so by itself.
            pbx.poke();
        }
    });
    let story = parse("14:02:00 gap 0101\n14:02:01 c1 answered by 0101\n= tickets 1").unwrap();
    assert!(player.play(&story).await.unwrap().passed());
    assert_eq!(stand.kept().tickets.len(), 1);
    assert_eq!(
        told.lock().unwrap()[0],
        Progress::Gap {
            login: Some("0101".to_owned())
        }
    );
}

#[tokio::test]
async fn one_story_after_the_other_counts_its_own_tickets() {
    let (player, stand, _, _) = player(LONG).await;
    let story = parse("# Once.\n14:02:00 c1 answered by 0101\n14:02:01 c1 ended\n= tickets 1").unwrap();
    let reports = player.play_all(&[story.clone(), story]).await.unwrap();
    assert!(reports.iter().all(super::Report::passed));
    assert_eq!(stand.kept().tickets.len(), 2, "a call has a fresh id each time");
    let kept = stand.kept();
    assert_eq!(
        (kept.forgot, kept.switched.as_slice()),
        (1, &[true][..]),
        "between the two"
    );
}

#[tokio::test]
async fn a_story_of_another_world_is_refused_before_it_begins() {
    let (mut player, stand, _, _) = player(LONG).await;
    player.activation = None;
    let table = [
        (
            "14:02:00 c1 answered by 0199",
            "line 1: the PBX has no user `0199`, there are 0101, 0102, 0103, 0104",
        ),
        (
            "14:02:00 c1 rings group Suport from 12 at 0101",
            "line 1: the PBX has no group `Suport`, there are Support, Sales, Lager",
        ),
        (
            "14:02:00 c1 answered by 0101\n14:02:00 activate",
            "line 2: there is nobody who could switch the bridge",
        ),
    ];
    for (text, message) in table {
        assert_eq!(
            player.play(&parse(text).unwrap()).await.unwrap_err().to_string(),
            message
        );
    }
    assert!(stand.kept().tickets.is_empty());
}

#[tokio::test]
async fn a_line_waits_for_what_the_story_tells_above_it() {
    let text = "# Heard.\n\
                14:02:00 c1 rings group Support from 0721 1 at 0101\n> c1/lookup +497211\n< c1/lookup none\n\
                14:02:05 c1 answered by 0101\n< c1/ticket 1\n\
                = tickets 1";
    let story = parse(text).unwrap();
    for (deadline, heard_at, verdicts) in [
        (LONG, 3, vec!["ok      tickets 1: 1 tickets"]),
        (
            Duration::from_millis(50),
            usize::MAX,
            vec![
                "FAILED  the line can be played: the bridge has not heard what comes of c1/lookup (line 5 of \"Heard.\")",
                "ok      tickets 1: 1 tickets",
            ],
        ),
    ] {
        let (player, stand, _, _) = player(deadline).await;
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (asks, tickets) = (asked.clone(), stand.clone());
        let player = player.ask_answered(move |call| {
            let mut asks = asks.lock().unwrap();
            asks.push((call, tickets.kept().tickets.len()));
            let heard = asks.len() >= heard_at;
            Box::pin(async move { heard.then(|| "lookup".to_owned()).into_iter().collect() })
        });
        let report = player.play(&story).await.unwrap();
        let said: Vec<String> = report.verdicts.iter().map(ToString::to_string).collect();
        assert_eq!(said, verdicts);
        let asked = asked.lock().unwrap();
        let call = &report.calls[0].pbx_call;
        assert!(
            asked.iter().all(|(asked, tickets)| asked == call && *tickets == 0),
            "before the answer only: {asked:?}"
        );
        assert!(asked.len() == heard_at || heard_at == usize::MAX, "{asked:?}");
    }
}
