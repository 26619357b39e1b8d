/** What plugins are told and tell, between Pulumi's messages and the engine's own types. */
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import type { Difference } from "../diff";
import { parsePath } from "../paths";
import { parseUrn } from "../urn";
import type { Properties } from "../values";
import type { CheckFailure, ProviderDiff } from "./provider";

/** Config keys that are the engine's, not the plugin's. */
const ENGINE_KEYS = new Set(["version", "pluginDownloadURL"]);

/** Newer plugins take name and type from the request, older ones from the URN. */
export function nameIt(
  request: { setName(name: string): unknown; setType(type: string): unknown },
  urn: string,
): void {
  const { name, type } = parseUrn(urn);
  request.setName(name);
  request.setType(type);
}

export function ownConfig(config: Properties): Properties {
  return Object.fromEntries(Object.entries(config).filter(([key]) => !ENGINE_KEYS.has(key)));
}

export function engineConfig(config: Properties): Properties {
  return Object.fromEntries(Object.entries(config).filter(([key]) => ENGINE_KEYS.has(key)));
}

export function failuresOf(failures: proto.CheckFailure[]): CheckFailure[] {
  return failures.map((failure) => ({ property: failure.getProperty(), reason: failure.getReason() }));
}

export function diffOf(response: proto.DiffResponse): ProviderDiff {
  const { DIFF_NONE, DIFF_SOME } = proto.DiffResponse.DiffChanges;
  const changes = response.getChanges();
  return {
    changes: changes === DIFF_NONE ? "none" : changes === DIFF_SOME ? "some" : "unknown",
    replaceKeys: response.getReplacesList(),
    changedKeys: response.getDiffsList(),
    detailed: response.getHasdetaileddiff() ? detailsOf(response) : undefined,
    deleteBeforeReplace: response.getDeletebeforereplace(),
  };
}

function detailsOf(response: proto.DiffResponse): Difference[] {
  const { ADD, ADD_REPLACE, DELETE, DELETE_REPLACE, UPDATE_REPLACE } = proto.PropertyDiff.Kind;
  return [...response.getDetaileddiffMap().entries()].map(([path, detail]) => {
    const kind = detail.getKind();
    return {
      path: parsePath(path) ?? [path],
      kind:
        kind === ADD || kind === ADD_REPLACE
          ? "add"
          : kind === DELETE || kind === DELETE_REPLACE
            ? "delete"
            : "update",
      replaces: kind === ADD_REPLACE || kind === DELETE_REPLACE || kind === UPDATE_REPLACE,
    };
  });
}
