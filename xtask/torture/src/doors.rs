//! The ways between the bridge's clients and the simulated systems, in the place of the network.

use std::time::Duration;

use async_trait::async_trait;
use bridge_sim::starface;
use bridge_sim::zendesk::{Delivery, SimRequest, SimResponse};
use bytes::Bytes;
use http::{Method, Request, Response};
use rand::Rng as _;
use starface::{read_call, read_response};

use crate::act::Action;
use crate::events::{self, News};
use crate::passed;
use crate::weather::{Fate, PbxFate, fate, pbx_fate};
use crate::world::{Place, Sabotage, Shared, World};

/// The way to Zendesk.
pub(crate) struct DeskDoor(pub(crate) Shared);

#[async_trait]
impl zendesk_client::HttpService for DeskDoor {
    async fn call(&self, request: Request<Bytes>) -> Result<Response<Bytes>, zendesk_client::NoAnswer> {
        use zendesk_client::NoAnswer;
        let (head, body) = request.into_parts();
        let request = SimRequest {
            method: head.method,
            path: head.uri.path().to_owned(),
            query: head.uri.query().unwrap_or_default().to_owned(),
            headers: head.headers,
            body,
        };
        let passed = pass(&mut self.0.lock(), request);
        let (answer, travel) = match passed {
            Passed::Answered(answer, travel) => (answer, travel),
            Passed::Refused => return Err(NoAnswer::Connect),
            Passed::Never => return std::future::pending().await,
        };
        tokio::time::sleep(travel + answer.delay).await;
        if answer.delivery == Delivery::Lost {
            return Err(NoAnswer::Interrupted);
        }
        let mut response = Response::builder().status(answer.status);
        for (name, value) in &answer.headers {
            response = response.header(name, value);
        }
        let response = response.body(answer.body.clone()).map_err(|_| NoAnswer::Interrupted)?;
        match answer.delivery {
            Delivery::Cut => Err(NoAnswer::Cut(response.map(|body| body.slice(..body.len() / 2)))),
            Delivery::Whole | Delivery::Lost => Ok(response),
        }
    }
}

/// How far a request came.
enum Passed {
    Answered(SimResponse, Duration),
    Refused,
    /// Nobody will hear of it any more.
    Never,
}

fn pass(world: &mut World, request: SimRequest) -> Passed {
    if world.dies || world.burns(Place::Request, false) {
        return Passed::Never;
    }
    let fate = fate(&world.weather, &request.method, &request.path, &mut world.dice);
    let travel = match fate {
        Fate::Answered(travel) => travel,
        Fate::Refused => {
            world.fault("connection to Zendesk refused");
            return Passed::Refused;
        }
        Fate::Spoilt(name, fault) => {
            world.fault(name);
            world.desk.switches.faults.push(fault);
            Duration::from_millis(world.dice.random_range(5..400))
        }
        Fate::Late(by) => {
            world.fault("request takes effect after everybody has given it up");
            world.after(by, Action::Late(Box::new(request)));
            return Passed::Never;
        }
    };
    let now = world.now();
    let answer = world.desk.handle(&request, now);
    if world.sabotage == Some(Sabotage::SecondPost) && creates_ticket(&request) {
        let mut second = request.clone();
        second.headers.remove("idempotency-key");
        world.desk.handle(&second, now);
    }
    world.desk.switches.faults.clear();
    world.requests += 1;
    if world.back_at.is_some() && world.journal.is_some() {
        let asked = format!("{} {}", request.method, request.path);
        world.asked.push((now, asked));
    }
    world.too_many += u64::from(answer.status == 429 && answer.delivery == Delivery::Whole);
    let (method, path, status) = (&request.method, &request.path, answer.status);
    world.note(format_args!("{method} {path}: {status} {:?}", answer.delivery));
    passed::see_list(world, &request, &answer, travel);
    if world.burns(Place::Request, true) {
        return Passed::Never;
    }
    Passed::Answered(answer, travel)
}

fn creates_ticket(request: &SimRequest) -> bool {
    request.method == Method::POST && request.path == "/api/v2/tickets"
}

/// The way to the PBX.
pub(crate) struct PbxDoor(pub(crate) Shared);

#[async_trait]
impl starface_client::HttpService for PbxDoor {
    async fn call(&self, request: Request<Bytes>) -> Result<Response<Bytes>, starface_client::NoAnswer> {
        use starface_client::NoAnswer;
        let (fate, answer) = reach(&mut self.0.lock(), &request);
        match fate {
            PbxFate::Answered(travel) => tokio::time::sleep(travel).await,
            PbxFate::Refused => return Err(NoAnswer::Connect),
            PbxFate::Lost => return Err(NoAnswer::Interrupted),
            PbxFate::Silent => return std::future::pending().await,
            PbxFate::OutOfOrder => {}
        }
        let answer = Response::builder()
            .status(answer.status)
            .header("content-type", answer.content_type)
            .body(Bytes::from(answer.body));
        answer.map_err(|_| NoAnswer::Interrupted)
    }
}

fn reach(world: &mut World, request: &Request<Bytes>) -> (PbxFate, starface::Answer) {
    let out_of_order = starface::Answer {
        status: 503,
        content_type: "text/html",
        body: b"<html><body>Service Unavailable</body></html>".to_vec(),
        location: None,
    };
    if world.dies {
        return (PbxFate::Silent, out_of_order);
    }
    let fate = pbx_fate(&world.weather, &mut world.dice);
    match fate {
        PbxFate::Refused => world.fault("connection to the PBX refused"),
        PbxFate::Lost => world.fault("answer of the PBX lost"),
        PbxFate::Silent => world.fault("no answer of the PBX in time"),
        PbxFate::OutOfOrder => world.fault("PBX answers 503"),
        PbxFate::Answered(_) => {}
    }
    if matches!(fate, PbxFate::Refused | PbxFate::OutOfOrder) {
        return (fate, out_of_order);
    }
    let query = request.uri().query().unwrap_or_default();
    let now = world.now();
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let asked = starface::Request {
        method: request.method().as_str(),
        path: request.uri().path(),
        query,
        auth_token: header("authToken"),
        authorization: header("authorization"),
        host: header("host"),
        body: request.body(),
    };
    let answer = world.pbx.http(&asked, now);
    events::send(world);
    if let (PbxFate::Answered(_), true) = (fate, asked.path == "/xml-rpc") {
        let login = query.split("auth=").nth(1).and_then(|token| token.split(':').next());
        see_state(world, login.unwrap_or_default(), request.body(), &answer.body);
    }
    (fate, answer)
}

/// Takes note of what the bridge learns from a call's state that it asked for.
fn see_state(world: &mut World, login: &str, asked: &[u8], answer: &[u8]) {
    let asked = read_call(&String::from_utf8_lossy(asked));
    let Ok((method, _)) = asked else { return };
    let name = method.rsplit('.').next().unwrap_or_default();
    if name != "keepAlive" {
        world.note(format_args!("{login}: {name}"));
    }
    if name == "getCallState"
        && let Ok(Ok(told)) = read_response(&String::from_utf8_lossy(answer))
    {
        let news = News::of(&told);
        world.note(format_args!("{login} is told {news:?}"));
        world.told(login, news, None);
    }
}
