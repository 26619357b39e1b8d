import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { webcrypto } from "node:crypto";
import { CertificateAuthority } from "../../../compiler/identity/certificate";
import { deriveKey } from "../../../compiler/identity/keys";
import { applyArguments } from "../../../compiler/render/document";

/** What the command is that brings a host of the environment dev its certificate. */
export async function applyCommand(host: string, epoch: string): Promise<string> {
  const keys = await webcrypto.subtle.generateKey({ name: "Ed25519" }, true, ["sign", "verify"]);
  if (!("publicKey" in keys)) throw new Error("no pair of keys");
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: `CN=${host}`,
    keys,
    signingAlgorithm: { name: "Ed25519" },
  });
  const ca = await CertificateAuthority.create("dev", deriveKey(Buffer.alloc(32, 1), "dev", { use: "ca" }));
  return `palisade-host ${applyArguments(await ca.sign(host, request.toString("pem"), epoch))}`;
}
