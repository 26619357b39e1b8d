/** Which providers and language hosts the tests are played against. */
import { type Original, release, serveAttached } from "./served";

export const PROVIDERS: Original[] = [
  { name: "the lab's command", missing: undefined, start: () => serveAttached({ command: true }) },
  release("pulumi-resource-command"),
];

export const LANGUAGE_HOSTS: Original[] = [
  { name: "the lab's language host", missing: undefined, start: () => serveAttached({ languageHost: true }) },
  release("pulumi-language-nodejs"),
];
