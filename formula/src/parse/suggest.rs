//! What was probably meant by a word that nothing knows.

/// How alike two words must be (1 is equal) for one to be suggested in place of the other.
const LIKENESS: f64 = 0.7;

/// The known word that is most like this one.
pub(super) fn suggest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_ascii_lowercase();
    let likeness = |candidate: &str| strsim::normalized_damerau_levenshtein(&word, &candidate.to_ascii_lowercase());
    let candidates = known.into_iter().map(|candidate| (likeness(candidate), candidate));
    let best = candidates.max_by(|one, other| one.0.total_cmp(&other.0))?;
    (best.0 >= LIKENESS).then_some(best.1)
}
