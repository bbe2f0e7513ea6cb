//! What `check` found: as text for an administrator and as JSON for a program.

use serde::Serialize;

/// Everything that was looked at.
#[derive(Serialize, Debug, Default)]
pub(crate) struct Report {
    /// Whether `run` can work with this configuration.
    pub(crate) ready: bool,
    /// What to mend, in words; empty if ready.
    pub(crate) mend: Vec<String>,
    /// What was looked at, in order.
    pub(crate) chapters: Vec<Chapter>,
}

/// One thing that was looked at.
#[derive(Serialize, Debug)]
pub(crate) struct Chapter {
    /// What.
    pub(crate) title: String,
    /// What was found.
    pub(crate) findings: Vec<Finding>,
}

/// One thing that was found.
#[derive(Serialize, Debug)]
pub(crate) struct Finding {
    /// How good that is.
    pub(crate) verdict: Verdict,
    /// In words.
    pub(crate) text: String,
}

/// How good something is.
#[derive(Serialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    /// As it must be.
    Good,
    /// Works, and somebody may want to know.
    Note,
    /// Has to be mended first.
    Mend,
}

impl Report {
    /// Starts to look at something.
    pub(crate) fn chapter(&mut self, title: impl Into<String>) -> &mut Chapter {
        self.chapters.push(Chapter {
            title: title.into(),
            findings: Vec::new(),
        });
        let last = self.chapters.len() - 1;
        &mut self.chapters[last]
    }

    /// Ends: ready if nothing is to be mended.
    pub(crate) fn finish(&mut self) {
        let findings = self.chapters.iter().flat_map(|chapter| chapter.findings.iter());
        self.mend = findings
            .filter(|finding| finding.verdict == Verdict::Mend)
            .map(|finding| finding.text.clone())
            .collect();
        self.ready = self.mend.is_empty();
    }

    /// As text.
    pub(crate) fn render(&self) -> String {
        let mut text = String::new();
        for chapter in &self.chapters {
            text.push_str(&format!("{}\n", chapter.title));
            for finding in &chapter.findings {
                let mark = match finding.verdict {
                    Verdict::Good => '✓',
                    Verdict::Note => '·',
                    Verdict::Mend => '✗',
                };
                text.push_str(&format!("  {mark} {}\n", finding.text));
            }
            text.push('\n');
        }
        if self.ready {
            text.push_str("Ready.");
        } else {
            text.push_str(&format!("To mend ({}):", self.mend.len()));
            for (index, mend) in self.mend.iter().enumerate() {
                text.push_str(&format!("\n  {}. {mend}", index + 1));
            }
        }
        text
    }
}

impl Chapter {
    /// Something is as it must be.
    pub(crate) fn good(&mut self, text: impl Into<String>) {
        self.add(Verdict::Good, text);
    }

    /// Something works, and somebody may want to know.
    pub(crate) fn note(&mut self, text: impl Into<String>) {
        self.add(Verdict::Note, text);
    }

    /// Something has to be mended.
    pub(crate) fn mend(&mut self, text: impl Into<String>) {
        self.add(Verdict::Mend, text);
    }

    fn add(&mut self, verdict: Verdict, text: impl Into<String>) {
        self.findings.push(Finding {
            verdict,
            text: text.into(),
        });
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn what_to_mend_is_listed_at_the_end() {
        let mut report = Report::default();
        report.chapter("Zendesk, https://acme.zendesk.com").good("signs in");
        let pbx = report.chapter("PBX, https://pbx.acme.example");
        pbx.note("version 9.0");
        pbx.mend("agent 0102: the PBX refuses the password. Mend it in [[pbx.agent]]");
        report.finish();
        assert!(!report.ready);
        expect![[r#"
            Zendesk, https://acme.zendesk.com
              ✓ signs in

            PBX, https://pbx.acme.example
              · version 9.0
              ✗ agent 0102: the PBX refuses the password. Mend it in [[pbx.agent]]

            To mend (1):
              1. agent 0102: the PBX refuses the password. Mend it in [[pbx.agent]]"#]]
        .assert_eq(&report.render());
    }
}
