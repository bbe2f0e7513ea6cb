//! What all types have in common that only send what is set.

/// A type that is written as a JSON object of what was set, and shows names of fields and no values.
macro_rules! data {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// Only what is set is sent. `Debug` shows names of fields and no values.
        #[derive(Clone, PartialEq, Default, serde::Serialize)]
        #[serde(transparent)]
        pub struct $name(serde_json::Map<String, serde_json::Value>);

        impl $name {
            /// Anything that has no method of its own, by Zendesk's name for it.
            #[must_use]
            pub fn set(mut self, key: impl Into<String>, value: impl Into<serde_json::Value>) -> Self {
                self.0.insert(key.into(), value.into());
                self
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.0.keys().collect::<Vec<_>>()).finish()
            }
        }
    };
}

pub(crate) use data;

/// Ids as Zendesk takes many of them: `1,2,3`.
pub(crate) fn joined(ids: &[impl ToString]) -> String {
    let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
    ids.join(",")
}
