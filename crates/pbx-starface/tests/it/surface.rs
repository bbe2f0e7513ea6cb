//! Promises of the public types.

use pbx_starface::Starface;
use pbx_starface::translate::Translator;
use static_assertions::assert_impl_all;

assert_impl_all!(Starface: pbx::Pbx, Send, Sync, std::fmt::Debug);
assert_impl_all!(Translator: Send, Sync, std::fmt::Debug);
