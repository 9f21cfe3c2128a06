import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { doPlacesMeet, listWrittenPlaces } from "../../../src/daemon/config/list-written-places.ts";
import { nameDelivery } from "../../../src/systems/git/name-delivery.ts";
import { makeTemporaryFolder } from "../../set-up/make-temporary-folder.ts";

test.each([
  [
    "github.com/team/out#main",
    "https://github.com/team/out#main",
    "https://GitHub.com/team/out.git#main",
    "https://github.com:443/team//out/#main",
    "https://github.com./team/x/../%6Fut.git/#main",
    "ssh://git@github.com/team/out.git#main",
    "ssh://git@GITHUB.com:22/team/out#main",
    "git@github.com:team/out.git#main",
    "git@github.com:/team/out#main",
    "git://github.com:9418/team/out#main",
  ],
  ["github.com/team/out#poolkeeper", "https://github.com/team/out#poolkeeper"],
  ["github.com/team/Out#main", "https://github.com/team/Out#main"],
  ["git.example.com:2222/out#main", "ssh://git@git.example.com:2222/out#main"],
  ["127.0.0.1:3000/out#main", "http://127.0.0.1:3000/out.git#main"],
  // A home of their own: another place for each of them.
  ["ann@host.example.com:out#main", "ann@host.example.com:out.git#main", "ssh://ann@host.example.com/~/out#main"],
  ["bob@host.example.com:out#main", "bob@host.example.com:out#main"],
  [
    "host.example.com/srv/out#main",
    "ann@host.example.com:/srv/out#main",
    "ssh://bob@host.example.com/srv/out.git#main",
  ],
])("%s is one place of delivery, however it is spelled", (name, ...spellings) => {
  for (const spelling of spellings) expect(nameDelivery(spelling)).toBe(name);
});

test("a folder is one place by whatever path, also before it is there", () => {
  const folder = makeTemporaryFolder();
  mkdirSync(join(folder, "real"));
  symlinkSync(join(folder, "real"), join(folder, "link"));
  const names = (...spellings: readonly string[]) => new Set(spellings.map((text) => nameDelivery(text, folder)));
  const out = join(folder, "real", "out");
  const spellings = ["real/out", "./real/out/", "link/out", "link//./out", `${folder}/link/out`, "real/../link/out"];
  expect(names(...spellings)).toEqual(new Set([out]));
  mkdirSync(out);
  expect(names(...spellings)).toEqual(new Set([out]));
  expect(names("real/out", "real/other", "out")).toHaveProperty("size", 3);
});

test("a repository of this machine is one place with and without .git, and by links", () => {
  const folder = makeTemporaryFolder();
  mkdirSync(join(folder, "bare.git"));
  mkdirSync(join(folder, "work", ".git"), { recursive: true });
  symlinkSync(join(folder, "bare.git"), join(folder, "link"));
  const names = (...paths: readonly string[]) =>
    new Set(paths.map((path) => nameDelivery(`file://${folder}/${path}#b`)));
  expect(names("bare.git", "bare", "bare.git/", "link")).toEqual(new Set([`file://${folder}/bare.git#b`]));
  expect(names("work", "work/.git", "work/.git/")).toEqual(new Set([`file://${folder}/work#b`]));
  expect(nameDelivery(join(folder, "bare.git"))).toBe(join(folder, "bare.git"));
});

test("targets that write to one place of delivery in two spellings overlap", () => {
  const folder = makeTemporaryFolder();
  const keyOf = (deliver: string) => listWrittenPlaces({ deliver }, folder).map(({ key }) => key);
  expect(keyOf("./out/")).toEqual(keyOf(join(folder, "out")));
  expect(keyOf("git@github.com:team/out.git#main")).toEqual(keyOf("https://GITHUB.com/team/out#main"));
  expect(keyOf("out")).not.toEqual(keyOf("other"));
});

test("targets whose places of delivery lie within each other overlap, by whatever path", () => {
  const folder = makeTemporaryFolder();
  mkdirSync(join(folder, "out", "inner"), { recursive: true });
  mkdirSync(join(folder, "bare.git"));
  symlinkSync(join(folder, "out", "inner"), join(folder, "link"));
  const keyOf = (deliver: string) => listWrittenPlaces({ deliver }, folder)[0]?.key ?? "";
  const meet = (one: string, other: string) => {
    const found = doPlacesMeet(keyOf(one), keyOf(other));
    expect(doPlacesMeet(keyOf(other), keyOf(one))).toBe(found);
    return found;
  };
  const local = (branch: string) => `file://${folder}/bare.git#${branch}`;
  expect(meet("out", "./link/deeper")).toBe(true);
  expect(meet("/", "out")).toBe(true);
  expect(meet("out", "outside")).toBe(false);
  expect(meet(local("main"), `file://${folder}/bare#main`)).toBe(true);
  expect(meet(local("main"), local("other"))).toBe(false);
  expect(meet(".", local("main"))).toBe(true);
  expect(meet("bare.git/hooks", local("main"))).toBe(true);
  expect(meet("out", local("main"))).toBe(false);
  expect(meet("https://github.com/team/out#a", "git@github.com:team/out.git#a")).toBe(true);
  expect(meet("https://github.com/team/out#a", "https://github.com/team/out#a/b")).toBe(false);
});
