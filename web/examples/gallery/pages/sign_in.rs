//! The pages around the sign-in, and what stands in place of others.

use maud::Markup;
use plinth_events::{Refusal, RefusalCode};
use plinth_web::sign_in::{SignIn, link_is_over, sign_in, trouble};

pub fn form() -> Markup {
    sign_in(&SignIn { next: "/jobs", error: Some("There is no such key, or it was revoked, or it has expired.") })
}

pub fn used_link() -> Markup {
    link_is_over()
}

pub fn nowhere() -> Markup {
    trouble(&Refusal::new(RefusalCode::UnknownPath, "there is nothing at /nowhere").problem())
}
