//! What must hold for every page: nobody is kept out by how it is made, nothing sticks out, nothing comes from elsewhere.

use anyhow::Context as _;
use serde_json::Value;

use crate::Browser;

/// The rules of WCAG 2.2 AA, as far as a program can check them; what is broken, and where.
const AXE: &str = r#"
    const rules = { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] };
    return axe.run(document, { runOnly: rules, resultTypes: ["violations"] }).then(({ violations }) =>
        violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target} ${node.failureSummary}`)));
"#;

/// Everything that is wider than the window, or came from another host.
const OUTSIDE: &str = r#"
    const width = document.documentElement.clientWidth;
    const wide = document.documentElement.scrollWidth > width;
    const boxes = wide ? [...document.querySelectorAll("body *")] : [];
    const out = boxes.filter((box) => box.getBoundingClientRect().right > width + 1);
    const sources = performance.getEntriesByType("resource").map((entry) => entry.name);
    return [
        ...(wide ? [`the page is wider than ${width}`] : []),
        ...out.map((box) => `sticks out: ${box.tagName} ${box.className} ${box.id}`),
        ...sources.filter((source) => new URL(source).origin !== location.origin).map((source) => `foreign: ${source}`),
    ];
"#;

impl Browser {
    /// What is wrong with the page that is shown at its present size: what sticks out, came from elsewhere, or made the
    /// browser complain.
    pub async fn faults(&self) -> anyhow::Result<Vec<String>> {
        let mut faults = lines(&self.run(OUTSIDE).await?)?;
        faults.extend(self.complaints().await?);
        Ok(faults)
    }

    /// What keeps people out of the page that is shown, at its present size and in its present colours. Checked where
    /// `PLINTH_AXE` says where axe-core is.
    pub async fn barriers(&self) -> anyhow::Result<Vec<String>> {
        let Some(file) = std::env::var_os("PLINTH_AXE") else {
            anyhow::ensure!(
                std::env::var_os("PLINTH_BROWSER_REQUIRED").is_none(),
                "PLINTH_AXE is needed: run ./dev test"
            );
            println!(
                "skipped: what keeps people out of a page is found with axe-core, which ./dev test installs with npm"
            );
            return Ok(Vec::new());
        };
        if self.run("return typeof axe").await? == "undefined" {
            self.run(&tokio::fs::read_to_string(file).await.context("PLINTH_AXE names no file")?).await?;
        }
        lines(&self.run(AXE).await?)
    }
}

fn lines(found: &Value) -> anyhow::Result<Vec<String>> {
    let lines = found.as_array().context("a list")?;
    Ok(lines.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}
