//! What an evaluation found, as the contract has it.

use plinth_events::query::evaluate::{EvaluationSummary, FieldQuality, Verdict, VerdictCounts};
use plinth_formula::{Summary, evaluate, value::Value};

/// A verdict as the contract has it.
pub fn verdict(verdict: plinth_formula::Verdict) -> Verdict {
    match verdict {
        plinth_formula::Verdict::True => Verdict::True,
        plinth_formula::Verdict::False => Verdict::False,
        plinth_formula::Verdict::Unknown => Verdict::Unknown,
    }
}

/// A summary as the contract has it.
pub fn summary(found: &Summary) -> EvaluationSummary {
    EvaluationSummary {
        records: found.records,
        verdicts: found.verdicts.map(counts),
        value: found.value.as_ref().map(|value| value.as_ref().map(Value::to_json).into()),
        quality: found.quality.iter().map(|(path, quality)| (path.to_string(), field(*quality))).collect(),
    }
}

fn counts(evaluate::Verdicts { true_, false_, unknown }: evaluate::Verdicts) -> VerdictCounts {
    VerdictCounts { true_, false_, unknown }
}

fn field(evaluate::Quality { missing, wrong_type }: evaluate::Quality) -> FieldQuality {
    FieldQuality { missing, wrong_type }
}
