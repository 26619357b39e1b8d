import type { ResourceType } from "../resource-type";
import type { Store } from "../store";
import { STRING, TAGS } from "../../grpc/checking";
import { text, type Properties } from "../../grpc/values";
import { arn, newId } from "./ids";
import { INSTANCE } from "./instance-inputs";
import { missing } from "./network";
import { tagProblems } from "./tags";

export const EIP = "aws:ec2/eip:Eip";

/**
 * An elastic address. The lab has one address for both: what is private on AWS is reached by everybody on the lab's
 * bridge, so the public address of an instance is its private one.
 */
export const eip: ResourceType = {
  inputs: { domain: { enum: ["vpc"] }, instance: STRING, region: STRING, tags: TAGS },
  required: [],
  replaces: ["domain", "region"],
  optional: ["domain", "region"],
  newId: () => newId("eipalloc"),
  check: (inputs, store) => [
    ...missing("instance", inputs, store, INSTANCE, "InvalidInstanceID.NotFound"),
    ...tagProblems(inputs),
  ],
  claim: (inputs, store, id) => {
    const other = store
      .all(EIP)
      .find((one) => one.id !== id && one.inputs["instance"] === inputs["instance"]);
    if (other === undefined || inputs["instance"] === undefined) return [];
    return [{ property: "instance", reason: `Resource.AlreadyAssociated: it has the address ${other.id}` }];
  },
  outputs: (inputs, { id, store }) => ({
    ...{ allocationId: id, arn: arn(store, "elastic-ip", id), domain: "vpc" },
    ...associated(inputs, store),
  }),
  change: (_before, inputs, store) => Promise.resolve(associated(inputs, store)),
};

function associated(inputs: Properties, store: Store): Properties {
  const instance = store.here(text(inputs, "instance") ?? "", INSTANCE);
  const address = instance === undefined ? "" : (text(instance.outputs, "privateIp") ?? "");
  return { publicIp: address, privateIp: address, associationId: address === "" ? "" : newId("eipassoc") };
}
