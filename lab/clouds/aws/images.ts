import type { Store } from "../store";
import { objects, text, texts, type Properties } from "../../grpc/values";
import { regionOf } from "./ids";

/** The one image that the lab's hosts boot, as Debian publishes it: https://wiki.debian.org/Cloud/AmazonEC2Image */
const DEBIAN_12 = {
  id: "ami-0de6934e87badcf21",
  ownerId: "136693071363",
  name: "debian-12-amd64-20250814-2204",
  architecture: "x86_64",
  rootDeviceType: "ebs",
  virtualizationType: "hvm",
  state: "available",
};

/** EC2's names of filters, and the image's property behind each. */
const FILTERS = new Map<string, string>([
  ["name", DEBIAN_12.name],
  ["architecture", DEBIAN_12.architecture],
  ["root-device-type", DEBIAN_12.rootDeviceType],
  ["virtualization-type", DEBIAN_12.virtualizationType],
  ["state", DEBIAN_12.state],
  ["owner-id", DEBIAN_12.ownerId],
  ["image-id", DEBIAN_12.id],
]);

/** The function `aws:ec2/getAmi:getAmi`. Refuses as the real one does when no image fits. */
export function getAmi(query: Properties, store: Store): Properties | string {
  const owners = texts(query, "owners");
  const fits =
    (owners.length === 0 || owners.includes(DEBIAN_12.ownerId)) &&
    objects(query, "filters").every(matches) &&
    new RegExp(text(query, "nameRegex") ?? "").test(DEBIAN_12.name);
  if (!fits) {
    return `Your query returned no results. The lab's AWS has one image: ${DEBIAN_12.name} of owner ${DEBIAN_12.ownerId}.`;
  }
  const region = regionOf(store);
  return {
    ...query,
    ...DEBIAN_12,
    imageId: DEBIAN_12.id,
    arn: `arn:aws:ec2:${region}::image/${DEBIAN_12.id}`,
    creationDate: "2025-08-14T22:05:47.000Z",
    imageLocation: `amazon/${DEBIAN_12.name}`,
    rootDeviceName: "/dev/xvda",
    region,
    tags: {},
  };
}

export function isKnownImage(id: string): boolean {
  return id === DEBIAN_12.id;
}

function matches(filter: Properties): boolean {
  const actual = FILTERS.get(text(filter, "name") ?? "");
  return actual !== undefined && texts(filter, "values").some((pattern) => glob(pattern).test(actual));
}

/** EC2's wildcards: `*` any text, `?` any letter. */
function glob(pattern: string): RegExp {
  const escaped = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*/g, ".*")
    .replace(/\?/g, ".");
  return new RegExp(`^${escaped}$`);
}
