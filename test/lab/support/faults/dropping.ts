import type { World } from "./world";

/** Drops packets on app-1 for as long as the work lasts, in a table that is none of Palisade's; WEB is web-1's address. */
export async function dropping(
  world: World,
  rules: readonly string[],
  work: () => Promise<unknown>,
): Promise<void> {
  const web = world.host("web-1");
  const app = world.host("app-1");
  const all = (verb: string) =>
    rules
      .flatMap((rule) => [
        `iptables-legacy -t raw -${verb} ${rule.replaceAll("WEB", web.address(4))} -j DROP`,
        `ip6tables-legacy -t raw -${verb} ${rule.replaceAll("WEB", web.address(6))} -j DROP`,
      ])
      .join("\n");
  await app.text(`set -e\n${all("A")}`);
  try {
    await work();
  } finally {
    await app.text(all("D"));
  }
}
