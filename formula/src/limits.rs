//! Every limit of the language, with its unit in its name.

/// Deepest nesting of predicates and measures.
pub const DEPTH: usize = 16;
/// Most predicates and measures in one formula.
pub const NODES: usize = 256;
/// Most values in a list, and most operands of `all` and `any`.
pub const LIST_VALUES: usize = 1_000;
/// Longest string in a formula that is evaluated.
pub const STRING_BYTES: usize = 1_024;
/// Longest path to a field, in steps.
pub const PATH_STEPS: usize = 8;
/// Longest step of a path.
pub const STEP_CHARS: usize = 63;
/// Most digits of a number, written out.
pub const DECIMAL_DIGITS: u32 = 28;
/// Decimal places of an average and a ratio.
pub const RATIO_PLACES: u32 = 12;
/// Longest duration, of its months, its days and its time each.
pub const DURATION_YEARS: u32 = 1_000;
/// Deepest nesting of the JSON that a formula is written in.
pub const JSON_DEPTH: usize = 64;
/// Most errors that are reported about one formula.
pub const ERRORS_LISTED: usize = 100;
/// Longest record.
pub const RECORD_BYTES: usize = 1024 * 1024;
/// Most memory for the different values that `count_distinct` has met.
pub const DISTINCT_BYTES: usize = 128 * 1024 * 1024;
