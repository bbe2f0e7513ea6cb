//! Does what a [`Session`] says: sends, waits, tells.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::Either;
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::Notice;
use super::event::Callback;
use super::rpc::Rpc;
use super::session::{Order, Output, Proof, Reply, Session};

/// How long the PBX may take to say good-bye.
const LOGOUT_PATIENCE: Duration = Duration::from_secs(3);

/// What one login's driver needs.
pub(super) struct Driver {
    pub(super) login: String,
    pub(super) rpc: Arc<Rpc>,
    pub(super) session: Session,
    pub(super) callbacks: mpsc::Receiver<Callback>,
    pub(super) missed: Arc<Notify>,
    /// Tells the listener whether callbacks can be asked for the classic token.
    pub(super) by_jwt: Arc<AtomicBool>,
    pub(super) notices: mpsc::Sender<Notice>,
    pub(super) stop: CancellationToken,
}

impl Driver {
    pub(super) async fn run(mut self) {
        let began = Instant::now();
        let mut stopping = false;
        let mut request = None;
        self.session.start(Duration::ZERO);
        loop {
            while let Some(output) = self.session.poll_output() {
                match output {
                    Output::Send(order) => {
                        self.by_jwt.store(order.proof == Proof::Jwt, Ordering::Release);
                        self.rpc.speaks(order.dialect, order.proof);
                        request = Some(Box::pin(answer(&self.rpc, order, stopping)));
                    }
                    Output::Tell(what) => {
                        tracing::debug!(login = %self.login, ?what, "UCI");
                        let notice = Notice {
                            login: self.login.clone(),
                            what,
                        };
                        tokio::select! {
                            biased;
                            // Nobody listens any more, or nobody listens now and all is to end: either way, on to the end.
                            _ = self.notices.send(notice) => {}
                            () = self.stop.cancelled() => {}
                        }
                    }
                    Output::Stopped => return,
                }
            }
            let answered = match &mut request {
                Some(request) => Either::Left(request),
                None => Either::Right(pending()),
            };
            let wake = match self.session.poll_timeout() {
                Some(at) => Either::Left(sleep_until(began + at)),
                None => Either::Right(pending()),
            };
            // In a fixed order, so that what happens at one moment happens in one order, in a simulation as well. Nobody
            // starves: answers and timers come one at a time, and callbacks, which may be many, come last.
            tokio::select! {
                biased;
                () = self.stop.cancelled(), if !stopping => {
                    stopping = true;
                    self.session.stop(began.elapsed());
                }
                (id, reply) = answered => {
                    request = None;
                    self.session.on_answer(began.elapsed(), id, reply);
                }
                () = wake => self.session.on_timeout(began.elapsed()),
                () = self.missed.notified() => self.session.on_missed(began.elapsed()),
                Some(callback) = self.callbacks.recv() => self.session.on_callback(began.elapsed(), callback),
            }
        }
    }
}

async fn answer(rpc: &Rpc, order: Order, stopping: bool) -> (u64, Reply) {
    let call = rpc.call(order.proof, &order.method, &order.params);
    let reply = if stopping {
        let late = || Reply::Nothing {
            why: "the PBX did not answer in time".to_owned(),
        };
        tokio::time::timeout(LOGOUT_PATIENCE, call)
            .await
            .unwrap_or_else(|_| late())
    } else {
        call.await
    };
    (order.id, reply)
}
