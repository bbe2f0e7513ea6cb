//! What was measured, as a table for people and as JSON for programs.

use std::fmt;
use std::io::Write;
use std::time::{Duration, Instant};

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, TableStyle};
use serde::Serialize;

/// One figure: the median of some rounds.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub(crate) struct Row {
    /// The group it belongs to, as on the command line.
    pub(crate) group: &'static str,
    /// What was measured.
    pub(crate) name: String,
    /// The median; `None` where it could not be measured.
    pub(crate) value: Option<f64>,
    /// In which unit.
    pub(crate) unit: &'static str,
    /// The lowest of the rounds.
    pub(crate) lowest: Option<f64>,
    /// The highest of the rounds.
    pub(crate) highest: Option<f64>,
    /// What it is to be compared with, by name.
    pub(crate) beside: Option<String>,
    /// How many times that it is.
    pub(crate) ratio: Option<f64>,
    /// What there is to say of it.
    pub(crate) note: Option<String>,
}

impl Row {
    /// The median of what some rounds gave.
    ///
    /// # Panics
    /// Without a round.
    pub(crate) fn new(group: &'static str, name: impl Into<String>, unit: &'static str, rounds: &[f64]) -> Self {
        let mut sorted = rounds.to_vec();
        sorted.sort_by(f64::total_cmp);
        Self {
            group,
            name: name.into(),
            value: Some(sorted[sorted.len() / 2]),
            unit,
            lowest: Some(sorted[0]),
            highest: Some(sorted[sorted.len() - 1]),
            beside: None,
            ratio: None,
            note: None,
        }
    }

    /// What cannot be measured here, and why.
    pub(crate) fn skipped(group: &'static str, name: &str, why: &anyhow::Error) -> Self {
        Self {
            group,
            name: format!("{name}: skipped"),
            value: None,
            unit: "",
            lowest: None,
            highest: None,
            beside: None,
            ratio: None,
            note: Some(format!("{why:#}")),
        }
    }

    /// With something to say of it.
    #[must_use]
    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into()).filter(|note| !note.is_empty());
        self
    }

    /// With another figure of the same run.
    #[must_use]
    pub(crate) fn beside(mut self, other: &Self) -> Self {
        self.beside = Some(other.name.clone());
        self.ratio = self.value.zip(other.value).map(|(value, other)| value / other);
        self
    }
}

impl Row {
    /// Seconds are told to the millisecond.
    fn shown(&self, value: Option<f64>) -> String {
        let decimals = if self.unit == "s" { 3 } else { 1 };
        value.map_or_else(|| "–".to_owned(), |value| format!("{value:.decimals$}"))
    }
}

/// As wide as a table may get.
const WIDTH: u16 = 150;

const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// All figures, and the machine that they are of.
#[derive(Debug, Serialize)]
pub(crate) struct Table {
    cores: usize,
    system: &'static str,
    rows: Vec<Row>,
}

impl Table {
    pub(crate) fn new(rows: Vec<Row>) -> Self {
        Self {
            cores: std::thread::available_parallelism().map_or(1, Into::into),
            system: std::env::consts::OS,
            rows,
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = comfy_table::Table::new();
        table
            .load_style(STYLE)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(WIDTH)
            .set_header(["", "what", "median", "", "lowest – highest", "", "of what"]);
        for row in &self.rows {
            let range = match row.value {
                Some(_) => [row.shown(row.lowest), row.shown(row.highest)].join(" – "),
                None => String::new(),
            };
            let said: Vec<&str> = [&row.beside, &row.note]
                .into_iter()
                .flatten()
                .map(String::as_str)
                .collect();
            table.add_row([
                row.group.to_owned(),
                row.name.clone(),
                row.shown(row.value),
                row.unit.to_owned(),
                range,
                row.ratio.map_or(String::new(), |ratio| format!("{ratio:.2} ×")),
                said.join("; "),
            ]);
        }
        for column in [2, 4, 5] {
            if let Some(column) = table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        write!(f, "{table}\n{} cores, {}", self.cores, self.system)
    }
}

/// To standard output.
pub(crate) fn say(text: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout().lock(), "{text}")
}

/// How long something takes, beside what came of it.
#[expect(clippy::disallowed_methods, reason = "measuring is what this program is for")]
pub(crate) async fn timed<T>(work: impl Future<Output = T>) -> (Duration, T) {
    let start = Instant::now();
    let done = work.await;
    (start.elapsed(), done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_measured_says_why_and_has_no_figure() {
        let why = anyhow::anyhow!("no such file").context("npm cannot be run");
        let table = Table::new(vec![Row::skipped("g", "node-zendesk", &why)]);
        let shown = table.to_string();
        assert!(
            shown.contains("node-zendesk: skipped") && shown.contains("npm cannot be run: no such file"),
            "{shown}"
        );
        let json = serde_json::to_value(&table).unwrap();
        assert_eq!(json["rows"][0]["value"], serde_json::Value::Null);
    }

    #[test]
    fn a_figure_is_the_median_and_is_compared_with_another() {
        let one = Row::new("g", "one", "MB/s", &[30.0, 10.0, 20.0]);
        assert_eq!(
            (one.lowest, one.value, one.highest),
            (Some(10.0), Some(20.0), Some(30.0))
        );
        let two = Row::new("g", "two", "MB/s", &[5.0]).beside(&one);
        assert_eq!((two.beside.as_deref(), two.ratio), (Some("one"), Some(0.25)));
        let table = Table::new(vec![one, two]);
        let shown = table.to_string();
        assert!(shown.contains("10.0 – 30.0") && shown.contains("0.25 ×"), "{shown}");
        let json = serde_json::to_value(&table).unwrap();
        assert_eq!(
            (&json["rows"][1]["ratio"], &json["rows"][0]["beside"]),
            (&0.25.into(), &serde_json::Value::Null)
        );
    }
}
