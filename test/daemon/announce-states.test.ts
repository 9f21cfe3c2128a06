import { expect, test } from "vitest";
import { createStateAnnouncer } from "../../src/daemon/announce-states.ts";

test("states that can't be read are said in the log, and end nothing", async () => {
  const [sent, logged]: [unknown[], unknown[]] = [[], []];
  const announce = createStateAnnouncer({
    overview: async () => {
      throw new TypeError("unforeseen");
    },
    publish: (event) => void sent.push(event),
    log: { error: (fields: object) => void logged.push(fields) },
  });
  await expect(announce()).resolves.toBeUndefined();
  expect([sent, logged]).toEqual([[], [{ err: new TypeError("unforeseen") }]]);
});
