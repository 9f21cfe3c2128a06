import { join } from "node:path";
import { expect, test } from "vitest";
import { hasRoom } from "../../../src/systems/git/within-limits.ts";
import { makeTemporaryFolder } from "../../set-up/make-temporary-folder.ts";

test("where a file system does not say what is left, a fetch is not ended for that", async () => {
  expect(await hasRoom(join(makeTemporaryFolder(), "missing"))).toBe(true);
});
