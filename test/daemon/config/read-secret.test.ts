import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readSecret } from "../../../src/daemon/config/read-secret.ts";
import { redactKnownSecrets } from "../../../src/systems/http/known-secrets.ts";
import { makeTemporaryFolder } from "../../set-up/make-temporary-folder.ts";

describe("a secret", () => {
  test("of a variable comes without the white space around it, and is taken out of texts from then on", () => {
    expect(readSecret({ env: "TOKEN" }, { TOKEN: " first-secret\n" })).toBe("first-secret");
    expect(redactKnownSecrets("sent first-secret away")).toBe("sent *** away");
  });

  test("of a file is read anew each time", () => {
    const file = join(makeTemporaryFolder(), "token");
    writeFileSync(file, "old-secret\n");
    expect(readSecret({ file })).toBe("old-secret");
    writeFileSync(file, "new-secret\n");
    expect(readSecret({ file })).toBe("new-secret");
    expect(redactKnownSecrets("old-secret new-secret")).toBe("*** ***");
  });

  test.each([
    [{ env: "NOT_SET" }, /the variable NOT_SET is not set/],
    [{ env: "EMPTY" }, /the variable EMPTY is empty/],
    [{ file: "/nowhere/token" }, /the file \/nowhere\/token can't be read \(ENOENT\)/],
  ])("that is not there is an error that names %j", (reference, words) => {
    const read = () => readSecret(reference, { EMPTY: "  " });
    expect(read).toThrow(expect.objectContaining({ code: "secret_missing", message: expect.stringMatching(words) }));
  });
});
