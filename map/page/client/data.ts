import type { View } from "../../graph";
import type { PageData, PageView } from "../data";
import { byId } from "./elements";

function isPageData(value: unknown): value is PageData {
  return (
    typeof value === "object" && value !== null && "rules" in value && "views" in value && "members" in value
  );
}

/** What the page was written with. */
export function readData(): PageData {
  const data: unknown = JSON.parse(byId("data", HTMLScriptElement).textContent ?? "");
  if (!isPageData(data)) throw new Error("the page's data is not whole");
  return data;
}

/** A view that the page has; the other, if it was too large to draw. */
export function viewOf(data: PageData, wanted: string): { name: View; view: PageView } {
  const names: View[] = wanted === "host" ? ["host", "group"] : ["group", "host"];
  for (const name of names) {
    const view = data.views[name];
    if (view !== undefined) return { name, view };
  }
  throw new Error("the page has no drawing");
}
