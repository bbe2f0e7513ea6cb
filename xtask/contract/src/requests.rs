//! The client's requests against the description.

use crate::call::Endpoint;
use crate::gaps::Gaps;
use crate::report::Report;
use crate::spec::Spec;
use crate::wire::Wire;

/// Checks what goes over the wire for each call.
pub(crate) async fn check(wire: &Wire, endpoints: &[Endpoint], spec: &Spec, gaps: &mut Gaps, report: &mut Report) {
    report.part("requests of the client");
    let (mut checked, mut valid) = (0, 0);
    let asked = || endpoints.iter().filter(|endpoint| !endpoint.kin);
    for endpoint in asked() {
        for call in &endpoint.calls {
            checked += 1;
            let place = format!("{} ({} {})", call.shown(), endpoint.method, endpoint.pattern);
            let Some(sent) = wire.sent(call, endpoint.pattern).await else {
                report.fail(place, "it sends nothing there");
                continue;
            };
            let mut wrong = spec.check_request(&sent);
            let found = spec
                .find(&sent.method, &sent.path)
                .map(|(operation, _)| operation.pattern);
            if sent.method != endpoint.method || found.is_ok_and(|pattern| pattern != endpoint.pattern) {
                wrong.push(format!("it goes to {} {}", sent.method, found.unwrap_or_default()));
            }
            let wrong = gaps.forgive(endpoint.method, endpoint.pattern, wrong);
            valid += usize::from(wrong.is_empty());
            for problem in wrong {
                report.fail(&place, problem);
            }
        }
    }
    let described = |endpoint: &&Endpoint| spec.find(endpoint.method, endpoint.pattern).is_ok();
    report.say(format_args!(
        "endpoints: {}, of them {} of the {} in the description",
        asked().count(),
        asked().filter(described).count(),
        spec.operations().count()
    ));
    report.say(format_args!("requests: {checked}"));
    report.say(format_args!("valid: {valid}"));
    let covered = |method: &str, pattern: &str| asked().any(|one| one.method == method && one.pattern == pattern);
    let uncovered = spec.operations().filter(|(method, pattern)| !covered(method, pattern));
    let uncovered = uncovered.map(|(method, pattern)| (format!("{method} {pattern}"), 1));
    report.tally("of the description the client has no call for", &uncovered.collect());
}
