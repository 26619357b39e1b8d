import type { Filter } from "../filter";

/** All that a reader has chosen; it is kept in the address, so that a link or a reload shows the same. */
export interface State extends Filter {
  view: string;
  theme: string;
}

const KEYS = ["view", "group", "host", "port", "text", "theme"] as const;

/** What the address asks for, over what is so by itself. */
export function readState(defaults: State): State {
  const given = new URLSearchParams(location.hash.slice(1));
  const state = { ...defaults };
  for (const key of KEYS) state[key] = given.get(key) ?? defaults[key];
  return state;
}

/** Only what differs from what is so by itself is in the address. */
export function writeState(state: State, defaults: State): void {
  const wanted = new URLSearchParams();
  for (const key of KEYS) if (state[key] !== defaults[key]) wanted.set(key, state[key]);
  const text = wanted.toString();
  history.replaceState(null, "", text === "" ? location.pathname + location.search : `#${text}`);
}
