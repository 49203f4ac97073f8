//! A change of a layout, or several at once: what the commands for one thing and for many have in common.

use plinth_events::{
    UserId,
    command::dashboard::{
        AddWidget, ApplyLayout, ConfigureWidget, HideWidget, LayoutOp, MoveWidget, RemoveWidget, ResetWidget,
        ResizeWidget, ShowWidget,
    },
    layout::Touched,
};

/// Changes of one layout, all of them or none.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    /// Whose layout: a user's, or the tenant's default.
    pub user_id: Option<UserId>,
    /// The version that the caller has seen.
    pub base_version: Option<u64>,
    /// What to do, one after the other.
    pub ops: Vec<LayoutOp>,
    /// Whether it is one of many operations, even if there is only one of them.
    pub is_several: bool,
}

macro_rules! single {
    ($($command:ident),+) => {
        $(impl From<&$command> for Edit {
            fn from(command: &$command) -> Self {
                let ops = vec![command.op()];
                Self { user_id: command.user_id, base_version: command.base_version, ops, is_several: false }
            }
        })+
    };
}
single!(AddWidget, MoveWidget, ResizeWidget, ShowWidget, HideWidget, ConfigureWidget, RemoveWidget, ResetWidget);

impl From<&ApplyLayout> for Edit {
    fn from(command: &ApplyLayout) -> Self {
        let ApplyLayout { user_id, base_version, ops } = command.clone();
        Self { user_id, base_version, ops, is_several: true }
    }
}

impl Edit {
    /// Where an operation stands in the body of the command.
    pub(super) fn pointer(&self, index: usize) -> String {
        if self.is_several { format!("/ops/{index}") } else { String::new() }
    }
}

/// Whether an operation was meant for a layout that was not changed in this way yet. A place that is counted means another
/// one as soon as anything was moved; a place beside a widget is where that widget is by now.
pub(super) fn collides(op: &LayoutOp, changed: &Touched) -> bool {
    match op {
        LayoutOp::Move { to_position: Some(_), .. } => changed.has_position(),
        LayoutOp::Move { .. } => false,
        LayoutOp::Add { position: Some(_), .. } => changed.has_position() || changed.meets(&op.touched()),
        _ => changed.meets(&op.touched()),
    }
}
