//! A user of a tenant: registered, renamed, deleted. The id is never used again in the tenant after the deletion.
//!
//! That no metric definition names a deleted user, and that no other tenant has the id, is not known here: the read
//! tables' constraints say so.

use plinth_events::{
    Refusal, RefusalCode, UserId,
    command::user::{DeleteUser, RegisterUser},
    event::{
        erased::ErasedCounts,
        user::{UserDeleted, UserErased, UserEvent, UserRegistered, UserRenamed},
    },
    names::Name,
};
use serde::{Deserialize, Serialize};

use super::{Context, Decision, aggregate};

/// Where a user stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum User {
    /// Never registered.
    #[default]
    Unknown,
    /// Registered under this name.
    Active(Name),
    /// Gone for good.
    Deleted,
}

/// What can be asked of a user.
#[derive(Debug, Clone, PartialEq)]
pub enum UserCommand {
    /// Register or rename the user.
    Register(RegisterUser),
    /// Delete the user.
    Delete(DeleteUser),
    /// Say that what was said of the user is erased.
    NoteErasure(UserId, ErasedCounts),
}

aggregate!(User, "user", UserCommand => UserEvent, Context);

impl User {
    /// Whether the user is registered and not deleted.
    pub fn is_active(&self) -> bool {
        matches!(self, Self::Active(_))
    }

    /// What a command comes to.
    pub fn decide(&self, command: &UserCommand, _context: &Context) -> Decision<UserEvent> {
        match command {
            UserCommand::Register(command) => self.register(command),
            UserCommand::Delete(command) => self.delete(command.user_id),
            UserCommand::NoteErasure(user_id, counts) => self.note_erasure(*user_id, *counts),
        }
    }

    fn register(&self, command: &RegisterUser) -> Decision<UserEvent> {
        let (user_id, name) = (command.user_id, command.name.clone());
        match self {
            Self::Unknown => Ok(vec![UserRegistered { user_id, name }.into()]),
            Self::Active(current) if *current == name => Ok(Vec::new()),
            Self::Active(_) => Ok(vec![UserRenamed { user_id, name }.into()]),
            Self::Deleted => Err(deleted(user_id)),
        }
    }

    fn delete(&self, user_id: UserId) -> Decision<UserEvent> {
        match self {
            Self::Unknown => Err(Refusal::new(RefusalCode::UnknownUser, format!("user {user_id} is unknown"))),
            Self::Active(_) => Ok(vec![UserDeleted { user_id }.into()]),
            Self::Deleted => Err(deleted(user_id)),
        }
    }

    fn note_erasure(&self, user_id: UserId, counts: ErasedCounts) -> Decision<UserEvent> {
        match self {
            Self::Deleted => Ok(vec![UserErased { user_id, counts }.into()]),
            Self::Unknown | Self::Active(_) => {
                let detail = format!("user {user_id} is not deleted, so nothing of the user is erased");
                Err(Refusal::new(RefusalCode::UnknownUser, detail))
            }
        }
    }

    /// Takes in what happened.
    pub fn evolve(&mut self, event: UserEvent) {
        *self = match event {
            UserEvent::UserRegistered(event) => Self::Active(event.name),
            UserEvent::UserRenamed(event) => Self::Active(event.name),
            UserEvent::UserDeleted(_) | UserEvent::UserErased(_) => Self::Deleted,
        };
    }
}

fn deleted(user_id: UserId) -> Refusal {
    Refusal::new(RefusalCode::UserDeleted, format!("user {user_id} was deleted, its id is never used again"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use cqrs_es::test::{AggregateTestExecutor, TestFramework};
    use uuid::Uuid;

    use super::*;
    use crate::domain::Recorded;

    const USER: UserId = UserId(Uuid::from_u128(2));

    fn given(events: Vec<UserEvent>) -> AggregateTestExecutor<User> {
        TestFramework::with(Context::sample()).given(events.into_iter().map(Recorded).collect())
    }

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    fn register(text: &str) -> UserCommand {
        UserCommand::Register(RegisterUser { user_id: USER, name: name(text) })
    }

    fn registered(text: &str) -> UserEvent {
        UserRegistered { user_id: USER, name: name(text) }.into()
    }

    const DELETE: UserCommand = UserCommand::Delete(DeleteUser { user_id: USER });

    #[test]
    fn a_new_user_is_registered() {
        given(vec![]).when(register("Ada")).then_expect_events(vec![Recorded(registered("Ada"))]);
    }

    #[test]
    fn registering_again_with_the_same_name_changes_nothing() {
        given(vec![registered("Ada")]).when(register("Ada")).then_expect_events(vec![]);
    }

    #[test]
    fn registering_again_with_another_name_renames() {
        let renamed = UserEvent::from(UserRenamed { user_id: USER, name: name("Ada King") });
        given(vec![registered("Ada")]).when(register("Ada King")).then_expect_events(vec![Recorded(renamed.clone())]);
        given(vec![registered("Ada"), renamed]).when(register("Ada King")).then_expect_events(vec![]);
    }

    #[test]
    fn a_registered_user_is_deleted() {
        let deleted = UserEvent::from(UserDeleted { user_id: USER });
        given(vec![registered("Ada")]).when(DELETE).then_expect_events(vec![Recorded(deleted)]);
    }

    #[test]
    fn an_unknown_user_cannot_be_deleted() {
        let refusal = given(vec![]).when(DELETE).inspect_result().unwrap_err();
        assert_eq!((refusal.code, refusal.status), (RefusalCode::UnknownUser, 404));
    }

    #[test]
    fn only_of_a_deleted_user_it_is_said_that_the_user_is_erased() {
        let counts = ErasedCounts { events: 3, answers: 2, messages: 4 };
        let (note, erased) =
            (UserCommand::NoteErasure(USER, counts), UserEvent::from(UserErased { user_id: USER, counts }));
        let deleted = vec![registered("Ada"), UserDeleted { user_id: USER }.into()];
        given(deleted).when(note.clone()).then_expect_events(vec![Recorded(erased)]);
        let refusal = given(vec![registered("Ada")]).when(note).inspect_result().unwrap_err();
        assert_eq!(refusal.code, RefusalCode::UnknownUser);
    }

    #[test]
    fn a_deleted_user_stays_deleted() {
        for command in [register("Ada"), DELETE] {
            let history = vec![registered("Ada"), UserDeleted { user_id: USER }.into()];
            let refusal = given(history).when(command).inspect_result().unwrap_err();
            assert_eq!((refusal.code, refusal.status), (RefusalCode::UserDeleted, 410));
        }
    }

    #[test]
    fn a_user_is_active_between_registration_and_deletion() {
        let mut user = User::default();
        assert!(!user.is_active());
        user.evolve(registered("Ada"));
        assert!(user.is_active());
        user.evolve(UserDeleted { user_id: USER }.into());
        assert!(!user.is_active());
    }
}
