import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readFolder } from "../../../src/manifests/folder/read-folder.ts";
import { loadDesired } from "../../../src/manifests/load-desired.ts";
import { createParseCache } from "../../../src/manifests/parse-cache.ts";
import { parseManifests } from "../../../src/manifests/parse-manifests.ts";
import { LARGEST_TEXTS } from "../../../src/model/largest-texts.ts";
import { createRevisionCache, loadRevision } from "../../../src/reconcile/source/load-revision.ts";
import { writeCaseFiles } from "../../manifests/write-case-files.ts";
import { readPushedFiles } from "../../set-up/create-git-repository.ts";
import { makeTemporaryFolder } from "../../set-up/make-temporary-folder.ts";
import { openSourceWorld } from "./source-world.ts";

const CASES = join(import.meta.dirname, "..", "..", "manifests", "cases");
const ORG = "acme";
const QUEUE = "kind: Queue\nname: q\nrun_concurrency: 1\naction_concurrency: 1\n";

/** All manifest cases as revisions of one repository, each in a folder of its own. */
function pushCases() {
  const world = openSourceWorld();
  const folder = makeTemporaryFolder();
  // Limits of reading are those of the folder, which a source has no say in.
  const situations = readdirSync(CASES)
    .toSorted()
    .filter((situation) => {
      mkdirSync(join(folder, situation));
      return Object.keys(writeCaseFiles(join(CASES, situation), join(folder, situation))).length === 0;
    });
  // What only a folder can hold: git takes no files of its own.
  const isGits = (path: string) => path.split("/").includes(".git");
  const pushed = situations
    .map((situation) => ({ situation, files: readPushedFiles(folder, situation) }))
    .filter(({ files }) => !Object.keys(files).some(isGits));
  const files = Object.assign({}, ...pushed.map((one) => one.files));
  return { ...world, folder, situations: pushed.map(({ situation }) => situation), files };
}

describe("what a revision wants", () => {
  test("is what its folder on disk wants, in each case, with and without a cache", async () => {
    const { repository, open, folder, situations, files } = pushCases();
    const id = repository.push(files);
    expect(situations.length).toBeGreaterThan(50);
    const cache = createRevisionCache();
    for (const situation of situations) {
      const present = readdirSync(join(folder, situation));
      if (present.length === 0) continue;
      const source = await open({ path: situation });
      if (situation === situations[0]) await source.fetch();
      const expected = await loadDesired(join(folder, situation), { org: ORG });
      const fresh = await loadRevision(source, id, { org: ORG, cache: createRevisionCache() });
      const shared = await loadRevision(source, id, { org: ORG, cache });
      const again = await loadRevision(source, id, { org: ORG, cache });
      expect([situation, strip(fresh)]).toEqual([situation, strip(expected)]);
      expect([situation, strip(shared)]).toEqual([situation, strip(expected)]);
      expect(again).toBe(shared);
    }
  });

  test("is the same with a cache after files changed, broke, moved and were mended", async () => {
    const { repository, open } = openSourceWorld();
    const source = await open();
    const cache = createRevisionCache();
    const steps = [
      { "queues/a.yaml": QUEUE, "queues/b.yaml": QUEUE.replace("name: q", "name: b") },
      { "queues/b.yaml": QUEUE },
      { "queues/b.yaml": "kind: Queue\nname: b\nrun_concurency: 1\n" },
      { "queues/a.yaml": null, "other/a.yaml": QUEUE },
      { "queues/b.yaml": QUEUE.replace("name: q", "name: b") },
    ];
    for (const step of steps) {
      const id = repository.push(step);
      await source.fetch();
      const fresh = await loadRevision(source, id, { org: ORG, cache: createRevisionCache() });
      expect(strip(await loadRevision(source, id, { org: ORG, cache }))).toEqual(strip(fresh));
    }
    const settings = repository.push({ "settings/s.yaml": "kind: Settings\nsettings:\n  run.default_queue: q\n" });
    await source.fetch();
    for (const org of ["one", "two"]) {
      const fresh = await loadRevision(source, settings, { org, cache: createRevisionCache() });
      expect(strip(await loadRevision(source, settings, { org, cache }))).toEqual(strip(fresh));
    }
  });
});

describe("a cache of parsed files", () => {
  test("gives the manifests of a clean file back, and of none that is wrong", async () => {
    const cache = createParseCache();
    const files = [
      { path: "queues/a.yaml", text: QUEUE },
      { path: "queues/b.yaml", text: "kind: Queue\nname: b\n" },
      { path: "queues/c.yaml", text: ":\n  - {" },
    ];
    const first = parseManifests(files, { org: ORG, cache });
    const second = parseManifests(files, { org: ORG, cache });
    expect(second.manifests[0]).toBe(first.manifests[0]);
    expect(second.manifests[1]).not.toBe(first.manifests[1]);
    expect(second.diagnostics).toEqual(first.diagnostics);
    expect(parseManifests(files, { org: "other", cache }).manifests[0]).not.toBe(first.manifests[0]);
  });

  test("does not take a file for clean whose mistakes were past the limit", () => {
    const cache = createParseCache();
    const broken = Array.from({ length: 1100 }, (_, index) => ({
      path: `queues/${index}.yaml`,
      text: "kind: Queue\n",
    }));
    parseManifests(broken, { org: ORG, cache });
    const last = broken.slice(-1);
    expect(parseManifests(last, { org: ORG, cache }).diagnostics).toEqual(
      parseManifests(last, { org: ORG }).diagnostics,
    );
  });

  test("forgets the paths that were not asked for the longest", () => {
    const cache = createParseCache({ files: 2 });
    const files = ["a", "b", "c"].map((name) => ({ path: `queues/${name}.yaml`, text: QUEUE }));
    parseManifests(files, { org: ORG, cache });
    expect(files.map((file) => cache.find(file, ORG) !== undefined)).toEqual([false, true, true]);
  });

  test("keeps the files of one target, and few others of any number of requests with files of their own", () => {
    const cache = createParseCache();
    const text = `${QUEUE}#${"x".repeat(LARGEST_TEXTS / 100)}\n`;
    const files = Array.from({ length: 300 }, (_, index) => ({ path: `queues/${index}.yaml`, text }));
    for (const file of files) cache.keep(file, ORG, []);
    const kept = files.map((file) => cache.find(file, ORG) !== undefined);
    expect(kept.lastIndexOf(false)).toBeGreaterThan(150);
    expect(kept.slice(-99)).not.toContain(false);
  });

  test("keeps less of texts whose values take more, whatever requests have", () => {
    const cache = createParseCache({ values: 570_000 });
    const list = Array.from({ length: 10_000 }, () => "{}");
    const files = Array.from({ length: 100 }, (_, index) => ({
      path: `flyte-clusters/${index}.yaml`,
      text: `configmap:\n  clusters: {}\ndelivery: { path: p${index} }\nnote: [${list.join(",")}]\n`,
    }));
    parseManifests(files, { org: ORG, cache, maxValues: 1e7, maxDelivered: 1e7 });
    const kept = files.map((file) => cache.find(file, ORG) !== undefined);
    expect(kept.filter(Boolean)).toHaveLength(14);
  });

  test("is the same for a folder on disk", async () => {
    const { files } = await readFolder(join(import.meta.dirname, "..", "..", "..", "examples"));
    const cache = createParseCache();
    parseManifests(files, { org: ORG, cache });
    const { manifests, diagnostics, claims } = parseManifests(files, { org: ORG, cache });
    const plain = parseManifests(files, { org: ORG });
    expect(manifests.map(({ kind, name, body }) => ({ kind, name, body }))).toEqual(
      plain.manifests.map(({ kind, name, body }) => ({ kind, name, body })),
    );
    expect({ diagnostics, claims }).toEqual({ diagnostics: plain.diagnostics, claims: plain.claims });
  });
});

/** Locators are functions, which compare by identity. */
function strip(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_key, nested) => (nested instanceof Set ? [...nested] : nested)));
}
