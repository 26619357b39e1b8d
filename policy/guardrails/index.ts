/** The pack as Pulumi runs it: this file alone makes a `PolicyPack`, which starts to serve at once. */
import { PolicyPack } from "@pulumi/policy";
import { guardrails } from "./rules";

new PolicyPack("palisade", { policies: guardrails(new Date()) });
