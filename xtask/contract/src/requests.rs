//! The client's requests against the description.

use crate::call::Endpoint;
use crate::gaps::Gaps;
use crate::report::Report;
use crate::spec::Spec;
use crate::wire::Wire;

/// Checks what goes over the wire for each call.
pub(crate) async fn check(wire: &Wire, endpoints: &[Endpoint], spec: &Spec, gaps: &mut Gaps, report: &mut Report) -> anyhow::Result<()> {
    report.part("requests of the client");
    let (mut checked, mut valid) = (0, 0);
    let asked = || endpoints.iter().filter(|endpoint| !endpoint.kin);
    for endpoint in asked() {
        for call in &endpoint.calls {
            checked += 1;
            let sent = wire.sent(call).await?;
            let mut wrong = spec.check_request(&sent);
            if let Ok((operation, _)) = spec.find(&sent.method, &sent.path)
                && (sent.method.as_str(), operation.pattern) != (endpoint.method, endpoint.pattern)
            {
                wrong.push(format!("goes to {} {}", sent.method, operation.pattern));
            }
            let wrong = gaps.forgive(endpoint.method, endpoint.pattern, wrong);
            valid += usize::from(wrong.is_empty());
            for problem in wrong {
                report.fail(format_args!("{} ({} {})", call.shown(), endpoint.method, endpoint.pattern), problem);
            }
        }
    }
    report.say(format_args!("endpoints: {} of {} in the description", asked().count(), spec.len()));
    report.say(format_args!("requests: {checked}"));
    report.say(format_args!("valid: {valid}"));
    Ok(())
}
