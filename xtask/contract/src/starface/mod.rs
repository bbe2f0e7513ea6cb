//! The simulated STARFACE, held to the description that a system in the field gives of its REST interface, and used by an
//! XML-RPC implementation that nobody of this project has written.

mod answers;
mod description;
mod python;
mod requests;

use std::path::Path;

use crate::report::Report;
use crate::starface::description::Description;

/// Checks all of it. What is not at hand is said to be skipped.
pub(crate) async fn check(file: &Path, report: &mut Report) -> anyhow::Result<()> {
    if file.is_file() {
        let description = Description::read(file)?;
        answers::check(&description, report);
        requests::check(&description, report).await?;
    } else {
        report.part(&format!(
            "answers of the simulated STARFACE, requests of its client: skipped: there is no file {}",
            file.display()
        ));
    }
    python::check(report).await
}
