//! One browser window, and what a person does in it.

use std::time::Duration;

use anyhow::Context as _;
use fantoccini::{
    Client, ClientBuilder, Locator,
    actions::{InputSource, MouseActions, PointerAction},
    elements::Element,
    wd::WindowHandle,
};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::{
    driver::{Driver, capabilities},
    installation::Person,
};

/// Longest wait for something to show up.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long one step of a drag takes: SortableJS looks where the pointer is every 50 ms.
const DRAG_STEP: Duration = Duration::from_millis(150);
const POLL: Duration = Duration::from_millis(40);

/// Keys that stand for no letter, as WebDriver names them.
#[expect(missing_docs, reason = "the names say it")]
pub mod keys {
    pub const ENTER: &str = "\u{e007}";
    pub const ESCAPE: &str = "\u{e00c}";
    pub const LEFT: &str = "\u{e012}";
    pub const DOWN: &str = "\u{e015}";
    pub const END: &str = "\u{e010}";
    pub const CONTROL: &str = "\u{e009}";
}

/// A browser window.
pub struct Browser {
    client: Client,
    address: String,
    /// Goes when the window goes.
    _profile: TempDir,
}

impl Browser {
    pub(crate) async fn open(driver: &Driver, address: &str) -> anyhow::Result<Self> {
        let profile = tempfile::tempdir()?;
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities(profile.path()))
            .connect(&driver.address)
            .await
            .context("the browser does not start")?;
        Ok(Self { client, address: address.to_owned(), _profile: profile })
    }

    pub(crate) async fn close(self) -> anyhow::Result<()> {
        Ok(self.client.close().await?)
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Where it is and all that stands there, for whoever asks why a test failed.
    pub(crate) async fn told(&self) -> anyhow::Result<String> {
        let text = self.run("return document.body.innerText").await?;
        Ok(format!("{}\n{}", self.client.current_url().await?, text.as_str().unwrap_or_default()))
    }

    /// Signs in with a person's key, by the form, whoever was signed in before.
    pub async fn sign_in(&self, person: &Person) -> anyhow::Result<()> {
        self.client.delete_all_cookies().await.ok();
        self.go("/login").await?;
        self.fill("key", &person.key).await?;
        self.press("main form button").await?;
        self.wait_for("header nav").await
    }

    /// Opens a path of the site.
    pub async fn go(&self, path: &str) -> anyhow::Result<()> {
        Ok(self.client.goto(&format!("{}{path}", self.address)).await?)
    }

    /// Loads the page again.
    pub async fn reload(&self) -> anyhow::Result<()> {
        Ok(self.client.refresh().await?)
    }

    /// The path that is shown.
    pub async fn path(&self) -> anyhow::Result<String> {
        Ok(self.client.current_url().await?.path().to_owned())
    }

    /// Waits for an element.
    pub async fn wait_for(&self, selector: &str) -> anyhow::Result<()> {
        self.find(selector).await.map(drop)
    }

    /// Waits until the first element of a selector has a text.
    pub async fn wait_for_text(&self, selector: &str, text: &str) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            // it may be replaced while it is read
            let found = self.text(selector).await.unwrap_or_default();
            if found.contains(text) {
                return Ok(());
            }
            anyhow::ensure!(Instant::now() < deadline, "{selector} never said {text:?} but {found:?}");
            sleep(POLL).await;
        }
    }

    /// Waits until a script, the body of a function, returns a value.
    pub async fn wait_until(&self, script: &str, expected: impl Into<Value>) -> anyhow::Result<()> {
        let (expected, deadline) = (expected.into(), Instant::now() + PATIENCE);
        loop {
            let found = self.run(script).await.unwrap_or_default();
            if found == expected {
                return Ok(());
            }
            anyhow::ensure!(Instant::now() < deadline, "{script}: {found}, never {expected}");
            sleep(POLL).await;
        }
    }

    /// What the first element of a selector says, whether or not it is seen.
    pub async fn text(&self, selector: &str) -> anyhow::Result<String> {
        let element = self.client.find(Locator::Css(selector)).await.with_context(|| format!("no {selector}"))?;
        Ok(element.prop("textContent").await?.unwrap_or_default())
    }

    /// What all elements of a selector say.
    pub async fn texts(&self, selector: &str) -> anyhow::Result<Vec<String>> {
        let mut texts = Vec::new();
        for element in self.client.find_all(Locator::Css(selector)).await? {
            texts.push(element.text().await?.trim().to_owned());
        }
        Ok(texts)
    }

    /// How many elements there are of a selector now.
    pub async fn count(&self, selector: &str) -> anyhow::Result<usize> {
        Ok(self.client.find_all(Locator::Css(selector)).await?.len())
    }

    /// Clicks on the first element of a selector.
    pub async fn press(&self, selector: &str) -> anyhow::Result<()> {
        let element = self.find(selector).await?;
        element.click().await.with_context(|| format!("{selector} cannot be clicked"))
    }

    /// Writes into the field of a name, in place of what stands there.
    pub async fn fill(&self, name: &str, text: &str) -> anyhow::Result<()> {
        self.write(&format!("[name='{name}']:not([type=hidden])"), text).await
    }

    /// Writes into the first field of a selector, in place of what stands there.
    pub async fn write(&self, selector: &str, text: &str) -> anyhow::Result<()> {
        let field = self.find(selector).await?;
        field.clear().await?;
        Ok(field.send_keys(text).await?)
    }

    /// Chooses an option of the first field of a selector.
    pub async fn choose(&self, selector: &str, value: &str) -> anyhow::Result<()> {
        Ok(self.find(selector).await?.select_by_value(value).await?)
    }

    /// Puts the focus on the first element of a selector.
    pub async fn focus(&self, selector: &str) -> anyhow::Result<()> {
        let focus = format!("document.querySelector({selector:?}).focus()");
        self.wait_for(selector).await?;
        self.run(&focus).await.map(drop)
    }

    /// Types into whatever has the focus.
    pub async fn type_keys(&self, keys: &str) -> anyhow::Result<()> {
        Ok(self.client.active_element().await?.send_keys(keys).await?)
    }

    /// Drags one element onto another, as a hand with a mouse does: in small steps.
    pub async fn drag(&self, from: &str, to: &str) -> anyhow::Result<()> {
        let (from, to) = (self.find(from).await?, self.find(to).await?);
        let at = |element: &Element, x: f64| PointerAction::MoveToElement {
            element: element.clone(),
            duration: Some(DRAG_STEP),
            x,
            y: 0.0,
        };
        let actions = MouseActions::new("mouse".to_owned())
            .then(at(&from, 0.0))
            .then(PointerAction::Down { button: 0 })
            .then(at(&from, 12.0))
            .then(at(&to, 0.0))
            // the other one may have made room already, so this is not told by where that is
            .then(PointerAction::MoveBy { duration: Some(DRAG_STEP), x: 4.0, y: 0.0 })
            .then(PointerAction::Up { button: 0 });
        self.client.perform_actions(actions).await?;
        Ok(self.client.release_actions().await?)
    }

    /// Runs a script in the page, the body of a function; what it returns, or what it promises.
    pub async fn run(&self, script: &str) -> anyhow::Result<Value> {
        Ok(self.client.execute(script, Vec::new()).await?)
    }

    /// Opens another window of the same person, and looks at it from now on; tells the one before.
    pub async fn other_window(&self) -> anyhow::Result<WindowHandle> {
        let before = self.client.window().await?;
        let window = self.client.new_window(false).await?;
        self.client.switch_to_window(window.handle).await?;
        Ok(before)
    }

    /// Looks at a window, and tells which one was looked at before.
    pub async fn look_at(&self, window: WindowHandle) -> anyhow::Result<WindowHandle> {
        let before = self.client.window().await?;
        self.client.switch_to_window(window).await?;
        Ok(before)
    }

    /// The first element of a selector, once it is there.
    async fn find(&self, selector: &str) -> anyhow::Result<Element> {
        let found = self.client.wait().at_most(PATIENCE).for_element(Locator::Css(selector)).await;
        found.with_context(|| format!("there is no {selector}"))
    }
}
