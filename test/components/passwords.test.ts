import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encryptedPasswords, writtenIn } from "../../components/passwords";

const FILE = "Pulumi.dev.yaml";
const config = (passwords: string) => `config:\n  palisade:passwords: ${passwords}\n`;

describe("what the compiler is shown of passwords", () => {
  test("is what the stack's file has, and never what was decrypted", () => {
    const text = config("{ alice: { secure: v1 } }");
    assert.deepEqual(encryptedPasswords({ alice: "hash" }, writtenIn(FILE, text)), {
      alice: { secure: "v1" },
    });
  });

  test("is what stands there in clear, so that it is refused with its line", () => {
    const text = config("{ alice: { secure: v1 }, bob: clear }");
    assert.deepEqual(encryptedPasswords({ alice: "hash", bob: "clear" }, writtenIn(FILE, text)), {
      alice: { secure: "v1" },
      bob: "clear",
    });
  });

  test("is a placeholder where no file has them, as in the lab", () => {
    for (const text of [undefined, "config: {}\n"]) {
      assert.deepEqual(encryptedPasswords({ alice: "hash" }, writtenIn(FILE, text)), {
        alice: { secure: "" },
      });
    }
  });
});
