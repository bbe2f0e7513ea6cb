//! What the client can ask of a STARFACE, of the simulated one: its older logins and names, and the calls that were.

use bridge_sim::starface::{Caller, SimStarface, Switches};
use jiff::civil::DateTime;
use starface_client::uci::{Agent, CallListQuery, CallResult, Direction, GroupFilter, Requests, TokenForm};
use starface_client::xmlrpc::Value;
use starface_client::{ErrorKind, Password, Server};

async fn start(switches: Switches) -> (SimStarface, Server) {
    let sim = SimStarface::start("127.0.0.1:0", switches).await.unwrap();
    let server = Server::new(&sim.url()).unwrap();
    (sim, server)
}

fn agent(login: &str) -> Agent {
    Agent::new(login, Password::Plain(format!("pw-{login}").into()))
}

#[tokio::test]
async fn the_calls_that_were() {
    let (sim, server) = start(Switches::default()).await;
    let caller = || Caller::Shown("0049721123456".to_owned());
    for taken in [true, false] {
        let call = sim.new_call_id();
        sim.ring(&call, Some("Support"), caller(), &["0101", "0102"], None);
        if taken {
            sim.answer(&call, "0101", None, None);
        }
        sim.end(&call, &[]);
    }
    let requests = Requests::new(&server, &agent("0101")).unwrap();
    let always = CallListQuery::new(
        DateTime::constant(2000, 1, 1, 0, 0, 0, 0),
        DateTime::constant(2099, 1, 1, 0, 0, 0, 0),
    );
    assert_eq!(
        requests.call_list(&always).await.unwrap_err().kind(),
        ErrorKind::NoSession
    );
    requests.log_in().await.unwrap();

    let list = requests.call_list(&always).await.unwrap();
    assert_eq!((list.total, list.told), (Some(2), 2));
    for call in &list.entries {
        assert_eq!(
            (call.direction, call.group.as_deref()),
            (Direction::Inbound, Some("1003"))
        );
        assert_eq!(call.caller_number, "0049721123456");
        assert!(call.started.is_some());
    }
    let mut narrow = always.clone().from(1);
    assert_eq!(requests.call_list(&narrow).await.unwrap().told, 1);
    narrow.offset = 0;
    narrow.result = Some(CallResult::Answered);
    assert_eq!(requests.call_list(&narrow).await.unwrap().told, 1);
    narrow.group = GroupFilter::NoGroups;
    assert_eq!(requests.call_list(&narrow).await.unwrap().told, 0);
    let long_ago = CallListQuery::new(always.after, always.after.saturating_add(jiff::Span::new().days(1)));
    assert_eq!(requests.call_list(&long_ago).await.unwrap().total, Some(0));

    assert!(!requests.server_version().await.unwrap().is_empty());
    requests.log_out().await.unwrap();
    assert!(!requests.keep_alive().await.unwrap());
}

#[tokio::test]
async fn a_system_of_the_md5_era() {
    let (sim, server) = start(Switches {
        md5_token: true,
        ..Switches::default()
    })
    .await;
    let newer = Requests::new(&server, &agent("0101")).unwrap();
    assert_eq!(newer.log_in().await.unwrap_err().kind(), ErrorKind::Login);
    let older = Requests::new(&server, &agent("0101").token_form(TokenForm::Md5)).unwrap();
    older.log_in().await.unwrap();
    assert!(older.keep_alive().await.unwrap());

    // The oldest names, as such a system has them.
    let ask = async |name: &str, params: &[Value]| {
        let method = format!("ucp.v20.server.connection.{name}");
        older.call(&method, params).await.unwrap() == Value::Bool(true)
    };
    let services = Value::Array(vec![Value::from("ucp.v20.client.communication.call")]);
    assert!(ask("login", &[]).await && ask("setProvidedServices", &[services]).await);
    assert!(ask("probe", &[]).await && ask("logout", &[]).await && !ask("probe", &[]).await);
    assert!(sim.logged_in().is_empty());
}
