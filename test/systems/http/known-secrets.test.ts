import { expect, test } from "vitest";
import { redactKnownSecrets, rememberReferred, rememberSecret } from "../../../src/systems/http/known-secrets.ts";
import { countSteps } from "../../adversary/count-steps.ts";

const SPELLING = /\/src\/systems\/http\/spell-secret/;

test("a secret that was read once is known for good, whatever is read after it", () => {
  rememberSecret("the variable ONCE", "read-once-0001");
  for (let index = 0; index < 1_000; index += 1) {
    rememberSecret("the file /rotated", `rotated-value-${index}`);
    rememberReferred(`{file: /run/values/${index}}`, `referred-value-${index}`);
  }
  expect(redactKnownSecrets("read-once-0001")).toBe("***");
});

test("of a secret that is rotated, the value before is known too", () => {
  for (const value of ["newer-value-a", "newer-value-b"]) rememberSecret("the file /rotated", value);
  expect(redactKnownSecrets("newer-value-a newer-value-b")).toBe("*** ***");
});

test("secrets that replace others are each spelled about as often, however many texts are searched in between", async () => {
  const rotate = (name: string, between: () => void) =>
    countSteps(() => {
      for (let index = 0; index < 1_000; index += 1) {
        rememberSecret("the file /rotated-often", `${name}-${1_000 + index}`);
        between();
      }
      redactKnownSecrets("a text");
    }, SPELLING);
  const once = await rotate("value-x", () => undefined);
  expect(await rotate("value-y", () => redactKnownSecrets("a text"))).toBeLessThan(3 * once);
});
