//! Every limit of the contract, in one place, with its unit in its name.

/// Largest message, checked before anything is parsed.
pub const MESSAGE_BYTES: usize = 1024 * 1024;
/// Largest payload and largest result of a job.
pub const PAYLOAD_BYTES: usize = 256 * 1024;
/// Largest formula of a metric.
pub const FORMULA_BYTES: usize = 64 * 1024;
/// Most fields that a tenant declares.
pub const DECLARED_FIELDS: usize = 1_000;
/// Largest configuration of a widget.
pub const CONFIG_BYTES: usize = 16 * 1024;
/// Largest checkpoint of a job, and largest details of an error.
pub const CHECKPOINT_BYTES: usize = 16 * 1024;
/// Most lines that are kept about one attempt of a job.
pub const LOG_LINES: usize = 1_000;
/// Longest line about an attempt, in characters.
pub const LOG_LINE_CHARS: usize = 2_000;
/// Most jobs in one batch command.
pub const BATCH_JOBS: usize = 1_000;
/// Most widgets in one layout.
pub const LAYOUT_WIDGETS: usize = 200;
/// Most changes of a layout in one command.
pub const LAYOUT_OPS: usize = 200;
/// Largest configurations of all widgets of one layout together.
pub const LAYOUT_CONFIG_BYTES: usize = 256 * 1024;
/// Largest event of a layout.
pub const LAYOUT_EVENT_BYTES: usize = 512 * 1024;
/// Most events of a layout that are remembered, so that they can be undone and be compared with what comes in late.
pub const LAYOUT_STEPS: usize = 200;
/// Most bytes of what was there before, remembered of one layout.
pub const LAYOUT_STEPS_BYTES: usize = 1024 * 1024;
/// Most types of widgets that a tenant declares.
pub const WIDGET_TYPES: usize = 500;
/// Largest schema of the configurations of a type of widgets.
pub const CONFIG_SCHEMA_BYTES: usize = 16 * 1024;
/// Deepest nesting of such a schema.
pub const CONFIG_SCHEMA_DEPTH: usize = 24;
/// Most patterns in such a schema.
pub const CONFIG_SCHEMA_PATTERNS: usize = 20;
/// Most work that one command may make of checking configurations by such schemas: the bytes of each configuration times the
/// values in its schema, of which a pattern counts for many. It takes some 20 ms at the most.
pub const CONFIG_CHECK_WORK: usize = 4_000_000;
/// Deepest nesting of JSON.
pub const JSON_DEPTH: usize = 64;
/// Most errors that one refusal lists.
pub const ERRORS_LISTED: usize = 50;
/// How far ahead a business time may lie, in months of the calendar (ten years).
pub const AHEAD_MONTHS: u32 = 120;
/// Most types that one claim of a worker over HTTP names.
pub const CLAIM_TYPES: usize = 32;
/// Most jobs that one claim of a worker over HTTP starts.
pub const CLAIM_JOBS: u32 = 100;
/// Longest time that a claim waits for jobs, in seconds.
pub const CLAIM_WAIT_SECONDS: u32 = 30;
/// Longest lease of a job, in seconds.
pub const LEASE_SECONDS: u32 = 3_600;
/// Most attempts of a job.
pub const MAX_ATTEMPTS: u32 = 100;
/// Longest delay that a worker may ask for, in seconds (30 days).
pub const DELAY_SECONDS: u32 = 2_592_000;
/// Longest time that an attempt may be given, in seconds (a day).
pub const TIMEOUT_SECONDS: u32 = 86_400;
/// Most jobs that one job may depend on.
pub const DEPENDENCIES: usize = 1_000;
/// Highest limit to how many jobs run at a time.
pub const CONCURRENCY: u32 = 1_000_000;
/// Most jobs in the numbers of a rate.
pub const RATE_JOBS: u32 = 1_000_000;
/// Longest time that a rate is given for, in seconds (a day).
pub const RATE_SECONDS: u32 = 86_400;
/// Longest address of a webhook, in characters.
pub const WEBHOOK_URL_CHARS: usize = 2_000;
/// Longest time that a webhook may be given for its answer, in seconds (15 minutes).
pub const WEBHOOK_TIMEOUT_SECONDS: u32 = 900;
/// Most requests to a webhook at a time.
pub const WEBHOOK_CONCURRENCY: u32 = 1_000;
/// Longest time that jobs which ended may be said to keep their rows, in seconds (ten years); who says nothing keeps them
/// for ever.
pub const KEEP_FINISHED_SECONDS: u32 = 315_360_000;
/// Largest weight of a tenant among the others.
pub const WEIGHT: u32 = 1_000;
/// Most missed fire times of a schedule that get their jobs late.
pub const CATCH_UP_JOBS: u32 = 1_000;
/// Most jobs that one backfill of a schedule enqueues.
pub const BACKFILL_JOBS: usize = 1_000;
/// Most bytes of payloads that one backfill of a schedule enqueues: 64 jobs with the largest payload.
pub const BACKFILL_BYTES: usize = 16 * 1024 * 1024;
/// Most fire times of a schedule in one answer.
pub const FIRE_TIMES_LISTED: u32 = 100;
/// Most job types that statistics tell apart.
pub const STATISTICS_TYPES: u32 = 100;
/// Most periods that statistics tell of.
pub const STATISTICS_PERIODS: i64 = 500;
/// The priorities of a job.
pub const PRIORITIES: std::ops::RangeInclusive<i16> = -100..=100;
/// An answer of many rows ends before the row with which it would get larger than this.
pub const PAGE_BYTES: usize = 768 * 1024;
/// Most records in one evaluation.
pub const EVALUATED_RECORDS: usize = 10_000;
/// Most examples of records whose verdict changes in one way.
pub const CHANGE_EXAMPLES: usize = 10;
