//! Metrics with labels, and the one that is a histogram.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use bridge_core::call::Disposition;
use bridge_runtime::Spread;
use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::view::{Allowance, Budget};

/// A metric's name, its meaning, and where its figure stands.
type Figure = (&'static str, &'static str, fn(&Allowance) -> u32);

type Labels<const N: usize> = [(&'static str, String); N];

/// The share of Zendesk's limits, and who waits.
pub(super) fn budget(registry: &mut Registry, budget: Option<&Budget>) {
    let account = budget.and_then(|budget| budget.account.as_ref());
    let account = account.map(|account| ("account", account));
    let buckets = budget.into_iter().flat_map(|budget| &budget.buckets);
    let windows: Vec<_> = account
        .into_iter()
        .chain(buckets.map(|(name, bucket)| (name.as_str(), bucket)))
        .collect();
    let figures: [Figure; 3] = [
        (
            "budget_limit",
            "Requests that the bridge may send in one of Zendesk's windows",
            |window| window.allowed,
        ),
        (
            "budget_spent",
            "Requests that it has sent in the present one",
            |window| window.spent,
        ),
        (
            "budget_left",
            "Requests that it may still send in it; less where other programs have used up theirs",
            |window| window.left,
        ),
    ];
    for (name, help, figure) in figures {
        let family: Family<Labels<1>, Gauge> = Family::default();
        for (window, allowance) in &windows {
            let labels = [("window", (*window).to_owned())];
            family.get_or_create(&labels).set(figure(allowance).into());
        }
        registry.register(name, help, family);
    }
    let waiting = budget.map(|budget| budget.waiting).unwrap_or_default();
    let family: Family<Labels<1>, Gauge> = Family::default();
    for (priority, count) in [
        ("person", waiting.person),
        ("normal", waiting.normal),
        ("background", waiting.background),
    ] {
        let labels = [("priority", priority.to_owned())];
        family.get_or_create(&labels).set(super::count(count));
    }
    registry.register(
        "requests_waiting",
        "Requests that wait for their turn within the bridge's share",
        family,
    );
}

/// What was asked of Zendesk, and how it answered.
pub(super) fn requests(registry: &mut Registry, requests: &BTreeMap<(String, String), u64>) {
    let family: Family<Labels<2>, Counter> = Family::default();
    for ((endpoint, status), count) in requests {
        let labels = [("endpoint", endpoint.clone()), ("status", status.clone())];
        family.get_or_create(&labels).inc_by(*count);
    }
    registry.register(
        "requests",
        "Requests sent to Zendesk, each try, by endpoint and status of the answer",
        family,
    );
}

/// What became of calls, and how fast their tickets were asked for.
pub(super) fn calls(registry: &mut Registry, figures: &bridge_runtime::Figures) {
    let family: Family<Labels<1>, Counter> = Family::default();
    for disposition in Disposition::ALL {
        let calls = figures.calls.get(&disposition).copied().unwrap_or_default();
        let labels = [("outcome", disposition.as_str().to_owned())];
        family.get_or_create(&labels).inc_by(calls);
    }
    registry.register("calls", "Calls that are over, by what became of them", family);
    registry.register(
        "event_to_request_seconds",
        "From the PBX's word that a call is answered until the ticket's request is handed on to be sent",
        Histogram(figures.event_to_request.clone()),
    );
}

/// Durations that were counted elsewhere.
#[derive(Debug)]
struct Histogram(Spread);

impl EncodeMetric for Histogram {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        let bound = |bound: Option<Duration>| bound.map_or(f64::INFINITY, |bound| bound.as_secs_f64());
        let buckets: Vec<_> = self.0.buckets().map(|(to, count)| (bound(to), count)).collect();
        encoder.encode_histogram::<NoLabelSet>(self.0.sum().as_secs_f64(), self.0.count(), &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Histogram
    }
}
