//! A draft as it would be on the newest layout, by the rules that decide commands. Nothing is written.

use plinth_events::{
    CommandName, Refusal, RefusalCode, command::dashboard::ApplyLayout, layout::EffectiveWidget, reply::Layout,
};
use plinth_web::dashboard::{Draft, SettingsInput};
use serde_json::Map;

use super::gathered::Gathered;
use crate::{
    command::answer::json,
    http::{access::scope::LayoutOwn, pages::visitor::Visitor, problem::Problem},
};

/// A draft without what is refused, and what it comes to.
pub struct Rehearsal {
    pub draft: Draft,
    /// The layout with the draft.
    pub widgets: Vec<EffectiveWidget>,
    /// The first refusal.
    pub refusal: Option<Refusal>,
}

impl Rehearsal {
    /// Of a draft without changes.
    pub fn of_nothing(draft: Draft, gathered: &Gathered) -> Self {
        Self { draft, widgets: gathered.layout.widgets.clone(), refusal: None }
    }

    /// Of a draft, with settings that were sent as one more change of it.
    pub async fn of(visitor: &Visitor<LayoutOwn>, gathered: &Gathered, draft: Draft) -> Result<Self, Problem> {
        let mut this = Self::of_nothing(draft, gathered);
        this.apply(visitor, gathered).await?;
        if let Some(settings) = this.draft.settings.take() {
            this.configure(visitor, gathered, settings).await?;
        }
        if this.refusal.is_some() {
            this.draft.pressed = None;
        }
        Ok(this)
    }

    /// What the operations come to; those that are refused are taken out.
    async fn apply(&mut self, visitor: &Visitor<LayoutOwn>, gathered: &Gathered) -> Result<(), Problem> {
        let ops = &mut self.draft.ops;
        while !ops.is_empty() {
            let command = ApplyLayout { user_id: gathered.whose.user_id, base_version: None, ops: ops.clone() };
            match visitor.rehearse(CommandName::ApplyLayout, &json(&command)).await {
                Ok(reply) => {
                    let layout: Layout = reply.result_as()?;
                    self.widgets = layout.widgets;
                    return Ok(());
                }
                Err(Problem(refusal)) => {
                    let Some(index) = place(&refusal).filter(|index| *index < ops.len()) else {
                        return Err(refusal.into());
                    };
                    ops.remove(index);
                    self.refusal.get_or_insert_with(|| within(refusal, index));
                }
            }
        }
        self.widgets.clone_from(&gathered.layout.widgets);
        Ok(())
    }

    /// Makes a change of settings that were sent; those that are refused stay as they were sent, with what is wrong.
    async fn configure(
        &mut self,
        visitor: &Visitor<LayoutOwn>,
        gathered: &Gathered,
        settings: SettingsInput,
    ) -> Result<(), Problem> {
        let schema = gathered.schema(&settings.widget_type);
        let is_meant = |widget: &&EffectiveWidget| widget.widget_type == settings.widget_type;
        let config = self.widgets.iter().find(is_meant).and_then(|widget| widget.config.as_ref());
        let config = config.map_or_else(Map::new, |config| config.0.clone());
        let earlier = self.refusal.take();
        match settings.op(schema.as_ref(), &config) {
            Ok(None) => {}
            Ok(Some(op)) => {
                self.draft.push(op);
                self.apply(visitor, gathered).await?;
            }
            Err(errors) => {
                let refusal = Refusal::new(RefusalCode::InvalidConfig, "some settings cannot be as they were sent");
                self.refusal = Some(Refusal { errors, ..refusal });
            }
        }
        match &mut self.refusal {
            None => self.draft.open = None,
            Some(refusal) => {
                SettingsInput::at_fields(schema.as_ref(), &mut refusal.errors);
                self.draft.settings = Some(settings);
            }
        }
        self.refusal = earlier.or(self.refusal.take());
        Ok(())
    }
}

/// Which operation a refusal is about.
fn place(refusal: &Refusal) -> Option<usize> {
    let pointer = &refusal.errors.first()?.pointer;
    pointer.strip_prefix("/ops/")?.split('/').next()?.parse().ok()
}

/// The refusal as if the operation had been sent alone, which is how the form shows it.
fn within(mut refusal: Refusal, index: usize) -> Refusal {
    let prefix = format!("/ops/{index}");
    for error in &mut refusal.errors {
        if let Some(rest) = error.pointer.strip_prefix(&prefix) {
            error.pointer = rest.to_owned();
        }
    }
    refusal
}
