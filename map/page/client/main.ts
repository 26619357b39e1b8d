import type { View } from "../../graph";
import { find, isEmpty, portsMeant, type Found } from "../filter";
import { readData, viewOf } from "./data";
import { byId } from "./elements";
import { Inspector } from "./inspector";
import { stage, steer, type Stage } from "./stage";
import { readState, writeState, type State } from "./state";

const THEMES = ["auto", "light", "dark"] as const;
const FIELDS = ["group", "host", "port", "text"] as const;

const data = readData();
const defaults: State = {
  view: viewOf(data, document.body.dataset["view"] ?? "").name,
  theme: "auto",
  group: "",
  host: "",
  port: "",
  text: "",
};
const inspector = new Inspector(data);
const fields = FIELDS.map((name) => ({ name, input: field(name) }));
const stages = new Map<View, Stage>();
let state = readState(defaults);

for (const name of ["group", "host"] as const) {
  const view = data.views[name];
  if (view === undefined) continue;
  const frame = byId(`frame-${name}`, HTMLElement);
  const sheet = byId(`sheet-${name}`, HTMLElement);
  const own = stage(frame, sheet, () => inspector.close());
  stages.set(name, own);
  inspector.watch(sheet, name, view);
  frame.addEventListener("keydown", (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.altKey && steer(event.key, own)) event.preventDefault();
  });
}

for (const { name, input } of fields) input.addEventListener("input", () => ask({ [name]: input.value }));
for (const name of ["group", "host"] as const) {
  byId(`view-${name}`, HTMLInputElement).addEventListener("change", () => change({ view: name }));
}
for (const direction of ["in", "out"] as const) {
  byId(`zoom-${direction}`, HTMLElement).addEventListener("click", () =>
    stages.get(viewOf(data, state.view).name)?.zoom(direction),
  );
}
byId("zoom-fit", HTMLElement).addEventListener("click", () => fit());
byId("filters", HTMLFormElement).addEventListener("submit", (event) => event.preventDefault());
byId("clear", HTMLElement).addEventListener("click", () => ask({ group: "", host: "", port: "", text: "" }));
byId("theme", HTMLElement).addEventListener("click", () => {
  const next = (THEMES.findIndex((theme) => theme === state.theme) + 1) % THEMES.length;
  change({ theme: THEMES[next] ?? "auto" });
});
addEventListener("hashchange", () => {
  state = readState(defaults);
  show();
});
addEventListener("beforeprint", () => (byId("rules", HTMLDetailsElement).open = true));
ask({});

function field(name: string): HTMLInputElement | HTMLSelectElement {
  const found = document.getElementById(`filter-${name}`);
  if (found instanceof HTMLInputElement || found instanceof HTMLSelectElement) return found;
  throw new Error(`the page has no field for ${name}`);
}

function change(changes: Partial<State>): void {
  state = { ...state, ...changes };
  writeState(state, defaults);
  show();
}

/** Filters; in a drawing of many lines, brings what is left before the reader's eyes. */
function ask(changes: Partial<State>): void {
  change(changes);
  const { name } = viewOf(data, state.view);
  if (byId(`sheet-${name}`, HTMLElement).querySelector("svg.many") !== null) fit();
}

/** Enlarges what the filter leaves until it fills the frame. */
function fit(): void {
  const { name } = viewOf(data, state.view);
  const found = byId(`sheet-${name}`, HTMLElement).querySelectorAll("[data-node]:not(.out)");
  stages.get(name)?.fit([...found], isEmpty(state));
}

/** Brings the page in line with the state. */
function show(): void {
  const { name, view } = viewOf(data, state.view);
  inspector.close();
  showTheme();
  for (const other of ["group", "host"] as const) {
    byId(`view-${other}`, HTMLInputElement).checked = other === name;
    if (data.views[other] !== undefined) byId(`frame-${other}`, HTMLElement).hidden = other !== name;
  }
  for (const { name: key, input } of fields) if (input.value !== state[key]) input.value = state[key];
  const port = byId("filter-port", HTMLInputElement);
  const isPort = state.port.trim() === "" || portsMeant(state.port) !== undefined;
  port.setCustomValidity(isPort ? "" : "a port is written as 443, 443/tcp, 8000-8010/tcp, 53/udp or icmp");
  port.setAttribute("aria-invalid", String(!isPort));
  const found = find(view, data, state);
  showFound(name, found);
  const counts = `${found.lines.size} of ${view.lines.length} lines, ${found.rules.size} of ${data.rules.length} rules`;
  byId("found", HTMLElement).textContent = isPort ? counts : port.validationMessage;
  byId("clear", HTMLButtonElement).disabled = isEmpty(state);
}

function showTheme(): void {
  const theme = THEMES.find((known) => known === state.theme) ?? "auto";
  document.documentElement.dataset["theme"] = theme;
  byId("theme-name", HTMLElement).textContent = theme;
}

/** What a filter leaves out is pale, and no longer reached by pointer or keyboard. */
function showFound(name: View, { lines, nodes, rules }: Found): void {
  const sheet = byId(`sheet-${name}`, HTMLElement);
  const leave = (element: Element, isFound: boolean) => {
    element.classList.toggle("out", !isFound);
    element.setAttribute("tabindex", isFound ? "0" : "-1");
    element.setAttribute("aria-hidden", String(!isFound));
  };
  sheet.classList.toggle("filtered", !isEmpty(state));
  for (const element of sheet.querySelectorAll("[data-line]"))
    leave(element, lines.has(Number(element.getAttribute("data-line"))));
  for (const element of sheet.querySelectorAll("[data-node]"))
    leave(element, nodes.has(Number(element.getAttribute("data-node"))));
  for (const chip of sheet.querySelectorAll("[data-host]"))
    chip.classList.toggle("asked", chip.getAttribute("data-host") === state.host);
  for (const row of document.querySelectorAll<HTMLElement>("tr[data-rule]"))
    row.hidden = !rules.has(Number(row.dataset["rule"]));
}
