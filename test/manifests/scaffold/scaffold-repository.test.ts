import { describe, expect, test } from "vitest";
import targetSchema from "../../../schemas/target.json" with { type: "json" };
import { KINDS } from "../../../src/kinds/registry.ts";
import { checkTargetFile } from "../../../src/manifests/check-target-file.ts";
import { scaffoldRepository, TARGET_FILE } from "../../../src/manifests/scaffold/scaffold-repository.ts";
import { parseDocuments } from "../../../src/manifests/yaml/parse-documents.ts";
import { readDocuments } from "../read-documents.ts";

const FILES = scaffoldRepository({ version: "1.2.3", targetSchema });
const EXAMPLES = FILES.filter(({ path }) => path.endsWith("/_example.yaml"));
const textOf = (path: string) => FILES.find((file) => file.path === path)?.text ?? "";

describe("a repository that is started", () => {
  test("has an example of each kind that declares nothing, and names a schema that is there", () => {
    expect(EXAMPLES).toHaveLength(KINDS.length);
    for (const { path, text } of EXAMPLES) {
      expect(
        parseDocuments(text).documents.filter(({ value }) => value !== null),
        path,
      ).toEqual([]);
      const schema = /^# yaml-language-server: \$schema=\.\.\/(\S+)\n/.exec(text)?.[1] ?? "";
      expect(JSON.parse(textOf(schema))).toHaveProperty("$schema");
    }
  });

  test("is valid without a warning when the comment signs are taken off", () => {
    const uncomment = (text: string) => text.split("\n\n")[1]?.replaceAll(/^# /gm, "") ?? "";
    const { diagnostics } = readDocuments(
      Object.fromEntries(EXAMPLES.map(({ path, text }) => [path, uncomment(text)])),
    );
    expect(diagnostics).toEqual([]);
  });

  test("has a target file that allows everything, and names the target and the organization once they are written in", () => {
    const text = textOf(TARGET_FILE);
    const check = (written: string) =>
      checkTargetFile({ path: TARGET_FILE, text: written }, { org: "other", target: "other" }).map(({ code }) => code);
    expect(check(text)).toEqual([]);
    expect(check(text.split("\n\n")[1]?.replaceAll(/^# /gm, "") ?? "")).toEqual(["other-target", "other-target"]);
    expect(JSON.parse(textOf(/schema=\.\/(\S+)\n/.exec(text)?.[1] ?? ""))).toEqual(targetSchema);
  });

  test.each([".github/workflows/poolkeeper.yaml", ".gitlab-ci.yml"])(
    "%s is YAML, and runs a release whose checksum is right",
    (path) => {
      const { documents, broken } = parseDocuments(textOf(path));
      expect({ documents: documents.length, broken }).toEqual({ documents: 1, broken: [] });
      expect(textOf(path)).toContain("poolkeeper 1.2.3");
      expect(textOf(path)).toContain("sha256sum --check");
      expect(textOf(path)).toMatch(/bin\/poolkeeper"? validate \./);
      expect(textOf(path)).toMatch(/bin\/poolkeeper"? plan \./);
      // Whoever takes the name on a registry gets nothing.
      expect(textOf(path)).not.toMatch(/npx|poolkeeper@/);
    },
  );

  test("gives GitHub's jobs no right but to read, and the token to the one step that plans", () => {
    const [document] = parseDocuments(textOf(".github/workflows/poolkeeper.yaml")).documents;
    expect(document?.value).toMatchObject({ permissions: { contents: "read" } });
    expect(textOf(".github/workflows/poolkeeper.yaml").match(/secrets\./g)).toHaveLength(1);
  });
});
