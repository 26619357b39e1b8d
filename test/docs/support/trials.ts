/**
 * How a command of the docs is tried.
 * - `here`: as it stands, in a copy of the project, without a lab.
 * - `lab`: as it stands, against the lab.
 * - `account`: it needs a cloud's account or a shared backend. `instead` is what is run in its place: in the lab, or by
 *   the test that is named. With `backend`, it is also run as it stands where there is the real `pulumi`, in a backend
 *   of the test's own.
 */
export type Trial =
  | { kind: "here" | "lab" }
  | {
      kind: "account";
      instead: { lab: string } | { test: string; shows: string };
      backend?: "empty" | "stack";
    };

const here: Trial = { kind: "here" };
const lab: Trial = { kind: "lab" };
/** Done by the lab for every stack that it brings up. */
const byLab = (command: string, backend?: "empty" | "stack"): Trial => ({
  kind: "account",
  instead: { lab: command },
  ...(backend === undefined ? {} : { backend }),
});
const byTest = (test: string, shows: string, backend?: "empty" | "stack"): Trial => ({
  kind: "account",
  instead: { test, shows },
  ...(backend === undefined ? {} : { backend }),
});

const UP = "npx palisade lab up";
const PREVIEW = "npx palisade lab preview";
const REGIONS = "test/lab/regions.test.ts";
const OF_PULUMI = "test/docs/pulumi.test.ts";

const IN_THE_LAB = [
  UP,
  PREVIEW,
  "npx palisade lab verify",
  "npx palisade lab up && npx palisade lab verify",
  "npx palisade lab status",
  "npx palisade lab ssh web-1",
  "npx palisade lab ssh web-1 -- palisade-host status",
  "npx palisade lab ssh web-1 -- iptables-legacy -nvL",
  "npx palisade lab ssh web-1 -- swanctl --list-sas",
  "npx palisade lab ssh web-1 -- journalctl -k -g palisade",
  "npx palisade lab ssh web-1 -- palisade-host drift",
  "npx palisade lab ssh web-1 -- journalctl -u palisade-drift",
  "npx palisade lab ssh db-1 -- palisade-host status",
  "npx palisade lab drift",
  "npx palisade lab up --replace web-1-instance",
  "npx palisade lab up --stack prod",
  "npx palisade lab verify --all",
  "npx palisade lab secret announce",
  "npx palisade lab secret switch",
  "npx palisade lab secret drop",
  "npx palisade lab down --all",
];

const ANYWHERE = [
  "npx palisade check",
  "npx palisade check --coverage",
  "npx palisade check --stack dev",
  "npx palisade render --stack prod --out rendered",
  "npx palisade flows --stack dev",
  "npx palisade flows --stack prod",
  "npx palisade flows --stack prod --by group",
  "npx palisade flows --stack dev --format html --out flows.html",
  "npx palisade flows --stack prod --format html --out flows.html",
  "npx palisade flows --stack prod --format svg --by host --out flows.svg",
  "npx palisade flows --stack prod --format dot | dot -Tpdf > flows.pdf",
  "npx palisade explain web-1 db-1 5432/tcp --stack dev",
  "npx palisade diff HEAD",
  "git revert --no-edit HEAD",
  "npx palisade diff HEAD~1",
];

/** Every command of the docs, and none besides. */
export const TRIALS: ReadonlyMap<string, Trial> = new Map([
  ...IN_THE_LAB.map((text): [string, Trial] => [text, lab]),
  ...ANYWHERE.map((text): [string, Trial] => [text, here]),
  ["palisade-host status", byLab("npx palisade lab ssh web-1 -- palisade-host status")],
  ["palisade-host revert", byLab("npx palisade lab ssh web-1 -- palisade-host revert")],
  [
    "systemctl stop palisade-drift.timer",
    byLab("npx palisade lab ssh web-1 -- systemctl stop palisade-drift.timer"),
  ],
  [
    "iptables -I INPUT -s 192.0.2.7 -p tcp --dport 22 -j ACCEPT",
    byLab("npx palisade lab ssh web-1 -- iptables-legacy -I INPUT -s 192.0.2.7 -p tcp --dport 22 -j ACCEPT"),
  ],
  ["npm ci", byTest("Makefile", "npm ci --ignore-scripts")],
  ["make lab", byTest("Makefile", "$(PALISADE) lab up --stack $(STACK)")],
  ["make test", byTest(".ci/run", "make --no-print-directory test")],
  ["npm run bench:compile", byTest("test/bench/compile.test.ts", "bench/compile")],
  ["npm run bench:push", byTest("test/bench/push.test.ts", "bench/push")],
  ["npm run bench:preview", byTest("test/bench/preview.test.ts", "bench/preview")],
  ["npm run bench:mesh", byTest("test/bench/mesh.test.ts", "bench/mesh")],
  ["make test-faults", byTest("test/lab/faults.test.ts", "PALISADE_FAULTS")],
  [
    "make test-all",
    byTest("Makefile", "test-all: test test-changes test-regions test-rotation test-runbook test-faults"),
  ],
  ["make test-changes", byTest("test/lab/changes.test.ts", 'leftOut("changes"')],
  ["make test-regions", byTest("test/lab/regions.test.ts", 'leftOut("regions"')],
  ["make test-rotation", byTest("test/lab/rotation.test.ts", 'leftOut("rotation"')],

  ["pulumi login s3://example-palisade", byTest(OF_PULUMI, "pulumi login")],
  ["pulumi stack init dev", byLab(UP, "empty")],
  ["pulumi stack select dev", byLab(UP, "stack")],
  ["pulumi stack change-secrets-provider passphrase", byTest(OF_PULUMI, "new passphrase", "stack")],
  ["openssl rand -base64 32 | pulumi config set --secret palisade:secret", byLab(UP, "stack")],
  [
    "openssl rand -base64 32 | pulumi config set --secret palisade:nextSecret",
    byTest("test/lab/rotation.test.ts", 'step("announce")', "stack"),
  ],
  ["pulumi config set --plaintext palisade:secretId …", byLab(UP)],
  ["pulumi config get palisade:secretId", byLab("npx palisade lab status")],
  ["pulumi preview", byLab(PREVIEW)],
  ["pulumi preview --policy-pack policy/guardrails", byLab(PREVIEW)],
  ["pulumi preview --stack prod --policy-pack policy/guardrails", byLab(`${PREVIEW} --stack prod`)],
  ["pulumi up --policy-pack policy/guardrails --continue-on-error --parallel 64", byLab(UP)],
  ["pulumi up", byLab(UP)],
  ['pulumi up --replace "**::web-1-apply"', byLab(`${UP} --replace web-1-apply`)],
  ['pulumi up --replace "**::web-1-instance"', byLab(`${UP} --replace web-1-instance`)],
  ["pulumi config set palisade:protect false", byLab(UP, "stack")],
  ["pulumi config set palisade:protect true", byLab(UP, "stack")],
  ["pulumi config set --path 'palisade:quotas.aws.rulesPerGroup' 120", byLab(UP, "stack")],
  ["pulumi state unprotect URN", byLab(UP)],
  ["pulumi stack --show-urns", byLab(UP, "stack")],
  ["pulumi stack output hosts --stack prod", byLab("npx palisade lab status --stack prod")],
  ["pulumi stack output deployerKey", byLab(UP)],
  [
    "pulumi config get palisade:secret --stack prod | npx palisade deployer-key --stack prod --out deployer-key",
    byLab("npx palisade deployer-key --stack prod --out deployer-key <prod.secret"),
  ],
  ["ssh -i deployer-key root@198.51.100.230", byTest("test/lab/operations.test.ts", "deployer-key root@")],
  [
    "openssl passwd -6 | pulumi config set --secret --path 'palisade:passwords.alice'",
    byTest("test/lab/stack.test.ts", "sudo for a command runs that one alone, and sudo with a password asks"),
  ],
  [
    "pulumi config rm --path 'palisade:passwords.alice'",
    byTest("test/lab/stack.test.ts", "the hashes went", "stack"),
  ],
  ["npx palisade drift --stack prod", byLab("npx palisade lab drift")],
  ["npx palisade converge prod-us-east prod-eu-central", byTest(REGIONS, "converged(US, EU)")],
  [
    "npx palisade converge prod-us-east prod-eu-central prod-ap-south",
    byTest(REGIONS, "converged(US, EU, AP"),
  ],
  ["npx palisade check --stack prod-us-east prod-eu-central prod-ap-south", here],
  ["pulumi destroy --stack prod-ap-south", byLab("npx palisade lab down --stack prod")],
  ["pulumi destroy", byLab("npx palisade lab down --stack prod")],
  ["pulumi stack rm --force prod-ap-south", byTest(OF_PULUMI, "prod-ap-south", "stack")],
]);
