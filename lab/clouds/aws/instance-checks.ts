/** What EC2 refuses of an instance. */
import { AWS_LIMITS, AWS_QUOTAS } from "../../../compiler/clouds/aws-limits";
import { holds, parseAddress, parseBlock, type Block } from "../blocks";
import type { Store } from "../store";
import type { Problem } from "../../grpc/checking";
import { text, texts, type Properties } from "../../grpc/values";
import { isKnownImage } from "./images";
import { INSTANCE, publicKeyOf, subnetOf, userDataOf } from "./instance-inputs";
import { missing, SUBNET } from "./network";
import { SECURITY_GROUP } from "./security";
import { tagProblems } from "./tags";

const USER_DATA_BYTES = AWS_LIMITS.userData.limit;

export function instanceProblems(inputs: Properties, store: Store): Problem[] {
  return [
    ...imageProblems(text(inputs, "ami")),
    ...sizeProblems(text(inputs, "instanceType")),
    ...userDataProblems(inputs),
    ...missing("subnetId", inputs, store, SUBNET, "InvalidSubnetID.NotFound"),
    ...texts(inputs, "vpcSecurityGroupIds").flatMap((id) =>
      missing(
        "vpcSecurityGroupIds",
        { vpcSecurityGroupIds: id },
        store,
        SECURITY_GROUP,
        "InvalidGroup.NotFound",
      ),
    ),
    ...tooManyGroups(texts(inputs, "vpcSecurityGroupIds")),
    ...otherNetworks(inputs, store),
    ...keyProblems(inputs, store),
    ...addressProblems(inputs, store),
    ...tagProblems(inputs),
  ];
}

function tooManyGroups(ids: readonly string[]): Problem[] {
  const { most } = AWS_QUOTAS.groupsPerInterface;
  if (ids.length <= most) return [];
  const reason = `SecurityGroupsPerInterfaceLimitExceeded: ${ids.length} groups, and ${most} at most`;
  return [{ property: "vpcSecurityGroupIds", reason }];
}

/** An instance and its security groups are in one network. */
function otherNetworks(inputs: Properties, store: Store): Problem[] {
  const vpc = subnetOf(inputs, store)?.inputs["vpcId"];
  return texts(inputs, "vpcSecurityGroupIds").flatMap((id) => {
    const own = store.here(id, SECURITY_GROUP)?.inputs["vpcId"];
    if (vpc === undefined || own === undefined || own === vpc) return [];
    return [
      {
        property: "vpcSecurityGroupIds",
        reason: `InvalidParameter: ${id} and the subnet are of two networks`,
      },
    ];
  });
}

function imageProblems(ami: string | undefined): Problem[] {
  if (ami === undefined || isKnownImage(ami)) return [];
  return [
    {
      property: "ami",
      reason: `InvalidAMIID.NotFound: "${ami}"; the lab's hosts boot what getAmi finds for Debian 12`,
    },
  ];
}

function sizeProblems(size: string | undefined): Problem[] {
  if (
    size === undefined ||
    /^[a-z][a-z0-9-]*\.(nano|micro|small|medium|large|(\d+)?xlarge|metal(-\d+xl)?)$/.test(size)
  )
    return [];
  return [{ property: "instanceType", reason: `InvalidParameterValue: "${size}" is no instance type` }];
}

function userDataProblems(inputs: Properties): Problem[] {
  const problems: Problem[] = [];
  const script = userDataOf(inputs);
  if (script === undefined) return problems;
  const property = "userData" in inputs ? "userData" : "userDataBase64";
  if ("userData" in inputs && "userDataBase64" in inputs) {
    problems.push({ property, reason: "conflicts with userDataBase64" });
  }
  if (Buffer.byteLength(script) > USER_DATA_BYTES) {
    problems.push({
      property,
      reason: `InvalidParameterValue: User data is limited to ${USER_DATA_BYTES} bytes`,
    });
  }
  if (!script.startsWith("#!"))
    problems.push({ property, reason: "the lab's hosts run only scripts, beginning with #!" });
  return problems;
}

function keyProblems(inputs: Properties, store: Store): Problem[] {
  const name = text(inputs, "keyName");
  if (name === undefined || publicKeyOf(name, store) !== undefined) return [];
  return [{ property: "keyName", reason: `InvalidKeyPair.NotFound: "${name}" does not exist` }];
}

function addressProblems(inputs: Properties, store: Store): Problem[] {
  const subnet = subnetOf(inputs, store);
  if (subnet === undefined) return [];
  const block = parseBlock(text(subnet.inputs, "cidrBlock") ?? "");
  const ipv6Block = parseBlock(text(subnet.inputs, "ipv6CidrBlock") ?? "");
  const privateIp = text(inputs, "privateIp");
  return [
    ...(privateIp === undefined ? [] : badAddress("privateIp", privateIp, 4, block)),
    ...texts(inputs, "ipv6Addresses").flatMap((address) =>
      badAddress("ipv6Addresses", address, 6, ipv6Block),
    ),
  ];
}

/** Amazon keeps a subnet's first four addresses and its last for itself. */
function badAddress(property: string, address: string, family: 4 | 6, block: Block | undefined): Problem[] {
  const number = parseAddress(address, family);
  if (number === undefined)
    return [{ property, reason: `InvalidParameterValue: "${address}" is no IPv${family} address` }];
  if (block === undefined || !holds(block, number)) {
    return [
      {
        property,
        reason: `InvalidParameterValue: Address ${address} does not fall within the subnet's address range`,
      },
    ];
  }
  if (number >= block.first + 4n && number < block.last) return [];
  return [
    { property, reason: `InvalidParameterValue: Address ${address} is in subnet's reserved address range` },
  ];
}

export function addressesInUse(inputs: Properties, store: Store, id: string): Problem[] {
  const others = store.all(INSTANCE).filter((one) => one.id !== id);
  const user = (address: string) =>
    others.find(
      (one) => one.outputs["privateIp"] === address || texts(one.outputs, "ipv6Addresses").includes(address),
    );
  const privateIp = text(inputs, "privateIp");
  const wanted = [
    ...(privateIp === undefined ? [] : [["privateIp", privateIp] as const]),
    ...texts(inputs, "ipv6Addresses").map((address) => ["ipv6Addresses", address] as const),
  ];
  return wanted.flatMap(([property, address]) => {
    const other = user(address);
    return other === undefined
      ? []
      : [{ property, reason: `InvalidIPAddress.InUse: Address ${address} is in use by ${other.id}` }];
  });
}
