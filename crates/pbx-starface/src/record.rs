//! Recording a call (`monitor`, "Mitschnitt"), in the session of whoever talks.
//!
//! That a second wish ends the recording is likely and not documented, so nothing is asked twice in here.

use async_trait::async_trait;
use pbx::{CallId, ErrorKind, PbxError, Recorder, UserId};

use crate::Starface;
use crate::starface::sorted;

#[async_trait]
impl Recorder for Starface {
    async fn record(&self, call: &CallId, owner: &UserId) -> Result<(), PbxError> {
        let watch = self.watch.lock().await;
        let requests = watch.as_ref().and_then(|watch| watch.requests(owner.as_str()));
        drop(watch);
        let requests = requests
            .ok_or_else(|| PbxError::new(ErrorKind::Unreachable, format!("the login {owner} is not connected")))?;
        requests.monitor(call.as_str()).await.map_err(|error| {
            let error = sorted(error);
            match error.kind() {
                // It is not the right to see users and groups that he lacks.
                ErrorKind::Forbidden => {
                    let what = format!("the login {owner} may not record calls on the PBX");
                    PbxError::new(ErrorKind::Forbidden, what).caused_by(error)
                }
                ErrorKind::Unreachable | ErrorKind::Login | ErrorKind::Listen | ErrorKind::Protocol | _ => error,
            }
        })
    }
}
