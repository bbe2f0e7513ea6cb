//! What is wrong with a configuration file, and how it is shown without showing a secret.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use miette::{
    Diagnostic, GraphicalReportHandler, LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan,
    SpanContents,
};

use super::redact;

/// One thing that is wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Problem {
    /// The key in full, such as `zendesk.url`; empty where no key can be named.
    pub(crate) key: String,
    /// What was found; never a secret.
    pub(crate) found: String,
    /// What is allowed, or what to do.
    pub(crate) allowed: String,
    /// Where in the file.
    pub(crate) span: Option<Range<usize>>,
}

/// A configuration that cannot be used: every problem of the file, each with its line.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Rejected {
    /// There is no file.
    #[error("there is no configuration: neither {} exists. `zendesk-bridge init` writes one to start from", either(.0))]
    NotFound(Vec<PathBuf>),
    /// It cannot be read.
    #[error("the configuration {} cannot be read: {why}. Give another one with --config, or write one with `zendesk-bridge init`", .file.display())]
    Unreadable {
        /// Which file.
        file: PathBuf,
        /// In the words of the operating system.
        why: String,
    },
    /// It holds something wrong.
    #[error("{0}")]
    Wrong(Wrong),
}

/// All that is wrong with one file; `Display` draws it.
#[derive(Debug)]
pub(crate) struct Wrong {
    file: String,
    /// The text with every secret taken out.
    shown: redact::Shown,
    /// In the order of the lines.
    problems: Vec<Problem>,
}

impl Wrong {
    /// Puts the problems of a file together; `shown` is its text without secrets.
    pub(crate) fn new(file: &Path, shown: redact::Shown, mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| problem.span.as_ref().map_or(usize::MAX, |span| span.start));
        Self {
            file: file.display().to_string(),
            shown,
            problems,
        }
    }

    /// Draws the problems, in colour where `colour` says so, and in lines of at most `width` where a person reads them:
    /// whoever searches a log for words should find them on one line.
    pub(crate) fn render(&self, colour: bool, width: Option<u16>) -> String {
        let theme = if colour {
            miette::GraphicalTheme::unicode()
        } else {
            miette::GraphicalTheme::unicode_nocolor()
        };
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_wrap_lines(width.is_some())
            .with_width(width.map_or(100, usize::from))
            .with_context_lines(0)
            .with_links(false);
        let mut text = String::new();
        for problem in &self.problems {
            let drawing = Drawing {
                source: OneLine {
                    file: &self.file,
                    text: &self.shown.text,
                },
                span: problem.span.clone().map(|span| self.shown.range(span)),
                file: &self.file,
                problem,
            };
            // Writing to a String does not fail; if it ever did, the plain words remain.
            if handler.render_report(&mut text, &drawing).is_err() {
                text.push_str(&drawing.to_string());
            }
        }
        let many = match self.problems.len() {
            1 => "1 problem".to_owned(),
            n => format!("{n} problems"),
        };
        text.push_str(&format!("{many} in {}", self.file));
        text
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false, None))
    }
}

/// One problem as miette draws it.
struct Drawing<'p> {
    source: OneLine<'p>,
    span: Option<Range<usize>>,
    file: &'p str,
    problem: &'p Problem,
}

impl fmt::Debug for Drawing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem.key)
    }
}

impl fmt::Display for Drawing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.span.is_none() {
            write!(f, "{}: ", self.file)?;
        }
        if !self.problem.key.is_empty() {
            write!(f, "{}: ", self.problem.key)?;
        }
        f.write_str(&self.problem.found)
    }
}

impl std::error::Error for Drawing<'_> {}

impl Diagnostic for Drawing<'_> {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.problem.allowed))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.span.is_some().then_some(&self.source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = self.span.clone()?;
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(None, span))))
    }
}

/// A file of which only the line with the problem is shown: the lines around it are nobody's business.
struct OneLine<'p> {
    file: &'p str,
    text: &'p str,
}

impl SourceCode for OneLine<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        _: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let at = span.offset().min(self.text.len());
        let start = self.text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let end = self.text[at..]
            .find('\n')
            .map_or(self.text.len(), |length| at + length)
            .max(at + span.len());
        let end = end.min(self.text.len());
        let line = self.text[..start].matches('\n').count();
        let lines = self.text[start..end].lines().count();
        let span = SourceSpan::from(start..end);
        let data = &self.text.as_bytes()[start..end];
        Ok(Box::new(MietteSpanContents::new_named(
            self.file.to_owned(),
            data,
            span,
            line,
            0,
            lines,
        )))
    }
}

fn either(files: &[PathBuf]) -> String {
    files
        .iter()
        .map(|file| file.display().to_string())
        .collect::<Vec<_>>()
        .join(" nor ")
}
