//! What only Chromium's own protocol can do with a window, and its log: through chromedriver.

use anyhow::Context as _;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use fantoccini::wd::WebDriverCompatibleCommand;
use serde_json::{Value, json};

use crate::Browser;

impl Browser {
    /// Another size of the window's content.
    pub async fn resize(&self, width: u32, height: u32) -> anyhow::Result<()> {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.command("Emulation.setDeviceMetricsOverride", size).await.map(drop)
    }

    /// Shows pages in their `light` or `dark` colours.
    pub async fn prefer(&self, scheme: &str) -> anyhow::Result<()> {
        let features = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            // so that nothing is looked at while it moves
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        self.command("Emulation.setEmulatedMedia", features).await.map(drop)
    }

    /// Switches scripts off or on, for pages that are opened from now on.
    pub async fn allow_scripts(&self, allowed: bool) -> anyhow::Result<()> {
        self.command("Emulation.setScriptExecutionDisabled", json!({ "value": !allowed })).await.map(drop)
    }

    /// The whole page as a picture, PNG.
    pub async fn picture(&self) -> anyhow::Result<Vec<u8>> {
        let page = self.command("Page.getLayoutMetrics", json!({})).await?;
        let (width, height) = (&page["cssContentSize"]["width"], &page["cssContentSize"]["height"]);
        let clip = json!({ "x": 0, "y": 0, "width": width, "height": height, "scale": 1 });
        let asked = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
        let shot = self.command("Page.captureScreenshot", asked).await?;
        Ok(BASE64_STANDARD.decode(shot["data"].as_str().context("a picture")?)?)
    }

    /// What the browser warned of since it was asked last.
    pub async fn complaints(&self) -> anyhow::Result<Vec<String>> {
        let asked = Asked { path: "se/log", body: json!({ "type": "browser" }) };
        let log = self.client().issue_cmd(asked).await?;
        let entries = log.as_array().into_iter().flatten();
        let entries = entries.filter(|entry| entry["level"] == "SEVERE" || entry["level"] == "WARNING");
        Ok(entries.filter_map(|entry| entry["message"].as_str()).map(str::to_owned).collect())
    }

    async fn command(&self, name: &str, parameters: Value) -> anyhow::Result<Value> {
        let asked = Asked { path: "goog/cdp/execute", body: json!({ "cmd": name, "params": parameters }) };
        Ok(self.client().issue_cmd(asked).await?)
    }
}

/// A command that chromedriver has beside those of WebDriver.
#[derive(Debug)]
struct Asked {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Asked {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _url: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}
