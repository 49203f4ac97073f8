//! Every limit of the contract, in one place, with its unit in its name.

/// Largest message, checked before anything is parsed.
pub const MESSAGE_BYTES: usize = 1024 * 1024;
/// Largest payload and largest result of a job.
pub const PAYLOAD_BYTES: usize = 256 * 1024;
/// Largest formula of a metric.
pub const FORMULA_BYTES: usize = 64 * 1024;
/// Largest configuration of a widget.
pub const CONFIG_BYTES: usize = 16 * 1024;
/// Most jobs in one batch command.
pub const BATCH_JOBS: usize = 1_000;
/// Most widgets in one layout.
pub const LAYOUT_WIDGETS: usize = 200;
/// Deepest nesting of JSON.
pub const JSON_DEPTH: usize = 64;
/// Most errors that one refusal lists.
pub const ERRORS_LISTED: usize = 50;
/// How far ahead a business time may lie, in months of the calendar (ten years).
pub const AHEAD_MONTHS: u32 = 120;
/// Longest lease of a job, in seconds.
pub const LEASE_SECONDS: u32 = 3_600;
/// Most attempts of a job.
pub const MAX_ATTEMPTS: u32 = 100;
/// Longest delay that a worker may ask for, in seconds (30 days).
pub const DELAY_SECONDS: u32 = 2_592_000;
/// Longest time that an attempt may be given, in seconds (a day).
pub const TIMEOUT_SECONDS: u32 = 86_400;
/// The priorities of a job.
pub const PRIORITIES: std::ops::RangeInclusive<i16> = -100..=100;
/// An answer of many rows ends before the row with which it would get larger than this.
pub const PAGE_BYTES: usize = 768 * 1024;
