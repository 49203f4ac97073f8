//! Refusals: what the caller did wrong, where, and what would have been right.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $status:literal, $title:literal;)+) => {
        /// The stable codes of refusals. A program decides by them; people read title and detail.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum RefusalCode {
            $($(#[$doc])* $name),+
        }

        impl RefusalCode {
            /// All codes, by status.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The code as it stands in a problem body.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }

            /// The HTTP-like status.
            pub fn status(self) -> u16 {
                match self { $(Self::$name => $status),+ }
            }

            /// What the code means, in a few words.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title),+ }
            }
        }
    };
}

codes! {
    /// Not JSON, duplicate or unknown keys, missing keys, wrong types, NUL characters, too deep.
    Malformed = "malformed", 400, "The message is malformed";
    /// A header that is not what it should be.
    BadHeader = "bad_header", 400, "A header is malformed";
    /// The tenant in the subject is not a UUID.
    BadSubject = "bad_subject", 400, "The subject is malformed";
    /// No credential, or one that is not valid: unknown, expired, revoked.
    Unauthenticated = "unauthenticated", 401, "A valid credential is needed";
    /// The credential does not allow it; the fact `scope` names what is missing.
    Forbidden = "forbidden", 403, "The credential does not allow this";
    /// No such command or query.
    UnknownCommand = "unknown_command", 404, "There is no such command or query";
    /// The tenant is not registered, or was deleted.
    UnknownTenant = "unknown_tenant", 404, "The tenant is unknown";
    /// No such user in the tenant.
    UnknownUser = "unknown_user", 404, "The user is unknown";
    /// No such metric in the tenant.
    UnknownMetric = "unknown_metric", 404, "The metric is unknown";
    /// The metric has no such version.
    UnknownVersion = "unknown_version", 404, "The version is unknown";
    /// The layout has no such widget.
    UnknownWidget = "unknown_widget", 404, "The widget is unknown";
    /// No such job in the tenant.
    UnknownJob = "unknown_job", 404, "The job is unknown";
    /// No such schedule in the tenant.
    UnknownSchedule = "unknown_schedule", 404, "The schedule is unknown";
    /// No such bulk action in the tenant.
    UnknownBulkAction = "unknown_bulk_action", 404, "The bulk action is unknown";
    /// There is nothing at the path of a request.
    UnknownPath = "unknown_path", 404, "There is nothing at this path";
    /// What is at the path of a request is not used by that method.
    MethodNotAllowed = "method_not_allowed", 405, "The method is not allowed here";
    /// No such API key in the tenant.
    UnknownApiKey = "unknown_api_key", 404, "The API key is unknown";
    /// Asked for a time before the first version; deprecated before it (then with status 409).
    NotEffective = "not_effective", 404, "No version is effective yet";
    /// The same command id came with another command before.
    CommandIdReused = "command_id_reused", 409, "The command id was used for another command";
    /// The metric is at another version than the caller expected.
    VersionConflict = "version_conflict", 409, "The metric is at another version";
    /// The definition is what governs at that time already.
    NoChange = "no_change", 409, "The definition changes nothing";
    /// Versions are scheduled after the deprecation.
    ScheduledVersionsExist = "scheduled_versions_exist", 409, "Versions are scheduled after that time";
    /// Deprecated at that time already.
    AlreadyDeprecated = "already_deprecated", 409, "The metric is deprecated at that time already";
    /// The books of the tenant are closed until the fact `until`: nothing takes effect before it any more.
    PeriodLocked = "period_locked", 409, "The period is locked";
    /// The version took effect, so it cannot be taken back.
    AlreadyEffective = "already_effective", 409, "The version is effective already";
    /// The version was withdrawn before.
    AlreadyWithdrawn = "already_withdrawn", 409, "The version is withdrawn already";
    /// The widget stands in the layout already.
    AlreadyPresent = "already_present", 409, "The widget is in the layout already";
    /// A user can hide a widget of the default, not remove it.
    DefaultWidget = "default_widget", 409, "A widget of the default layout can only be hidden";
    /// The widget that the other one was to stand beside is not in the layout.
    AnchorMissing = "anchor_missing", 409, "There is no such widget to stand beside";
    /// What the command changes was changed since `baseVersion`. The facts: `current` is the layout now, `theirs` what changed
    /// since, `yours` what collides with that and the order that it would have come to.
    LayoutConflict = "layout_conflict", 409, "The layout was changed meanwhile";
    /// What is to be undone was changed again since, by the change with the fact `version`.
    UndoConflict = "undo_conflict", 409, "A later change is in the way";
    /// No such change of the layout is there that could be undone.
    NothingToUndo = "nothing_to_undo", 409, "There is nothing to undo";
    /// Nothing was undone, or something was changed since.
    NothingToRedo = "nothing_to_redo", 409, "There is nothing to redo";
    /// Users cannot change the widget: it is locked in the default layout.
    WidgetLocked = "widget_locked", 409, "The widget is locked";
    /// Users cannot change their layouts: everybody sees the default.
    LayoutEnforced = "layout_enforced", 409, "The default layout is enforced";
    /// A metric definition names the user as its author.
    UserHasMetricDefinitions = "user_has_metric_definitions", 409, "Metric definitions name the user as author";
    /// The user's id is taken.
    UserIdTaken = "user_id_taken", 409, "The user id is taken";
    /// The job's id is taken.
    JobIdTaken = "job_id_taken", 409, "The job id is taken";
    /// Another job of its type holds the unique key; the fact `jobId` names it.
    UniqueKeyTaken = "unique_key_taken", 409, "The unique key is taken";
    /// The bulk action's id is taken.
    BulkActionIdTaken = "bulk_action_id_taken", 409, "The bulk action id is taken";
    /// The API key's id is taken.
    ApiKeyIdTaken = "api_key_id_taken", 409, "The API key id is taken";
    /// Another API key has the digest; its secret must be minted anew.
    ApiKeyDigestTaken = "api_key_digest_taken", 409, "The digest is that of another API key";
    /// The token is not that of the running attempt.
    StaleLease = "stale_lease", 409, "The lease is not held any more";
    /// Another worker runs the job.
    AlreadyStarted = "already_started", 409, "The job is being run";
    /// The job waits for a later time.
    NotDue = "not_due", 409, "The job is not due yet";
    /// The job waits for the end of other jobs.
    Blocked = "blocked", 409, "The job waits for other jobs";
    /// No attempt of the job starts any more.
    Expired = "expired", 409, "The job has expired";
    /// The job has ended.
    AlreadyEnded = "already_ended", 409, "The job has ended";
    /// The job has not failed.
    NotFailed = "not_failed", 409, "The job has not failed";
    /// No job of the queue starts until it is resumed.
    QueuePaused = "queue_paused", 409, "The queue is paused";
    /// As many jobs run as may run at a time.
    ConcurrencyLimit = "concurrency_limit", 409, "As many jobs run as may run at a time";
    /// Jobs are started as fast as they may be.
    RateLimit = "rate_limit", 409, "Jobs are started as fast as they may be";
    /// No version governs: the metric is deprecated.
    Deprecated = "deprecated", 410, "The metric is deprecated";
    /// The job ended, and was kept for as long as its queues say: only its history is there. The facts `archivedAt` and
    /// `position` say since when.
    JobArchived = "job_archived", 410, "The job was archived";
    /// The tenant was deleted; its id is never used again.
    TenantDeleted = "tenant_deleted", 410, "The tenant was deleted";
    /// The user was deleted; its id is never used again.
    UserDeleted = "user_deleted", 410, "The user was deleted";
    /// What `If-Match` names is not the current version.
    PreconditionFailed = "precondition_failed", 412, "It is at another version";
    /// Larger than the contract allows, or so large that to check it takes too long.
    TooLarge = "too_large", 413, "Something is too large";
    /// The body of a request is not JSON by its content type.
    UnsupportedMediaType = "unsupported_media_type", 415, "The body must be JSON";
    /// A value that breaks the rule of its field.
    InvalidValue = "invalid_value", 422, "A value is not allowed";
    /// The formula is not one of the language, or names fields that were declared otherwise; `errors` has all that is wrong.
    InvalidFormula = "invalid_formula", 422, "The formula is not valid";
    /// The configuration is not what the schema of its type of widgets asks for; `errors` has all that is wrong, unless it
    /// is too large for that.
    InvalidConfig = "invalid_config", 422, "The configuration is not valid";
    /// The formula of the metric is in another language, or there is none; of a format: it has no words for the formula.
    NotComputable = "not_computable", 422, "The formula cannot be computed that way";
    /// Who does it must be a registered user of the tenant.
    UnknownActor = "unknown_actor", 422, "The actor is not a user of the tenant";
    /// A time in the past needs a reason.
    ReasonRequired = "reason_required", 422, "A reason is needed";
    /// More than ten years ahead.
    TooFarAhead = "too_far_ahead", 422, "The time is too far ahead";
    /// There is no such place in the layout.
    PositionOutOfRange = "position_out_of_range", 422, "The position is out of range";
    /// More widgets than a layout may have.
    LayoutFull = "layout_full", 422, "The layout is full";
    /// Too much at once; try again.
    Overloaded = "overloaded", 429, "Too many requests are under way";
    /// A mistake in Plinth. Trying again may help.
    Internal = "internal", 500, "Something went wrong in Plinth";
    /// Plinth, its database or its broker is not there just now; try again.
    Unavailable = "unavailable", 503, "The service is not available";
}

impl fmt::Display for RefusalCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One error in a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FieldError {
    /// Where: a JSON pointer into the request's body.
    pub pointer: String,
    /// What kind, stable.
    pub code: String,
    /// What, for people: names the value and what would be allowed.
    pub message: String,
    /// What would be allowed there, where that can be listed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<String>,
    /// What was probably meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<Value>,
}

impl FieldError {
    /// An error at a place.
    pub fn new(pointer: impl Into<String>, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            code: code.into(),
            message: message.into(),
            allowed: Vec::new(),
            suggestion: None,
        }
    }
}

/// A command or a query that was not carried out, because of something the caller can change. Nothing was written.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct Refusal {
    /// Which kind.
    pub code: RefusalCode,
    /// The HTTP-like status: the code's own, but where a command conflicts with what a query would not find.
    pub status: u16,
    /// What exactly, for people.
    pub detail: String,
    /// All errors in the body.
    pub errors: Vec<FieldError>,
    /// Facts that a program may want, such as `current` of a version conflict.
    pub facts: Map<String, Value>,
}

impl Refusal {
    /// A refusal with a detail.
    pub fn new(code: RefusalCode, detail: impl Into<String>) -> Self {
        Self { code, status: code.status(), detail: detail.into(), errors: Vec::new(), facts: Map::new() }
    }

    /// With the place in the body that it is about.
    #[must_use]
    pub fn at(mut self, pointer: &str) -> Self {
        self.errors.push(FieldError::new(pointer, self.code.as_str(), self.detail.clone()));
        self
    }

    /// As a conflict with the current state (status 409), whatever status the code has elsewhere.
    #[must_use]
    pub fn as_conflict(mut self) -> Self {
        self.status = 409;
        self
    }

    /// With a fact for programs.
    #[must_use]
    pub fn fact(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.facts.insert(name.to_owned(), value.into());
        self
    }

    /// The body to answer with.
    pub fn problem(&self) -> Problem {
        Problem {
            kind: format!("urn:plinth:problem:{}", self.code),
            title: self.code.title().to_owned(),
            status: self.status,
            code: self.code.as_str().to_owned(),
            detail: self.detail.clone(),
            errors: self.errors.clone(),
            facts: self.facts.clone(),
        }
    }
}

/// A refusal as `application/problem+json` (RFC 9457).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// `urn:plinth:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// What the code means.
    pub title: String,
    /// The HTTP-like status.
    pub status: u16,
    /// The stable code.
    pub code: String,
    /// What exactly happened.
    pub detail: String,
    /// All errors in the body.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Facts that a program may want, by the names in the documentation of the code.
    #[serde(flatten)]
    #[schemars(extend("additionalProperties" = true))]
    pub facts: Map<String, Value>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.code, self.status, self.detail)?;
        for error in &self.errors {
            write!(f, "\n  {} {}", error.pointer, error.message)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    #[test]
    fn an_error_at_a_place_has_the_code_and_the_detail_of_its_refusal() {
        let refusal = Refusal::new(RefusalCode::PositionOutOfRange, "position 4 is not in 0 to 3").at("/toPosition");
        let error = FieldError::new("/toPosition", "position_out_of_range", "position 4 is not in 0 to 3");
        assert_eq!(refusal.errors, [error]);
        assert_eq!(refusal.status, 422);
    }

    #[test]
    fn what_a_query_does_not_find_is_a_conflict_to_a_command() {
        let refusal = Refusal::new(RefusalCode::NotEffective, "nothing is effective").as_conflict();
        assert_eq!((refusal.status, refusal.problem().status), (409, 409));
        assert_eq!(refusal.problem().code, "not_effective");
    }

    #[test]
    fn a_problem_is_printed_with_all_its_errors() {
        let refusal = Refusal::new(RefusalCode::InvalidValue, "two values are not allowed");
        let problem = Problem {
            errors: vec![FieldError::new("/a", "x", "is a"), FieldError::new("/b", "x", "is b")],
            ..refusal.problem()
        };
        assert_eq!(problem.to_string(), "invalid_value (422): two values are not allowed\n  /a is a\n  /b is b");
    }
}
