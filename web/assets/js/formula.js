// The builder of a formula: rows beside its JSON. A change of a row writes the JSON, a change of the JSON draws the rows. What
// is wrong the service finds out (`#formula-check`); here it is only shown a second time, at its row.

const OPERATORS = "= != > >= < <= in not_in between contains starts_with ends_with exists not_exists".split(" ");
const AGGREGATES = "count count_distinct sum avg min max".split(" ");
const PREDICATES = { compare: "field", all: "all of", any: "any of", not: "not", over: "list" };
const FORMULAS = { none: "no formula", ...PREDICATES, measure: "measure", ratio: "ratio" };
const LISTS = ["in", "not_in", "between"];
const VALUELESS = ["exists", "not_exists"];

let root, json, formula;

export function startFormula() {
  root = document.querySelector("[data-formula-builder]");
  json = document.querySelector('textarea[name="formula"]');
  // without it, numbers would lose digits
  if (!JSON.rawJSON) return;
  json.addEventListener("input", (event) => event.isTrusted && read());
  document.addEventListener("htmx:after:swap", showErrors);
  read();
}

function read() {
  try {
    formula = json.value.trim() ? parse(json.value) : undefined;
    draw();
  } catch {
    root.replaceChildren(element("p", { className: "muted", textContent: "The rows show again once the JSON can be read." }));
  }
}

function write() {
  json.value = formula === undefined ? "" : JSON.stringify(formula, null, 2);
  json.dispatchEvent(new Event("input", { bubbles: true }));
}

/** Writes the JSON and draws the rows anew, with the focus where it was. */
function redraw(focus = document.activeElement.dataset.at) {
  write();
  draw();
  root.querySelector(`[data-at="${CSS.escape(focus)}"]`)?.focus();
}

function draw() {
  root.replaceChildren(node(formula, "/formula", FORMULAS, (next) => (formula = next)));
  showErrors();
}

/* Rows. `put` replaces the part in what it is a part of, `drop` takes it out. */

function node(part, at, kinds, put, drop) {
  const kind = kindOf(part);
  const line = element("div", { className: "formula-line" });
  const group = element("div", { className: "formula-node", role: "group", ariaLabel: kinds[kind] ?? "part" }, line);
  if (!(kind in kinds)) {
    line.append(element("p", { className: "muted", textContent: "This part is written as JSON." }));
  } else {
    line.append(select("Kind", at + "#kind", Object.entries(kinds), kind, (to) => {
      put(converted(part, kind, to));
      redraw();
    }));
    ROWS[kind]?.(part, at, line, group);
  }
  if (drop) line.append(button("Remove", "×", () => redraw(drop())));
  return group;
}

const ROWS = {
  compare(part, at, line) {
    line.append(field(part, at, "field", "Field"));
    comparison(part, at, line);
  },
  all: (part, at, line, group) => list(part, "all", at, group),
  any: (part, at, line, group) => list(part, "any", at, group),
  not: (part, at, line, group) => group.append(nested(child(part, "not", at))),
  over(part, at, line, group) {
    line.append(field(part, at, "over", "List of records"), aggregate(part, at), field(part, at, "field", "Field in the list"));
    comparison(part, at, line);
    where(part, at, line, group);
  },
  measure(part, at, line, group) {
    line.append(aggregate(part, at), field(part, at, "field", "Field"));
    where(part, at, line, group);
  },
  ratio(part, at, line, group) {
    const measure = (key) => node(part.ratio[key], `${at}/ratio/${key}`, { measure: key }, () => {});
    group.append(nested(measure("numerator"), measure("denominator")));
  },
};

function list(part, key, at, group) {
  const items = part[key];
  const rows = items.map((item, index) =>
    node(item, `${at}/${key}/${index}`, PREDICATES, (next) => (items[index] = next), items.length > 1 && (() => items.splice(index, 1) && at + "#add")),
  );
  const add = button("Add a condition", "Add", () => redraw(`${at}/${key}/${items.push(fresh()) - 1}/field`));
  add.dataset.at = at + "#add";
  group.append(nested(...rows, add));
}

function child(part, key, at, drop) {
  return node(part[key], `${at}/${key}`, PREDICATES, (next) => (part[key] = next), drop);
}

function where(part, at, line, group) {
  if (part.where) return group.append(nested(child(part, "where", at, () => delete part.where && at + "#where")));
  const add = button("Only of some records", "where", () => {
    part.where = fresh();
    redraw(`${at}/where/field`);
  });
  add.dataset.at = at + "#where";
  line.append(add);
}

function comparison(part, at, line) {
  const operators = [...new Set([...OPERATORS, part.operator])].map((name) => [name, String(name).replaceAll("_", " ")]);
  line.append(select("Operator", at + "/operator", operators, part.operator, (to) => {
    fit(part, to);
    redraw();
  }));
  if (VALUELESS.includes(part.operator)) return;
  const isField = "valueField" in part;
  const sides = [["value", "value"], ["field", "field"]];
  line.append(select("Compared with", at + "#side", sides, isField ? "field" : "value", (to) => {
    delete part[to === "field" ? "value" : "valueField"];
    part[to === "field" ? "valueField" : "value"] = "";
    redraw();
  }));
  if (isField) return line.append(field(part, at, "valueField", "Other field"));
  const isList = LISTS.includes(part.operator) && Array.isArray(part.value);
  line.append(input("Value", at + "/value", isList ? part.value.map(shown).join(", ") : shown(part.value), (text) => {
    part.value = LISTS.includes(part.operator) && !text.startsWith("[") ? text.split(",").map((one) => valued(one.trim())) : valued(text);
  }));
}

/** Takes over an operator, with or without a value as it takes one. */
function fit(part, operator) {
  part.operator = operator;
  if (VALUELESS.includes(operator)) ["value", "valueField"].forEach((key) => delete part[key]);
  else if (!("value" in part) && !("valueField" in part)) part.value = "";
  if (LISTS.includes(operator) && "value" in part && !Array.isArray(part.value)) part.value = [part.value];
}

const aggregate = (part, at) =>
  select("Aggregate", at + "/aggregate", [...new Set([...AGGREGATES, part.aggregate])].map((name) => [name, name]), part.aggregate, (to) => {
    part.aggregate = to;
    write();
  });

const field = (part, at, key, label) => {
  const control = input(label, `${at}/${key}`, part[key] ?? "", (path) => (path ? (part[key] = path) : delete part[key]));
  control.setAttribute("list", "declared-fields");
  control.placeholder = label.toLowerCase();
  return control;
};

/* Parts of formulas. */

function kindOf(part) {
  if (part === undefined) return "none";
  const key = ["all", "any", "not", "over", "ratio"].find((key) => key in Object(part));
  return key ?? ("aggregate" in Object(part) ? "measure" : "field" in Object(part) ? "compare" : null);
}

const fresh = () => ({ field: "", operator: "=", value: "" });

/** A part as another kind of part, with what was in it as far as that has a place there. */
function converted(part, from, to) {
  const inner = part?.all?.[0] ?? part?.any?.[0] ?? part?.not;
  const predicate = from in PREDICATES ? part : fresh();
  switch (to) {
    case "none": return undefined;
    case "compare": return kindOf(inner) === "compare" ? inner : fresh();
    case "all":
    case "any": return { [to]: part?.all ?? part?.any ?? [from === "not" ? inner : predicate] };
    case "not": return { not: predicate };
    case "over": return { over: "", aggregate: "count", operator: ">", value: 0 };
    case "measure": return part?.ratio?.numerator ?? { aggregate: "count" };
    case "ratio": return { ratio: { numerator: from === "measure" ? part : { aggregate: "count" }, denominator: { aggregate: "count" } } };
  }
}

/** Numbers as they are written, with all their digits. */
const parse = (text) => JSON.parse(text, (key, value, { source }) => (typeof value === "number" ? JSON.rawJSON(source) : value));

function valued(text) {
  try {
    return parse(text);
  } catch {
    return text;
  }
}

/** A text stands there as it is, unless it would be read as something else. */
const shown = (value) => (typeof value === "string" && valued(value) === value ? value : (JSON.stringify(value) ?? ""));

/* Elements. */

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

const nested = (...children) => element("div", { className: "formula-nested" }, ...children);

const button = (label, text, onclick) =>
  element("button", { type: "button", className: "button button-quiet tone-neutral", ariaLabel: label, title: label, textContent: text, onclick });

function input(ariaLabel, at, value, change) {
  const made = element("input", { ariaLabel, value, autocomplete: "off", spellcheck: false, oninput: () => (change(made.value), write()) });
  made.dataset.at = at;
  return made;
}

function select(ariaLabel, at, choices, value, change) {
  const options = choices.map(([name, text]) => new Option(text, name, false, name === value));
  const made = element("select", { ariaLabel, onchange: () => change(made.value) }, ...options);
  made.dataset.at = at;
  return made;
}

/* Errors, at the rows that they are about. */

function showErrors() {
  for (const line of root.querySelectorAll(".formula-error")) line.remove();
  for (const control of root.querySelectorAll(".wrong")) {
    control.classList.remove("wrong");
    control.removeAttribute("aria-invalid");
    control.removeAttribute("aria-describedby");
  }
  for (const item of document.querySelectorAll("#formula-check [data-pointer]")) showError(item);
}

/** At the control that its pointer leads to, or to something inside of. */
function showError(item) {
  const place = (control) => control.dataset.at.split("#")[0];
  const controls = [...root.querySelectorAll("[data-at]")].filter((control) => item.dataset.pointer.startsWith(place(control)));
  if (!controls.length) return;
  const control = controls.reduce((best, one) => (place(one).length > place(best).length ? one : best));
  control.classList.add("wrong");
  control.setAttribute("aria-invalid", "true");
  control.setAttribute("aria-describedby", item.id);
  control.parentElement.append(element("p", { className: "formula-error", textContent: item.querySelector("span").textContent }));
}
