import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { hasErrors, loadDesired } from "../../src/manifests/load-desired.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";

const ROOT = join(import.meta.dirname, "..", "..");

describe("the example repository", () => {
  test("is valid without a warning and shows pools, clusters and queues", async () => {
    const { desired, diagnostics } = await loadDesired(join(ROOT, "examples", "config-repo"));
    expect(diagnostics).toEqual([]);
    expect(desired.pools.map((pool) => pool.name)).toEqual(["dev", "prod"]);
    expect(desired.clusters.map((cluster) => `${cluster.name} in ${cluster.pool}`)).toEqual([
      "dev-us-east-1 in dev",
      "prod-us-east-1 in prod",
      "prod-us-west-2 in prod",
      "sandbox in default",
    ]);
    expect(desired.queues.map((queue) => queue.name)).toEqual(["batch", "experiments", "interactive"]);
  });

  test("asks nothing that only one generation of the control plane has", async () => {
    const { desired } = await loadDesired(join(ROOT, "examples", "config-repo"));
    const asked = desired.queues.flatMap((queue) => queue.declared);
    expect(asked).not.toEqual(expect.arrayContaining([expect.stringMatching(/^(fairness|scheduling|max_.*)$/)]));
    expect([...desired.queues, ...desired.clusters].map((object) => object.state)).not.toContain("drained");
  });
});

describe("the example repository of Flyte's clusters", () => {
  test("is valid with the warnings that its README lists, and no other", async () => {
    const folder = join(ROOT, "examples", "flyte-config-repo");
    const { diagnostics } = await loadDesired(folder);
    const readme = readFileSync(join(folder, "README.md"), "utf8");
    const listed = [...readme.matchAll(/^\| `([a-z-]+)` \| `([^`]+)` \|/gm)].map(
      ([, code, place]) => `${place} ${code}`,
    );
    expect(diagnostics.map(({ code, file, line }) => `${file}:${line} ${code}`)).toEqual(listed);
    expect(hasErrors(diagnostics)).toBe(false);
  });

  test("names every one of its files in its README", () => {
    const folder = join(ROOT, "examples", "flyte-config-repo");
    const readme = readFileSync(join(folder, "README.md"), "utf8");
    for (const file of globSync("*/*.yaml", { cwd: folder })) expect(readme).toContain(`\`${file}\``);
  });
});

describe("the reference of manifests", () => {
  test.each([
    ["manifests.md", 11],
    ["start.md", 2],
  ])("%s: its examples are one valid folder", async (document, count) => {
    const text = readFileSync(join(ROOT, "docs", document), "utf8");
    const blocks = [...text.matchAll(/^```yaml\n# (\S+)\n([\s\S]*?)^```$/gm)];
    const files = new Map(blocks.map(([, path = "", body = ""]) => [path, body]));
    expect([...files]).toHaveLength(count);
    const folder = makeTemporaryFolder();
    for (const [path, body] of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), body);
    }
    expect((await loadDesired(folder)).diagnostics).toEqual([]);
  });
});
