//! `plinth schema`: the contract as documents. Needs no service.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;
use clap::Args;
use plinth_events::{asyncapi, schema};

use super::output;

/// Print the JSON Schemas and the AsyncAPI document of the contract.
#[derive(Args)]
pub(super) struct Schema {
    /// The schema to print, such as commands/metric.define; without it, the names of all
    name: Option<String>,
    /// Print the AsyncAPI document
    #[arg(long, conflicts_with = "name")]
    asyncapi: bool,
    /// Write all schemas and the AsyncAPI document into this folder
    #[arg(long, value_name = "DIR", conflicts_with_all = ["name", "asyncapi"])]
    write: Option<PathBuf>,
}

impl Schema {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        match (&self.write, &self.name) {
            (Some(folder), _) => write_all(folder)?,
            (None, Some(name)) => {
                let schema = schema::find(name)
                    .with_context(|| format!("there is no schema {name}; `plinth schema` lists the names of all"))?;
                output::print(schema.trim_end())?;
            }
            (None, None) if self.asyncapi => output::print(asyncapi::json().trim_end())?,
            (None, None) => output::print(names().join("\n"))?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn names() -> Vec<&'static str> {
    schema::documents().iter().map(|document| document.name.as_str()).collect()
}

fn write_all(folder: &Path) -> anyhow::Result<()> {
    for document in schema::documents() {
        write(&folder.join(document.path()), &document.json)?;
    }
    write(&folder.join("asyncapi.json"), &asyncapi::json())?;
    output::print(format_args!(
        "wrote {} schemas and asyncapi.json to {}",
        schema::documents().len(),
        folder.display()
    ))?;
    Ok(())
}

fn write(path: &Path, content: &str) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("the folder {} cannot be made", folder.display()))?;
    }
    fs::write(path, content).with_context(|| format!("{} cannot be written", path.display()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn schema(name: Option<&str>, write: Option<&Path>) -> anyhow::Result<ExitCode> {
        Schema { name: name.map(str::to_owned), asyncapi: false, write: write.map(Path::to_owned) }.run()
    }

    #[test]
    fn an_unknown_name_is_an_error_that_says_where_the_names_are() {
        let error = schema(Some("commands/metric.defin"), None).unwrap_err().to_string();
        assert_eq!(error, "there is no schema commands/metric.defin; `plinth schema` lists the names of all");
    }

    #[test]
    fn all_documents_are_written_under_their_names() {
        let folder = tempfile::tempdir().unwrap();
        schema(None, Some(folder.path())).unwrap();
        let written = fs::read_to_string(folder.path().join("commands/metric.define.json")).unwrap();
        assert_eq!(Some(written.as_str()), schema::find("commands/metric.define"));
        assert!(folder.path().join("asyncapi.json").exists());
    }
}
