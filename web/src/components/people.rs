//! People: how those are called who did something.

use std::collections::HashMap;

use plinth_events::UserId;

/// What does something for nobody in particular.
pub(crate) const PLINTH: &str = "Plinth";

/// The names of users, as far as they are still there.
#[derive(Debug, Clone, Default)]
pub struct People(HashMap<UserId, String>);

impl People {
    /// These.
    pub fn new(names: impl IntoIterator<Item = (UserId, String)>) -> Self {
        Self(names.into_iter().collect())
    }

    /// How somebody is called; nobody: a program of the tenant's.
    pub fn name(&self, user: Option<UserId>) -> &str {
        match user {
            Some(user) => self.0.get(&user).map_or("somebody who was deleted", String::as_str),
            None => "a program",
        }
    }
}
