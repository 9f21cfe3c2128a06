import { expect, test } from "vitest";
import { explainListenFailure } from "../../../src/systems/http/explain-listen-failure.ts";

test.each([
  ["EADDRINUSE", /already in use: choose another port/],
  ["EACCES", /is not permitted for this user: choose a port above 1023/],
  ["EADDRNOTAVAIL", /not an address of this machine: choose one that is/],
  ["EMFILE", /can't be listened on: listen EMFILE/],
])("%s is said in words, with what to do", (code, words) => {
  expect(explainListenFailure(Object.assign(new Error(`listen ${code}`), { code }))).toMatch(words);
});
