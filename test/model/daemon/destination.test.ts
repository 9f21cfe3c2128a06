import { expect, test } from "vitest";
import { readDestination, writeDestination } from "../../../src/model/daemon/destination.ts";

test.each([
  [null, { kind: "stay" }],
  ["", { kind: "follow" }],
  ["4f2a9c8", { kind: "pin", revision: "4f2a9c8" }],
])(
  "what is written as %j in requests and in stores is one destination, and is written like that again",
  (text, destination) => {
    expect(readDestination(text)).toEqual(destination);
    expect(writeDestination(readDestination(text))).toBe(text);
  },
);
