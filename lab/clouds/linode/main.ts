import { openLab } from "../../machine";
import { CloudProvider } from "../cloud-provider";
import type { ResourceType } from "../resource-type";
import { serve } from "../serve";
import { Store } from "../store";
import { FIREWALL, firewall } from "./firewall";
import { instance } from "./instance";
import { INSTANCE, SUBNET, vpc, VPC, vpcSubnet } from "./network";

const TYPES: Record<string, ResourceType> = {
  [VPC]: vpc,
  [SUBNET]: vpcSubnet,
  [FIREWALL]: firewall,
  [INSTANCE]: instance,
};

serve(new CloudProvider("5.1.1", new Store(openLab(), "linode"), TYPES));
