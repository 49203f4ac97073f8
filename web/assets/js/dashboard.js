// Gestures of the dashboard: drag and keyboard press the button that every change goes through. What they send, and what
// it comes to, the service says; here only the order of the cards on the page is changed for as long as a gesture lasts.

let lifted = null;

export function startDashboard() {
  document.addEventListener("htmx:before:request", rememberSending);
  document.addEventListener("htmx:finally:request", forgetSending);
  document.addEventListener("htmx:after:swap", goOn);
  document.addEventListener("click", liftOrDrop);
  document.addEventListener("keydown", moveLifted);
  document.addEventListener("focusout", putBackWhenLeft);
  window.addEventListener("beforeunload", keepUnsaved);
  document.addEventListener("submit", leave);
  prepare();
}

function prepare() {
  makeSortable();
  listen();
  document.querySelector("#main [autofocus]")?.focus();
}

/** With the page that came in place of the one before. */
function goOn() {
  isSending = false;
  if (isTelling) return; // news take no focus
  prepare();
  catchFocus();
  tellNews();
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
/** The newest versions that were heard of, of the own layout and of the default. */
const newest = { own: 0, default: 0 };
/** Whether a form of the page is on its way: what comes of it, its answer shows. */
let isSending = false;
let isTelling = false;

function listen() {
  const { address, user, types } = document.querySelector("#live")?.dataset ?? {};
  if (source?.address === address) return;
  source?.events.close();
  source = null;
  if (!address) return;
  source = { address, events: new EventSource(address) };
  for (const type of types.split(" ")) source.events.addEventListener(type, (event) => hear(event, user));
}

/** The default has no user; the layouts of others do not show here. */
function hear(event, user) {
  const { sequence, data } = JSON.parse(event.data);
  if (data.userId && data.userId !== user) return;
  const layout = data.userId ? "own" : "default";
  newest[layout] = Math.max(newest[layout], sequence);
  tellNews();
}

/** Fetches what is newer than the page: the dashboard as it is now, or in edit mode only what happened. */
async function tellNews() {
  const live = document.querySelector("#live");
  if (!live || isSending || isTelling) return;
  if (newest.own <= live.dataset.own && newest.default <= live.dataset.default) return;
  isTelling = true;
  Object.assign(live.dataset, newest);
  const target = document.querySelector("#dashboard").dataset.mode === "edit" ? "#changed" : "#dashboard";
  await htmx.ajax("GET", live.dataset.news, { target, select: target, swap: "outerMorph" });
  isTelling = false;
  tellNews();
}

const isPost = (event) => event.detail.ctx.request.method === "POST";

function rememberSending(event) {
  if (isPost(event)) isSending = true;
}

function forgetSending(event) {
  if (!isPost(event)) return;
  isSending = false;
  tellNews();
}

/* Leaving. */

/** Forms that lead to another page were meant to; the others change this one in place. */
function leave(event) {
  if (event.defaultPrevented) return;
  isSending = true;
  window.removeEventListener("beforeunload", keepUnsaved);
}

function keepUnsaved(event) {
  if (document.querySelector("[data-unsaved]")) event.preventDefault();
}
