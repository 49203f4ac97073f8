//! `plinth metric evaluate`: what a formula says of records, of any number of them. The definition is asked for once, and
//! applied here.

use std::{
    io::{self, BufRead, BufWriter, ErrorKind, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use plinth_events::{
    TenantId,
    names::{Code, TimeZoneName},
    query::{KnownAt, evaluate::EvaluationSummary, metric::MetricRow},
    time::Moment,
};
use plinth_formula::{Catalogue, Evaluation, Formula, ReadError, Verdict, read_ndjson};
use serde::Serialize;

use super::{
    application::{Application, formula_in},
    records::{Columns, Form},
};
use crate::{
    cli::{output, remote::Remote},
    evaluation::{Terms, summary},
    formulas::{computable, understand},
};

/// Apply the formula of a metric to records.
#[derive(Args)]
pub(super) struct Evaluate {
    /// The metric, such as at_risk_customer; left out with --formula
    code: Option<String>,
    /// The records: a file, or - for standard input [default: -]
    file: Option<PathBuf>,
    /// Apply the formula in this file in place of that of a metric; no service is needed then
    #[arg(long, value_name = "FILE")]
    formula: Option<PathBuf>,
    #[command(flatten)]
    form: Form,
    /// What is printed of each record
    #[arg(long, value_enum, default_value_t = Print::Verdicts)]
    print: Print,
    #[command(flatten)]
    application: Application,
    /// The tenant, by its UUID
    #[arg(long, env = "PLINTH_TENANT", value_name = "UUID")]
    tenant: Option<TenantId>,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Print {
    /// The verdict
    Verdicts,
    /// The verdict and the record
    Records,
    /// The record itself, if the formula is true of it
    Matching,
    /// Nothing: only the summary is printed
    Summary,
}

/// What is applied.
enum Applied<'a> {
    Version(Code),
    File(&'a Path),
}

/// The summary: what was applied and how, and what it found.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a Code>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u32>,
    as_of: Moment,
    #[serde(skip_serializing_if = "Option::is_none")]
    known_at: Option<KnownAt>,
    zone: &'a TimeZoneName,
    summary: EvaluationSummary,
}

impl Evaluate {
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        let (applied, file) = self.sources()?;
        let as_of = self.application.as_of();
        match applied {
            Applied::File(formula) => {
                let formula = understand(&formula_in(formula)?, &Catalogue::default())?.formula;
                self.evaluate(None, &formula, as_of, file)
            }
            Applied::Version(code) => {
                let tenant = self.tenant.context("name the tenant with --tenant")?;
                let client = self.remote.client().await?;
                let version = self.application.version(&client, tenant, &code, as_of).await?;
                self.evaluate(Some(&version), &computable(&version)?, as_of, file)
            }
        }
    }

    /// What is applied, and to which records. With --formula there is no code, so its place is that of the file.
    fn sources(&self) -> anyhow::Result<(Applied<'_>, &Path)> {
        let stdin = Path::new("-");
        match (&self.formula, &self.code, &self.file) {
            (Some(_), _, Some(_)) => bail!("--formula takes the place of the metric: leave one of them out"),
            (Some(formula), file, None) => Ok((Applied::File(formula), file.as_ref().map_or(stdin, Path::new))),
            (None, Some(code), file) => {
                let code = code.parse().with_context(|| format!("{code} is not the code of a metric"))?;
                Ok((Applied::Version(code), file.as_deref().unwrap_or(stdin)))
            }
            (None, None, _) => bail!("name a metric, or a formula with --formula"),
        }
    }

    fn evaluate(
        &self,
        version: Option<&MetricRow>,
        formula: &Formula,
        as_of: Moment,
        file: &Path,
    ) -> anyhow::Result<()> {
        let terms = Terms::new(as_of, self.application.zone.clone())?;
        let evaluator = terms.evaluator(formula)?;
        let passes_on = matches!(self.print, Print::Records | Print::Matching);
        let records = self.form.open(file, &Columns::of(formula).and_all_others(passes_on))?;

        let mut evaluation = evaluator.start();
        if !self.pass(records, &mut evaluation)? {
            return Ok(());
        }
        let told = serde_json::to_string(&Told {
            code: version.map(|version| &version.code),
            version: version.map(|version| version.version),
            as_of: terms.as_of(),
            known_at: self.application.known_at,
            zone: terms.zone(),
            summary: summary(&evaluation.finish()),
        })?;
        if self.print == Print::Summary || matches!(formula, Formula::Measure(_)) {
            output::print(told)?;
        } else {
            writeln!(io::stderr(), "{told}")?;
        }
        Ok(())
    }

    /// Takes in all records and prints what is to be printed of each; false if the reader of that is gone, and has read
    /// enough.
    fn pass(&self, records: impl BufRead, evaluation: &mut Evaluation<'_>) -> anyhow::Result<bool> {
        let mut out = BufWriter::new(io::stdout().lock());
        let read = read_ndjson(records, evaluation, |line, record, verdict| match verdict {
            Some(verdict) => self.print.write(line, record, verdict, &mut out),
            None => Ok(()),
        });
        out.flush().or_else(output::unless_closed)?;
        match read {
            Ok(()) => Ok(true),
            Err(ReadError::Write { source, .. }) if source.kind() == ErrorKind::BrokenPipe => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

impl Print {
    fn write(self, line: u64, record: &str, verdict: Verdict, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Verdicts => writeln!(out, r#"{{"line":{line},"verdict":"{verdict}"}}"#),
            Self::Records => writeln!(out, r#"{{"line":{line},"verdict":"{verdict}","record":{record}}}"#),
            Self::Matching if verdict == Verdict::True => writeln!(out, "{record}"),
            Self::Matching | Self::Summary => Ok(()),
        }
    }
}
