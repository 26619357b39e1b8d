import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { plural, sortedUnique } from "../../compiler/text";
import { DARK, LIGHT, properties } from "../colours";
import { escapeMarkup, scriptJson } from "../escape";
import type { MapGraph, View } from "../graph";
import type { Layout } from "../layout";
import { drawing, MARGIN } from "../svg";
import { drawingStyle, type Subject } from "../svg-file";
import { clientScript } from "./bundle";
import { pageData } from "./data";
import { rulesTable } from "./table";

/** A drawing of the page. */
export interface Sheet {
  graph: MapGraph;
  layout: Layout;
}

/** What one page shows. */
export interface PageContent {
  subject: Subject;
  /** In the order of their switch; one or two. */
  sheets: readonly Sheet[];
  /** The view that it opens with. */
  opensWith: View;
  /** Why a view is missing, where one is. */
  missing: Partial<Record<View, string>>;
}

/** A small drawing is enlarged at most this much to fill its frame. */
const MOST_ENLARGED = 1.3;

/**
 * The whole page as one file that needs nothing else: its script and style are within, and its own policy (CSP) lets
 * the browser load nothing more. The same input gives the same bytes.
 */
export function htmlPage(content: PageContent): string {
  const { subject, sheets, opensWith } = content;
  const [script, style] = [clientScript(), pageStyle()];
  const data = scriptJson(pageData(sheets.map(({ graph }) => graph)));
  const title = escapeMarkup(`${subject.stack}: who talks to whom`);
  return `<!doctype html>
<html lang="en" data-theme="auto">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${hash(style)}; script-src ${hash(script)}; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body data-view="${opensWith}">
<div class="top">
${header(title, content)}
${filters(content)}
<main class="stage" aria-label="Drawing">
${sheets.map((sheet) => frame(sheet, opensWith)).join("\n")}
${legend()}
<div class="zoom"><button id="zoom-out" type="button" aria-label="Smaller">−</button><button id="zoom-fit" type="button">Fit</button><button id="zoom-in" type="button" aria-label="Larger">+</button></div>
</main>
</div>
<div id="card" class="card" role="status" hidden><button id="card-close" type="button" aria-label="Close">✕</button><div id="card-content"></div></div>
${rulesTable(sheets[0]?.graph.rules ?? [])}
<script type="application/json" id="data">${data}</script>
<script>${script}</script>
</body>
</html>
`;
}

function pageStyle(): string {
  const dark = properties(DARK);
  return [
    `:root{color-scheme:light dark;${properties(LIGHT)}}`,
    `@media screen and (prefers-color-scheme:dark){:root:not([data-theme="light"]){${dark}}}`,
    `@media screen{:root[data-theme="dark"]{color-scheme:dark;${dark}}:root[data-theme="light"]{color-scheme:light}}`,
    readFileSync(join(__dirname, "page.css"), "utf8"),
    drawingStyle(),
  ].join("\n");
}

function hash(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

function header(title: string, { subject, sheets, opensWith, missing }: PageContent): string {
  const { environment, region, hosts } = subject;
  const rules = plural(sheets[0]?.graph.rules.length ?? 0, "rule");
  const choice = (["group", "host"] as const).map((view) => {
    const state = `${view === opensWith ? " checked" : ""}${missing[view] === undefined ? "" : " disabled"}`;
    return `<label><input type="radio" name="view" id="view-${view}"${state}><span>By ${view}</span></label>`;
  });
  const reasons = Object.values(missing).map((reason) => `<p>${escapeMarkup(reason)}</p>`);
  return `<header>
<div class="subject"><h1>${title}</h1><p>environment ${escapeMarkup(environment)}, ${escapeMarkup(region)} · ${plural(hosts, "host")} · ${rules}</p>${reasons.join("")}</div>
<fieldset class="choice" aria-label="What the boxes are">${choice.join("")}</fieldset>
<button id="theme" type="button">Theme: <span id="theme-name">auto</span></button>
</header>`;
}

function filters({ sheets }: PageContent): string {
  const nodes = sheets.flatMap(({ graph }) => graph.nodes);
  const groups = sortedUnique(
    nodes.flatMap((node) => (node.kind === "network" ? [node.title] : node.groups)),
  );
  const hosts = sortedUnique(nodes.flatMap((node) => node.hosts));
  const ports = sortedUnique(sheets[0]?.graph.rules.flatMap((rule) => rule.ports) ?? []);
  const options = (values: readonly string[]) =>
    values.map((value) => `<option>${escapeMarkup(value)}</option>`).join("");
  return `<form class="filters" id="filters" autocomplete="off">
<label>Group or network<select id="filter-group"><option value="">all of them</option>${options(groups)}</select></label>
<label>Host<select id="filter-host"><option value="">all of them</option>${options(hosts)}</select></label>
<label>Port<input type="text" id="filter-port" list="ports" placeholder="443, 53/udp, icmp" spellcheck="false"></label>
<datalist id="ports">${options(ports)}</datalist>
<label class="wide">Text<input type="text" id="filter-text" placeholder="service, path, description" spellcheck="false"></label>
<button id="clear" type="button" disabled>Clear</button>
<output id="found" aria-live="polite"></output>
</form>`;
}

function frame({ graph, layout }: Sheet, opensWith: View): string {
  const [width, height] = [layout.width + 2 * MARGIN, layout.height + 2 * MARGIN];
  const size = `width="${Math.round(width * MOST_ENLARGED)}" height="${Math.round(height * MOST_ENLARGED)}"`;
  const attributes = `viewBox="${-MARGIN} ${-MARGIN} ${width} ${height}" ${size}`;
  const hidden = graph.view === opensWith ? "" : " hidden";
  return `<div class="frame" id="frame-${graph.view}"${hidden}><div class="sheet" id="sheet-${graph.view}">
${drawing(graph, layout, attributes, { isLive: true })}
</div></div>`;
}

function legend(): string {
  const sample = (kind: string, words: string) =>
    `<li><svg class="drawing" width="44" height="10" aria-hidden="true"><g class="line ${kind}"><path class="stroke" d="M0,5H36"/><path class="head" d="M44,5l-8,-3.5v7Z"/></g></svg>${words}</li>`;
  return `<ul class="legend">${sample("ipsec", "between hosts, through IPsec")}${sample("clear", "from outside, in clear")}</ul>`;
}
