/**
 * The attacker writes one file of a request, or of one target, in any shape that fits into 1 MB. It is parsed, checked, sealed, planned and
 * rendered before anyone has looked at it, on the one thread that serves every target.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { planInputOf } from "../../bench/measure-plan.ts";
import { renderChanges } from "../../src/daemon/web/page/render-changes.ts";
import { createFindings } from "../../src/manifests/desired/collect-findings.ts";
import { dropReferences } from "../../src/manifests/drop-references.ts";
import { buildLoaded, hasErrors } from "../../src/manifests/load-desired.ts";
import { parseManifests } from "../../src/manifests/parse-manifests.ts";
import type { ManifestFile } from "../../src/model/objects/manifest.ts";
import { checkSafety, completePlan } from "../../src/plan/check-safety.ts";
import { computePlan } from "../../src/plan/compute-plan.ts";
import { routeRuns } from "../../src/reconcile/route-runs.ts";
import { renderPlanForCi } from "../../src/report/plan/render-plan-for-ci.ts";
import { renderPlanText } from "../../src/report/plan/render-plan-text.ts";
import { PLAIN } from "../../src/report/text/paint.ts";
import { openBorder } from "../../src/sealing/open-border.ts";
import { sealDesired } from "../../src/sealing/seal-desired.ts";
import { sealDocuments } from "../../src/sealing/seal-documents.ts";
import { sealText } from "../../src/sealing/seal-text.ts";
import { buildLive } from "../plan/build-live.ts";
import { countLetters } from "./count-letters.ts";
import { countSteps } from "./count-steps.ts";

const EXAMPLE = join(import.meta.dirname, "../../examples/flyte-config-repo/flyte-clusters/values-override.yaml");
const VALUES = readFileSync(EXAMPLE, "utf8").replaceAll(/<your-dataplane(\d)-kubeapi-endpoint>/g, "d$1.example.com");

/** All that happens to a file: what is wrong with it, or the plan of it in each form. */
function goThrough(files: readonly ManifestFile[]): void {
  const loaded = buildLoaded({ files, diagnostics: [] }, { org: "acme" });
  if (hasErrors(loaded.diagnostics)) return;
  const declared = dropReferences(loaded.desired);
  const { vault } = openBorder({
    key: Buffer.alloc(32, 7),
    patterns: [],
    desired: [declared],
    owned: [],
    remembered: {},
  });
  const desired = sealDesired(declared, vault);
  sealDocuments(
    loaded.manifests.map(({ source, body }) => ({ ...source, address: "flyte_clusters.main", body: body as never })),
    vault,
  );
  const delivered = Object.fromEntries(
    desired.flyte_clusters.map(({ name, files: texts }) => [
      name,
      Object.fromEntries(texts.map(({ path, text }) => [path, text.replace("v", "w")])),
    ]),
  );
  const input = planInputOf(desired, buildLive({ generation: "2026-11", delivered }));
  const computed = routeRuns(computePlan(input), input);
  const plan = completePlan(computed.body, checkSafety(computed, []), []);
  String(renderPlanText(plan, PLAIN));
  renderPlanForCi(plan);
  String(renderChanges(plan, []));
}

/** Steps of the program, and letters that the engine goes through within one of them. */
async function measure(files: readonly ManifestFile[]): Promise<number> {
  let letters = 0;
  const steps = await countSteps(() => {
    letters = countLetters(() => goThrough(files));
  });
  return steps + letters;
}

/** Lines of about `letters` characters in all. */
function fill(letters: number, line: (index: number) => string): string {
  const lines: string[] = [];
  for (let [index, length] = [0, 0]; length < letters; index += 1) {
    lines.push(line(index));
    length += line(index).length + 1;
  }
  return lines.join("\n");
}

const inline = (letters: number, entry: (index: number) => string) => fill(letters, entry).replaceAll("\n", ", ");
const long = (letters: number) => "a".repeat(letters);
/** As long as a path may be. */
const LONG = long(2_000);

/** Mappings of about `letters` characters: what makes each of them special, over and over. */
const SHAPES: Readonly<Record<string, (letters: number) => string>> = {
  "one long key above many values": (n) => `? ${long(n / 2)}\n: {${inline(n / 2, (i) => `k${i}: v`)}}`,
  "a long key and a lone anchor": (n) => `? ${long(n / 2)}\n: {z: &q v, ${inline(n / 2, (i) => `k${i}: v`)}}`,
  "a key as long as may be above many values": (n) => `? ${LONG}\n: {${inline(n, (i) => `k${i}: v`)}}`,
  "a key as long as may be above many anchors": (n) => `? ${LONG}\n: {${inline(n, (i) => `k${i}: &a${i} v`)}}`,
  "a key as long as may be above many tags": (n) => `? ${LONG}\n: {${inline(n, (i) => `k${i}: !t v`)}}`,
  "a key as long as may be above one key again and again": (n) => `? ${LONG}\n: {${inline(n, () => "k: v")}}`,
  "a key as long as may be above many secrets": (n) => `? ${LONG}\n: {${inline(n, (i) => `password${i}: vv`)}}`,
  "a key as long as may be above a text with many secrets": (n) =>
    `? ${LONG}\n: |\n${fill(n, (i) => `  password${i}=vvvv`)}`,
  "a key as long as may be above a text that is nearly YAML": (n) => `? ${LONG}\n: |\n${fill(n, () => "  k: v: [")}`,
  "a key as long as may be above many texts": (n) =>
    `? ${LONG}\n: {${inline(n, (i) => `k${i}: "token: v\\npassword: v"`)}}`,
  "many long keys": (n) => fill(n, (i) => `? ${long(1_500)}${i}\n: v`),
  "many keys": (n) => fill(n, (i) => `k${i}: v`),
  "many numbers as keys": (n) => fill(n, (i) => `${i}: v`),
  "one key again and again": (n) => fill(n, () => "k: v"),
  "mappings within mappings": (n) => fill(n, (i) => `k${i}: ${"{a: ".repeat(80)}v${"}".repeat(80)}`),
  "lists within lists": (n) => fill(n, (i) => `k${i}: ${"[".repeat(80)}v${"]".repeat(80)}`),
  "more levels than may be": (n) => `k: ${"[".repeat(n / 2)}${"]".repeat(n / 2)}`,
  "empty keys": (n) => `a: b\n${fill(n, () => "?")}`,
  "empty keys in brackets": (n) => `a: {${inline(n, () => "?")}}`,
  "empty entries": (n) => `a:\n${fill(n, () => "-")}`,
  "empty values": (n) => fill(n, (i) => `k${i}:`),
  "names and values of one mapping": (n) => `${fill(n / 2, () => "name: a")}\n${fill(n / 2, () => "value: b")}`,
  "keys and values of one mapping": (n) => `${fill(n / 2, () => "key: a")}\n${fill(n / 2, () => "value: b")}`,
  "kinds of one mapping": (n) => `${fill(n / 2, () => "kind: Secret")}\n${fill(n / 2, () => "data: {a: bbbb}")}`,
  "a list item with a long name": (n) => `list:\n- name: ${long(n / 2)}\n  rest: {${inline(n / 2, (i) => `k${i}: v`)}}`,
  "a secret with a long name": (n) =>
    `password:\n- name: ${long(n / 2)}\n  value: {${inline(n / 2, (i) => `k${i}: v`)}}`,
  "a list of named items": (n) => `list:\n${fill(n, (i) => `- {name: n${i}, value: v}`)}`,
  "named items within named items": (n) =>
    fill(n, (i) => `k${i}: ${`[{name: ${long(40)}, value: `.repeat(30)}v${"}]".repeat(30)}`),
  "flags of secrets": (n) => `args: [${inline(n, () => '"--password", v')}]`,
  "an alias again and again": (n) => `a: &x v\nb: [${inline(n, () => "*x")}]`,
  "anchors without an alias": (n) => fill(n, (i) => `k${i}: &a${i} v`),
  "unknown tags": (n) => fill(n, (i) => `k${i}: !t v`),
  "merge keys": (n) => fill(n, () => "<<: {a: b}"),
  "collections as keys": (n) => fill(n, (i) => `? [a${i}]\n: v`),
  comments: (n) => `a: b\n${fill(n, (i) => `# password: v${i}`)}`,
  "comments between values": (n) => fill(n, (i) => `k${i}: v # token: v${i}`),
  "a line of signs": (n) => `a: "${long(10)}${"=:".repeat(n / 2)}"`,
  "a line of hashes": (n) => `a: "${" #".repeat(n / 2)}"`,
  "assignments of secrets": (n) => `a: |\n${fill(n, (i) => `  DB_PASSWORD=v${i}`)}`,
  "templates in text": (n) => `a: |\n${fill(n, (i) => `  {{ if .a }}k${i}: {{ .v }}{{ end }}`)}`,
  "open templates": (n) => `a: |\n${fill(n, () => "  {{ {{ a")}`,
  "texts with escapes": (n) => fill(n, (i) => `k${i}: "a\\nb: v\\n"`),
  "many short texts": (n) => fill(n, (i) => `k${i}: |\n  a: b\n  password: v`),
  "tokens by their form": (n) => fill(n, (i) => `k${i}: ghp_${String(i).padStart(36, "x")}`),
  "values that are spelled as sealed": (n) => fill(n, (i) => `k${i}: "(sensitive value ${i})"`),
  "no YAML": (n) => fill(n, () => "a: [b"),
  "blank lines": (n) => `a: b${"\n".repeat(n)}c: d`,
};

const indent = (text: string, by: number) => text.replaceAll(/^(?=.)/gm, " ".repeat(by));
const extra = (value: string): ManifestFile[] => [
  { path: "flyte-clusters/v.yaml", text: `${VALUES}\nextra:${value}\n` },
];

const WAYS: Readonly<Record<string, (body: string) => readonly ManifestFile[]>> = {
  "as values": (body) => extra(`\n${indent(body, 2)}`),
  "in a text": (body) => extra(`\n  t: |\n${indent(body, 4)}`),
  "in a comment of a text": (body) => extra(`\n  t: |\n    a: b\n${indent(body.replaceAll(/^/gm, "# "), 4)}`),
  "as settings": (body) => [
    { path: "settings/s.yaml", text: `scope: {domain: dev}\nsettings:\n  annotations:\n${indent(body, 4)}\n` },
  ],
};

/** More than any bound of a path, so that both texts are on the same side of it. */
const LETTERS = 9_000;

// What is compiled on first use is no part of a file's length.
beforeAll(() => {
  for (const way of Object.values(WAYS))
    for (const shape of ["many keys", "unknown tags"]) goThrough(way(SHAPES[shape]?.(100) ?? ""));
});

describe.each(Object.keys(SHAPES))("a file of twice the length takes about twice as long: %s", (shape) => {
  test.each(Object.keys(WAYS))("%s", async (way) => {
    const draw = (letters: number) => WAYS[way]?.(SHAPES[shape]?.(letters) ?? "") ?? [];
    const once = await measure(draw(LETTERS));
    expect(await measure(draw(2 * LETTERS))).toBeLessThan(2.25 * once);
  });
});

test("mistakes that are found now in one file and then in another are located as fast as file by file", async () => {
  const file = (name: string) => ({
    path: `queues/${name}.yaml`,
    text: fill(4_000, (i) => `kind: Queue\nname: ${name}${i}\nrun_concurrency: 1\naction_concurrency: 1\n---`),
  });
  const report = (turn: (index: number) => number) => {
    const { manifests } = parseManifests([file("a"), file("b")]);
    return countSteps(() => {
      const findings = createFindings();
      for (let index = 0; index < manifests.length; index += 1) {
        const manifest = manifests[turn(index)];
        if (manifest === undefined) continue;
        findings.report("unknown-reference", { manifest, path: ["name"], describe: () => ({ summary: "" }) });
      }
      expect(findings.listDiagnostics().length).toBeGreaterThan(100);
    });
  };
  const inOrder = await report((index) => index);
  expect(await report((index) => (index % 2 === 0 ? index / 2 : 60 + (index - 1) / 2))).toBeLessThan(2 * inOrder);
});

describe("what is too long for its paths", () => {
  const find = (text: string) =>
    buildLoaded({ files: [{ path: "settings/s.yaml", text }], diagnostics: [] }, { org: "acme" }).diagnostics.map(
      ({ code, line, column }) => `${code} ${line}:${column}`,
    );
  const head = "kind: Settings\nscope: {domain: dev}\n";

  test("is refused at the key with which it becomes too long, and nothing else of its document is read", () => {
    const values = inline(10_000, (i) => `k${i}: &a${i} v`);
    expect(find(`${head}unknown: 1\nextra:\n  ? ${long(3_000)}\n  : {${values}}\n`)).toEqual(["path-too-long 5:5"]);
    expect(find(`${head}unknown: 1\nextra:\n  ? '${long(3_000)}'\n  : {k: *x}\n`)).toEqual(["path-too-long 5:5"]);
  });

  test("is refused where each path is short enough, and all of them together are not", () => {
    const lines = Array.from({ length: 12_000 }, (_, index) => `    k${index}: v\n`).join("");
    expect(find(`${head}extra:\n  ? ${LONG}\n  :\n${lines}`)).toEqual([
      expect.stringMatching(/^path-too-long [0-9]{4}:5$/),
    ]);
  });

  test("hides no other document of the file", () => {
    expect(find(`${head}extra: {? ${long(3_000)} : v}\n---\nkind: Settings\nscope: {domain: ""}\n`)).toEqual([
      "path-too-long 3:11",
      expect.stringContaining(" 6:"),
    ]);
  });

  const seal = (text: string) => {
    const { vault } = openBorder({ key: Buffer.alloc(32, 7), patterns: [], desired: [], owned: [], remembered: {} });
    return sealText({ address: "flyte_clusters.main", path: "a.yaml", text }, vault);
  };

  test("is sealed as a whole where it is embedded", () => {
    const values = (count: number) => inline(count * 10, (i) => `k${i}: shown${i}`);
    for (const body of [`? ${long(5_000)}\n: {${values(10)}}`, `? ${LONG}\n: {${values(20_000)}}`]) {
      const sealed = seal(`a: b\nt: |\n${indent(body, 2)}\nz: seen\n`);
      expect(sealed).toContain("z: seen");
      expect(sealed).not.toContain("shown");
    }
  });

  test("hides no secret behind a name", () => {
    const many = (name: string) => `${name}: a\n`.repeat(40);
    for (const field of ["name", "key"]) {
      expect(seal(`a: b\nt: |\n${indent(`${many(field)}${field}: DB_PASSWORD\nvalue: canary`, 2)}\n`)).not.toContain(
        "canary",
      );
      expect(seal(`list:\n- {${field}: ${long(9_000)}_PASSWORD, value: canary}\n`)).not.toContain("canary");
    }
    expect(seal(`list:\n- {name: ${long(9_000)}, value: seen}\n`)).toContain("value: seen");
  });
});
