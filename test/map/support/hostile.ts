import { groups } from "../../compiler/support/cases";
import type { Edit } from "../../compiler/support/sample";

/** What must stay text wherever it is shown: it ends scripts, elements, attributes, strings, comments and lines. */
export const HOSTILE = [
  "</script><script>hacked()</script>",
  '<img src=x onerror="hacked()">',
  "<!-- <script> ]]> --> &lt;b&gt; \"'`",
  '\\" ]; evil [label=evil]; \\N \\\\',
  "\u202egnp.exe \u0000\u0007\ud800 \u2028line\nline",
].join(" ");

/** The sample, with such text wherever the policy takes free text that a map shows. */
export function hostileEdits(): Edit[] {
  const text = JSON.stringify(HOSTILE);
  return [
    groups('"api": {', `"api": { "description": ${text},`),
    groups('"bastion": { "services"', `"bastion": { "description": ${text}, "services"`),
  ];
}
