// Gestures of the dashboard: drag and keyboard press the button that every change goes through. What they send, and what
// it comes to, the service says; here only the order of the cards on the page is changed for as long as a gesture lasts.

let lifted = null;

export function startDashboard() {
  document.addEventListener("htmx:after:swap", prepare);
  document.addEventListener("htmx:after:swap", catchFocus);
  document.addEventListener("click", liftOrDrop);
  document.addEventListener("keydown", moveLifted);
  document.addEventListener("focusout", putBackWhenLeft);
  window.addEventListener("beforeunload", keepUnsaved);
  document.addEventListener("submit", () => window.removeEventListener("beforeunload", keepUnsaved));
  prepare();
}

function prepare() {
  makeSortable();
  listen();
  document.querySelector("#main [autofocus]")?.focus();
}

/** The pressed button may be gone: then what comes next is the toolbar. */
function catchFocus() {
  if (document.activeElement === document.body) document.querySelector(".toolbar")?.focus();
}

/* Dragging. */

async function makeSortable() {
  const list = document.querySelector("[data-sortable]");
  if (!list) return;
  await import("./sortable.min.js");
  if (Sortable.get(list)) return;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let before = [];
  Sortable.create(list, {
    handle: ".handle",
    draggable: ".widget",
    forceFallback: true,
    fallbackTolerance: 3,
    fallbackOnBody: true,
    animation: still ? 0 : 150,
    ghostClass: "widget-place",
    fallbackClass: "widget-dragged",
    onStart: () => (before = cards()),
    onEnd: ({ item }) => sendPlace(item, before.indexOf(item)),
  });
}

const cards = () => [...document.querySelectorAll("#widgets > .widget")];

/** Sends where a card is now, if it was elsewhere before: beside its neighbour, so that it fits a layout that moved on. */
function sendPlace(card, indexBefore) {
  const order = cards();
  const index = order.indexOf(card);
  if (index === indexBefore) return false;
  const place = index > 0 ? { after: order[index - 1].dataset.widget } : { before: order[1].dataset.widget };
  const gesture = document.querySelector("#gesture");
  gesture.value = JSON.stringify({ op: "move", widgetType: card.dataset.widget, ...place });
  gesture.form.requestSubmit(gesture);
  return true;
}

/* The keyboard: lift, move, drop, put back. */

function liftOrDrop(event) {
  const handle = event.target.closest(".handle");
  if (!handle || event.detail !== 0) return; // a pointer drags
  if (lifted) return drop();
  const card = handle.closest(".widget");
  lifted = { card, handle, index: cards().indexOf(card) };
  handle.setAttribute("aria-pressed", "true");
  say(`${card.dataset.title} lifted. ${place(card)} Arrow keys move it, Enter drops it, Escape puts it back.`);
}

function moveLifted(event) {
  if (!lifted || event.target !== lifted.handle) return;
  const index = cards().indexOf(lifted.card);
  const last = cards().length - 1;
  const targets = { ArrowUp: index - 1, ArrowLeft: index - 1, ArrowDown: index + 1, ArrowRight: index + 1, Home: 0, End: last };
  if (event.key === "Escape") return putBack();
  if (!(event.key in targets)) return;
  event.preventDefault();
  moveTo(lifted, Math.min(Math.max(targets[event.key], 0), last));
  say(`${lifted.card.dataset.title}: ${place(lifted.card)}`);
}

function moveTo(gesture, index) {
  const others = cards().filter((card) => card !== gesture.card);
  gesture.isMoving = true;
  document.querySelector("#widgets").insertBefore(gesture.card, others[index] ?? null);
  gesture.handle.focus();
  gesture.isMoving = false;
}

function drop() {
  const { card, index } = release();
  if (!sendPlace(card, index)) say(`${card.dataset.title} dropped where it was.`);
}

function putBack() {
  const gesture = release();
  moveTo(gesture, gesture.index);
  say(`${gesture.card.dataset.title} is back where it was.`);
}

function putBackWhenLeft(event) {
  if (lifted && !lifted.isMoving && event.target === lifted.handle) {
    const gesture = release();
    const others = cards().filter((card) => card !== gesture.card);
    document.querySelector("#widgets")?.insertBefore(gesture.card, others[gesture.index] ?? null);
  }
}

function release() {
  const gesture = lifted;
  lifted = null;
  gesture.handle.setAttribute("aria-pressed", "false");
  return gesture;
}

const place = (card) => `${cards().indexOf(card) + 1} of ${cards().length}.`;

function say(text) {
  document.querySelector("#said").textContent = text;
}

/* What others change. */

let source = null;

function listen() {
  const { address, user, types } = document.querySelector("#live")?.dataset ?? {};
  if (source?.address === address) return;
  source?.events.close();
  source = null;
  if (!address) return;
  source = { address, events: new EventSource(address) };
  for (const type of types.split(" ")) source.events.addEventListener(type, (event) => heard(event, user));
}

/** The default has no user; the layouts of others do not show here. */
function heard(event, user) {
  const { userId } = JSON.parse(event.data).data;
  if (!userId || userId === user) changed();
}

async function changed() {
  const dashboard = document.querySelector("#dashboard");
  if (dashboard.dataset.mode === "edit") {
    document.querySelector("#changed").hidden = false;
    return;
  }
  // not the whole of #main: what became of a person's own change stands above it
  await htmx.ajax("GET", location.href, { target: "#dashboard", select: "#dashboard", swap: "outerMorph" });
  say("The dashboard was changed and shows the newest layout.");
}

function keepUnsaved(event) {
  if (document.querySelector("[data-unsaved]")) event.preventDefault();
}
