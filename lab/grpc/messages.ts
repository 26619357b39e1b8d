/** Parts of messages that every provider reads and writes. */
import { CheckFailure } from "@pulumi/pulumi/proto/provider_pb";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Problem } from "./checking";
import { isProperties, type Properties } from "./values";

/** What came over the wire, with its marks of secrecy. */
export function fields(struct: Struct | undefined): Properties {
  const raw: unknown = struct?.toJavaScript();
  return isProperties(raw) ? raw : {};
}

export function failure({ property, reason }: Problem): CheckFailure {
  return new CheckFailure().setProperty(property).setReason(reason);
}
