/** What an instance's inputs mean. */
import type { Store, StoredResource } from "../store";
import { text, type Properties } from "../../grpc/values";
import { SUBNET } from "./network";
import { KEY_PAIR } from "./security";

export const INSTANCE = "aws:ec2/instance:Instance";

export function subnetOf(inputs: Properties, store: Store): StoredResource | undefined {
  return store.get(text(inputs, "subnetId") ?? "", SUBNET);
}

export function userDataOf(inputs: Properties): string | undefined {
  const encoded = text(inputs, "userDataBase64");
  return (
    text(inputs, "userData") ??
    (encoded === undefined ? undefined : Buffer.from(encoded, "base64").toString())
  );
}

export function publicKeyOf(name: string | undefined, store: Store): string | undefined {
  const pair = store.all(KEY_PAIR).find((one) => one.outputs["keyName"] === name);
  return pair === undefined ? undefined : text(pair.inputs, "publicKey");
}
