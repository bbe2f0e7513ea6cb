//! Where the description is known to be narrower than Zendesk.

use crate::report::Report;

/// Something that the description does not have, though it is so.
struct Gap {
    method: &'static str,
    pattern: &'static str,
    /// What is found wrong, with `#` for numbers.
    problem: &'static str,
    /// How it is known all the same.
    why: &'static str,
}

const NO_PAGES: &str = "the description has no query parameter `page[size]`";
const PAGES: &str = "such lists have pages by cursor (Zendesk, Pagination)";
const NO_PATH: &str = "no such path";

const GAPS: &[Gap] = &[
    Gap {
        method: "GET",
        pattern: "/api/v2/group_memberships/assignable",
        problem: NO_PAGES,
        why: PAGES,
    },
    Gap {
        method: "GET",
        pattern: "/api/v2/groups/assignable",
        problem: NO_PAGES,
        why: PAGES,
    },
    Gap {
        method: "GET",
        pattern: "/api/v2/groups/{group_id}/memberships",
        problem: NO_PAGES,
        why: PAGES,
    },
    Gap {
        method: "GET",
        pattern: "/api/v2/groups/{group_id}/users",
        problem: NO_PAGES,
        why: PAGES,
    },
    Gap {
        method: "GET",
        pattern: "/api/v2/users/{user_id}/tickets/assigned",
        problem: NO_PAGES,
        why: PAGES,
    },
    Gap {
        method: "GET",
        pattern: "/api/v2/users/{user_id}/tickets/ccd",
        problem: NO_PATH,
        why: "the description is a selection (Zendesk, Tickets)",
    },
    Gap {
        method: "PUT",
        pattern: "/api/v2/users/{user_id}/group_memberships/{group_membership_id}/make_default",
        problem: NO_PATH,
        why: "the description is a selection (Zendesk, Group Memberships)",
    },
    Gap {
        method: "PUT",
        pattern: "/api/v2/tickets/{ticket_id}/comments/{comment_id}/attachments/{attachment_id}/redact",
        problem: NO_PATH,
        why: "the description is a selection: recorded",
    },
    Gap {
        method: "PUT",
        pattern: "/api/v2/tickets/{ticket_id}/comments/{comment_id}/make_private",
        problem: NO_PATH,
        why: "the description is a selection (Zendesk, Ticket Comments)",
    },
    Gap {
        method: "GET",
        pattern: "/api/v2/users/me",
        problem: "/user/id: value is not of type \"integer\"",
        why: "wrong credentials are answered with a user whose id is null (seen live)",
    },
    Gap {
        method: "PUT",
        pattern: "/api/v2/tickets/{ticket_id}",
        problem: "/audit/events/#/value: value is not valid under any of the schemas listed in the 'oneOf' keyword",
        why: "recorded audits of new tickets hold lists of tags, and null",
    },
];

/// The gaps, and how often each was met.
#[derive(Default)]
pub(crate) struct Gaps([usize; GAPS.len()]);

impl Gaps {
    /// Leaves what no gap explains.
    pub(crate) fn forgive(&mut self, method: &str, pattern: &str, problems: Vec<String>) -> Vec<String> {
        let known = |problem: &str| {
            let problem = without_numbers(problem);
            GAPS.iter()
                .position(|gap| gap.method == method && gap.pattern == pattern && gap.problem == problem)
        };
        let mut left = problems;
        left.retain(|problem| match known(problem) {
            Some(gap) => {
                self.0[gap] += 1;
                false
            }
            None => true,
        });
        left
    }

    /// Tells each gap; one that nothing met is a failure, so that the list stays as short as it can be.
    pub(crate) fn tell(&self, report: &mut Report) {
        report.part("excepted, because the description is narrower than Zendesk");
        for (gap, times) in GAPS.iter().zip(self.0) {
            let place = format!("{} {}: {}", gap.method, gap.pattern, gap.problem);
            match times {
                0 => report.fail(place, "nothing needs this exception any more"),
                _ => report.say(format_args!("{place} ({times} times): {}", gap.why)),
            }
        }
    }
}

fn without_numbers(text: &str) -> String {
    let parts = text.split('/').map(
        |part| match part.is_empty() || part.bytes().any(|b| !b.is_ascii_digit()) {
            true => part,
            false => "#",
        },
    );
    parts.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::{GAPS, Gaps};
    use crate::report::Report;

    #[test]
    fn what_is_known_is_forgiven_and_the_rest_stays() {
        let mut gaps = Gaps::default();
        let audits = GAPS.iter().position(|gap| gap.problem.contains('#')).unwrap();
        let known = GAPS[audits].problem.replace('#', "7");
        let problems = vec![known.clone(), "/audit/id: value is not of type \"integer\"".to_owned()];
        assert_eq!(
            gaps.forgive("PUT", GAPS[audits].pattern, problems.clone()),
            problems[1..]
        );
        assert_eq!(gaps.forgive("GET", GAPS[audits].pattern, vec![known.clone()]), [known]);
        assert_eq!((gaps.0[audits], gaps.0.iter().sum()), (1, 1));
        let mut report = Report::default();
        gaps.tell(&mut report);
        assert_eq!(report.failures(), GAPS.len() - 1);
    }
}
