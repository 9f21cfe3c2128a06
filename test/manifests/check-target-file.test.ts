import { describe, expect, test } from "vitest";
import { checkTargetFile, type ReadFor, splitTargetFiles } from "../../src/manifests/check-target-file.ts";
import { UNKNOWN_ORG } from "../../src/manifests/name-object.ts";
import { TARGET_FILE } from "../../src/manifests/scaffold/scaffold-repository.ts";

const check = (text: string, readFor: ReadFor) => checkTargetFile({ path: TARGET_FILE, text }, readFor);
const codes = (text: string, readFor: ReadFor) => check(text, readFor).map(({ code }) => code);
const HERE: ReadFor = { org: "acme", target: "production" };

describe("a target file", () => {
  test("refuses another target and another organization, each at its place", () => {
    expect(check("# Staging's.\ntargets: [staging, dev]\norg: other\n", HERE)).toMatchObject([
      {
        ...{ code: "other-target", severity: "error", file: TARGET_FILE, line: 2, column: 10 },
        summary: 'This folder is for targets "staging", "dev", but was read for target "production"',
      },
      {
        ...{ code: "other-target", line: 3, column: 6 },
        summary: 'This folder is for organization "other", but was read for organization "acme"',
      },
    ]);
    expect(check("org: acme\n", { org: "", target: "production" })[0]?.summary).toContain("read for no organization");
  });

  test("allows what it names, what it does not name, and what is not known", () => {
    expect(codes("targets: [staging, production]\norg: acme\n", HERE)).toEqual([]);
    expect(codes("org: acme\n", HERE)).toEqual([]);
    expect(codes("targets: [staging]\norg: other\n", { org: UNKNOWN_ORG })).toEqual([]);
    expect(codes("targets: [staging]\n", { org: "acme" })).toEqual([]);
    expect(codes("# targets: [staging]\n", HERE)).toEqual([]);
    expect(codes("---\n---\n", HERE)).toEqual([]);
  });

  test("is refused where it can't be read as one, and whatever it then allows", () => {
    expect(codes("target: production\n", HERE)).toEqual(["unknown-field"]);
    expect(codes("targets: production\n", HERE)).toEqual(["wrong-type"]);
    expect(codes("- production\n", HERE)).toEqual(["not-a-mapping"]);
    expect(codes("targets: [production\n", HERE)).toEqual(["yaml-syntax"]);
    expect(codes("targets: [production]\ntargets: [staging]\n", HERE)).toContain("yaml-duplicate-key");
    expect(codes("targets: []\n", HERE)).not.toEqual([]);
    expect(codes("org: acme\n---\norg: other\n", HERE)).toEqual(["other-target"]);
  });

  test("is told apart from manifests by its name, at the root or below it", () => {
    const paths = [
      "poolkeeper.target.yaml",
      "a/poolkeeper.target.yml",
      "pools/poolkeeper.target.old.yaml",
      "pools/a.yaml",
    ];
    const { targetFiles, manifests } = splitTargetFiles(paths.map((path) => ({ path, text: "" })));
    expect(targetFiles.map(({ path }) => path)).toEqual(paths.slice(0, 2));
    expect(manifests.map(({ path }) => path)).toEqual(paths.slice(2));
  });
});
