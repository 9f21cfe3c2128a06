import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import {
  type FormerPlace,
  formatForget,
  nameFormerPlace,
  readFormerPlace,
} from "../../../src/model/ledger/former-place.ts";

const PLACES: readonly FormerPlace[] = [
  { place: "https://flyteadmin.example.com" },
  { place: "https://union.example.com", org: "acme" },
  { place: "https://union.example.com", org: "a (organization b)" },
  { place: "git.example.com/acme/clusters#main" },
  { place: "/srv/it's here/$HOME; echo `id`" },
  { place: "/srv/clusters (organization acme)" },
];

test.each(PLACES)("a former place is one of those that its name stands for: %j", (place) => {
  expect(readFormerPlace(nameFormerPlace(place))).toContainEqual(place);
});

test.each(PLACES)("the command that gives up a place gives a shell its name as one word: %j", (place) => {
  const name = nameFormerPlace(place);
  const script = `poolkeeper() { printf '%s\\n' "$@"; }; ${formatForget(name)}`;
  const words = execFileSync("sh", ["-c", script], { encoding: "utf8" }).trimEnd().split("\n");
  expect(words).toEqual(["forget", name, "--store", "STORE"]);
});
