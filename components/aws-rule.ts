import type * as aws from "@pulumi/aws";
import type { EdgeTraffic } from "../compiler/clouds/edge";

/** The protocol number of ESP (RFC 4303), which AWS has no name for. */
const ESP = "50";
/** Every ICMP type, or every code of one. */
const ANY = -1;

/**
 * What a rule of a VPC security group says of packets besides where they come from.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
 */
export function rulePorts(
  traffic: EdgeTraffic,
): Pick<aws.vpc.SecurityGroupIngressRuleArgs, "ipProtocol" | "fromPort" | "toPort"> {
  switch (traffic.protocol) {
    case "tcp":
    case "udp":
      return { ipProtocol: traffic.protocol, fromPort: traffic.first, toPort: traffic.last };
    case "esp":
      return { ipProtocol: ESP };
    case "icmp":
      return {
        ipProtocol: traffic.family === "ipv4" ? "icmp" : "icmpv6",
        fromPort: traffic.type ?? ANY,
        toPort: ANY,
      };
    default: {
      const exhaustive: never = traffic;
      return exhaustive;
    }
  }
}
