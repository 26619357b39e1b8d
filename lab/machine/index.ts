export { bootHost, destroyHost, destroyLab, rebootHost, stopHost } from "./host";
export { hostStatus, listHosts, type HostStatus } from "./host-record";
export type { HostId, HostSpec } from "./host-spec";
export { ensureImage, type Image } from "./image";
export { labEnvironment, NAME, openLab, shortHash, type Lab, type Progress } from "./lab";
export { BRIDGES, DEPLOYER, enterNamespace, ensureNetwork, inNamespace, isInside, STRANGER } from "./network";
export { networkOf, WAN_DELAY_MS } from "./wan";
export { waitForSsh } from "./ssh-banner";
