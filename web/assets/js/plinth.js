// What scripts add to every page. Every page works without it; this makes it quicker to use.

import { startDashboard } from "./dashboard.js";

document.documentElement.dataset.scripted = "";
document.addEventListener("click", openDialog);
document.addEventListener("click", closeMenus);
document.addEventListener("submit", switchTheme);
document.addEventListener("keydown", pressShortcut);
document.addEventListener("keydown", closeMenuByKey);
document.addEventListener("htmx:before:request", restWhileHidden);
startDashboard();
if (document.querySelector("[data-formula-builder]")) import("./formula.js").then(({ startFormula }) => startFormula());

/** Changes the theme in place; the cookie is what the service reads for the next page. */
function switchTheme(event) {
  if (!event.target.matches("[data-theme-form]")) return;
  event.preventDefault();
  const theme = event.submitter.value;
  document.documentElement.dataset.theme = theme;
  document.cookie = `plinth_theme=${theme}; path=/; max-age=31536000; samesite=lax`;
  for (const button of event.target.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button === event.submitter));
  }
}

/** Opens the page behind a link of `dialog_link` above this one. */
async function openDialog(event) {
  const link = event.target.closest("[data-dialog] a");
  if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  const content = await dialogContent(link.href).catch(() => null);
  if (!content) return location.assign(link.href);
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  dialog.setAttribute("aria-labelledby", "dialog-title");
  dialog.append(content);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (click) => {
    if (click.target === dialog || click.target.closest("[data-dialog-close]")) {
      click.preventDefault();
      dialog.close();
    }
  });
  document.body.append(dialog);
  htmx.process(dialog);
  dialog.showModal();
}

async function dialogContent(address) {
  const response = await fetch(address, { headers: { accept: "text/html" } });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  return response.ok ? page.querySelector("[data-dialog-content]") : null;
}

/** Presses the button that says that it has this shortcut (`aria-keyshortcuts`), unless text is being written. */
function pressShortcut(event) {
  if (event.target.closest("input, textarea, select, dialog")) return;
  const keys = [(event.ctrlKey || event.metaKey) && "Control", event.shiftKey && "Shift", event.key.toUpperCase()];
  const shortcut = keys.filter(Boolean).join("+");
  const button = document.querySelector(`button[aria-keyshortcuts="${CSS.escape(shortcut)}"]`);
  if (!button) return;
  event.preventDefault();
  button.click();
}

function closeMenus(event) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
}

function closeMenuByKey(event) {
  const menu = event.target.closest("details.menu[open]");
  if (event.key !== "Escape" || !menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
}

/** What is fetched again every few seconds rests while nobody sees it. */
function restWhileHidden(event) {
  if (document.hidden && event.target.matches('[data-hx-trigger^="every"]')) event.preventDefault();
}
