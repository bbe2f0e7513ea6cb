//! What became of a call, for counting: in the same order as the words of its summary say it.

use crate::call::{CallState, Disposition, Ticket};

use super::Core;
use super::route::{No, Route};
use super::site::Site;

impl Core {
    /// As what a call counts now that it is over, if it did not count so before.
    pub(super) fn counts(&mut self, call: &CallState) -> Option<Disposition> {
        call.over?;
        let disposition = self.site().disposition(call);
        self.calls.count(&call.key, disposition).then_some(disposition)
    }
}

impl Site<'_> {
    /// What has become of a call that is over.
    pub(super) fn disposition(self, call: &CallState) -> Disposition {
        if call.merged_into.is_some() {
            return Disposition::SameCall;
        }
        match &call.ticket {
            Ticket::Opened(_) => return Disposition::Ticket,
            Ticket::Ordered(_) | Ticket::Failed { .. } => return Disposition::Failed,
            Ticket::Pending => {}
        }
        match self.route(call) {
            Route::No(No::Internal) => Disposition::Internal,
            Route::No(No::Outbound) => Disposition::Outbound,
            Route::No(No::Groupless | No::UnknownGroup(_) | No::NotIncluded(_) | No::Unmatched { .. }) => {
                Disposition::NotServed
            }
            Route::Served { .. } | Route::NotMatched if call.answer.is_some() => Disposition::Inactive,
            Route::Served { .. } | Route::NotMatched if call.sibling.is_some() => Disposition::SameCall,
            Route::Served { .. } | Route::NotMatched => Disposition::Unanswered,
        }
    }
}
