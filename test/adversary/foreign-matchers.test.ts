/**
 * The attacker writes texts that are looked through, and some of what is looked for in them: a control plane that reports why a cluster is
 * unhealthy and holds settings, a server whose error is quoted, the author of a request who writes manifests with patterns of their own.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseManifests } from "../../src/manifests/parse-manifests.ts";
import { type Masked, maskCredentials } from "../../src/model/secrets/mask-credentials.ts";
import type { PathNames } from "../../src/model/secrets/match-paths.ts";
import { diffTexts } from "../../src/report/text/diff-texts.ts";
import { openBorder } from "../../src/sealing/open-border.ts";
import { sealReader } from "../../src/sealing/seal-systems.ts";
import { createIsSensitive } from "../../src/sealing/sensitive-rules.ts";
import { createAbsentControlPlane } from "../../src/systems/control-plane/absent-control-plane.ts";
import { createRedactor } from "../../src/systems/http/create-redactor.ts";
import { createWordFinder } from "../../src/systems/http/create-word-finder.ts";
import { liveCluster } from "../plan/routing/build-states.ts";
import { countSteps } from "./count-steps.ts";

/** The worst secrets for a text of one letter: all begin like it, and none is in it. */
const almost = (count: number) => Array.from({ length: count }, (_, index) => `${"a".repeat(60)}${index}b`);

describe("a text that is searched for secrets", () => {
  /** Each is in it everywhere. */
  const nested = (count: number) => Array.from({ length: count }, (_, index) => "a".repeat(index + 4));

  test.each([
    ["almost in it", almost],
    ["in it, each within the next one", nested],
  ])("takes as many steps for many secrets as for few: %s", async (_name, draw) => {
    const search = (secrets: readonly string[]) => {
      const redactor = createRedactor();
      for (const secret of secrets) redactor.add(secret);
      redactor.redact("");
      return countSteps(() => redactor.redact("a".repeat(20_000)));
    };
    expect(await search(draw(400))).toBeLessThan(2 * (await search(draw(20))));
  });

  test("takes twice the steps for twice the letters", async () => {
    const redactor = createRedactor();
    for (const secret of almost(200)) redactor.add(secret);
    redactor.redact("");
    const search = (letters: number) => countSteps(() => redactor.redact("a".repeat(letters)));
    expect(await search(40_000)).toBeLessThan(2.2 * (await search(20_000)));
  });

  test("takes about as many steps where each secret is found right before the next search as where all are at once", async () => {
    const run = (between: (redact: (text: string) => string) => void) =>
      countSteps(() => {
        const redactor = createRedactor();
        for (const secret of almost(256)) {
          redactor.add(secret);
          between(redactor.redact);
        }
        redactor.redact("a");
      });
    const together = await run(() => undefined);
    expect(await run((redact) => redact("a"))).toBeLessThan(16 * together);
  });
});

describe("why a cluster is unhealthy", () => {
  const { reader } = createAbsentControlPlane();
  const { vault } = openBorder({ key: Buffer.alloc(32, 7), patterns: [], desired: [], owned: [], remembered: {} });
  const values = Object.fromEntries(almost(500).map((value, index) => [`V${index}`, value]));
  const open = (unhealthy_reasons: readonly Masked[]) =>
    sealReader<typeof reader>(
      {
        ...reader,
        org: "acme",
        getSettings: async () => ({ version: "1", values: { environment_variables: values }, unknown: [] }),
        listClusters: async () => [liveCluster("a", "gpu", { unhealthy_reasons })],
      },
      vault,
    );

  test("is cut, and takes no more steps the longer it is", async () => {
    const read = async (letters: number) => {
      const few = Array.from({ length: letters }, () => "a");
      const { getSettings, listClusters } = open(["a".repeat(letters), ...few].map(maskCredentials));
      await getSettings({ domain: "", project: null });
      await listClusters("live");
      return countSteps(async () => {
        const [cluster] = await listClusters("live");
        expect(cluster?.unhealthy_reasons.length).toBeLessThanOrEqual(21);
        expect(cluster?.unhealthy_reasons.join("").length).toBeLessThan(9_000);
      });
    };
    expect(await read(200_000)).toBeLessThan(1.5 * (await read(20_000)));
  });

  test("shows no value of the settings, wherever it is cut", async () => {
    for (let before = 7_900; before < 16_100; before += 397) {
      const { getSettings, listClusters } = open([
        maskCredentials(`${"-".repeat(before)}${values.V7}${"-".repeat(20_000)}`),
      ]);
      await getSettings({ domain: "", project: null });
      expect((await listClusters("live"))[0]?.unhealthy_reasons[0]).not.toContain("aaaa");
    }
  });
});

describe("paths that are matched against patterns", () => {
  /** The worst patterns for a path of one letter: nearly all of each matches, wherever it begins. */
  const worst = Array.from({ length: 20 }, (_, index) => `*${"a".repeat(250)}b${index}`);
  const judge = (paths: readonly (readonly string[])[], names: Partial<PathNames> = {}) => {
    const own = new Map([["flyte_clusters", { patterns: worst, paths: [], ...names }]] as const);
    const isSensitive = createIsSensitive({ patterns: worst, own });
    isSensitive("flyte_clusters.main", []);
    return countSteps(() => {
      for (const path of paths) isSensitive("flyte_clusters.main", path);
    });
  };

  test("take twice the steps for twice the letters, and few for each", async () => {
    const few = await judge([["a".repeat(10_000), "k"]]);
    const many = await judge([["a".repeat(20_000), "k"]]);
    expect(many).toBeLessThan(2.2 * few);
    expect(many).toBeLessThan(20_000 * 2 * worst.length * 10);
  });

  test("take steps for each key once, however many values lie below it", async () => {
    const below = (count: number) => Array.from({ length: count }, (_, index) => ["a".repeat(20_000), `k${index}`]);
    expect(await judge(below(200))).toBeLessThan(2 * (await judge(below(1))));
  });

  test("take no more steps for many sealed paths than for few", async () => {
    const sealed = (count: number) => Array.from({ length: count }, (_, index) => `${"a".repeat(100)}${index}`);
    const asked = sealed(10).map((key) => [key]);
    const few = await judge(asked, { patterns: [], paths: sealed(10) });
    expect(await judge(asked, { patterns: [], paths: sealed(5_000) })).toBeLessThan(2 * few);
  });

  test("are covered as each pattern by itself covers them", () => {
    const key = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 4 });
    const pattern = fc.string({ unit: fc.constantFrom("a", "b", ".", "*"), minLength: 1, maxLength: 8 });
    const names = fc.record({
      patterns: fc.array(pattern, { maxLength: 3 }),
      paths: fc.array(pattern, { maxLength: 2 }),
    });
    fc.assert(
      fc.property(names, fc.array(fc.array(key, { maxLength: 4 }), { minLength: 1, maxLength: 5 }), (own, paths) => {
        const isSensitive = createIsSensitive({ patterns: [], own: new Map([["flyte_clusters", own]]) });
        const covers = (path: string) =>
          own.patterns.some((one) => matchesGlob(one, path) || matchesGlob(`${one}.*`, path)) ||
          own.paths.some((one) => path === one || path.startsWith(`${one}.`));
        for (const path of paths) {
          expect(isSensitive("flyte_clusters.x", path)).toBe(covers(path.join(".")));
        }
      }),
      { numRuns: 500 },
    );
  });

  test("and patterns that would take long are refused where they are written", () => {
    const find = (text: string) => {
      const { diagnostics } = parseManifests([{ path: "settings/a.yaml", text }]);
      return diagnostics.map(({ code, line, column }) => `${code} ${line}:${column}`);
    };
    const domain = "kind: Settings\nscope: {domain: dev}\n";
    const annotations = Array.from({ length: 500 }, (_, index) => `      k${index}: ${"v".repeat(2_000)}\n`).join("");
    const sensitive = `sensitive:\n${worst.map((one) => `  - "${one}"\n`).join("")}`;
    expect(find(`${domain}settings:\n  annotations:\n${annotations}`)).toEqual([]);
    expect(find(`${domain}${sensitive}settings:\n  annotations:\n${annotations}`)).toEqual([]);
    const more = worst.flatMap((one) => [0, 1, 2].map((index) => `  - "${one}${index}"\n`)).join("");
    expect(find(`${domain}${sensitive}${more}settings:\n  annotations:\n${annotations}`)).toEqual([
      "too-many-patterns 4:3",
    ]);
    expect(find(`${domain}settings:\n  annotations:\n    ${"k".repeat(1_000)}: v\n`)).toEqual([]);
    expect(find(`${domain}settings:\n  annotations:\n    ? ${"k".repeat(2_048)}\n    : v\n`)).toEqual([
      "path-too-long 5:7",
    ]);
  });
});

/** As a pattern is meant, one star after the other; slow. */
function matchesGlob(pattern: string, text: string): boolean {
  const [first = "", ...rest] = pattern;
  if (pattern === "") return text === "";
  if (first !== "*") return text.startsWith(first) && matchesGlob(rest.join(""), text.slice(1));
  return Array.from({ length: text.length + 1 }, (_, at) => text.slice(at)).some((end) =>
    matchesGlob(rest.join(""), end),
  );
}

describe("the difference of two files", () => {
  const file = (lines: number, word: string) =>
    Array.from({ length: lines }, (_, index) => `${word}${index}\n`).join("");
  const compare = (lines: number) => {
    const [before, after] = [file(lines, "a"), file(lines, "b")];
    return countSteps(() => diffTexts(before, after));
  };

  test("takes about twice the steps for twice the lines, once many of them differ", async () => {
    expect(await compare(20_000)).toBeLessThan(2.5 * (await compare(10_000)));
  });

  test("is computed once for all views of a page", async () => {
    const [before, after] = [file(5_000, "a"), file(5_000, "b")];
    const first = diffTexts(before, after);
    expect(diffTexts(before, after)).toBe(first);
    expect(diffTexts([before].join(""), [after].join(""))).toBe(first);
  });

  const few = fc.array(fc.constantFrom("a\n", "b\n", "c\n", ""), { maxLength: 30 }).map((lines) => lines.join(""));

  // So many lines are searched up to a bound, which takes as long each time.
  test.each([
    ["few", "", "", 100],
    ["more than are searched", file(1_500, "x"), file(1_500, "y"), 6],
  ])("shows each line that goes and each that comes: %s", (_many, gone, come, numRuns) => {
    fc.assert(
      fc.property(few, few, fc.boolean(), (one, other, hasEnd) => {
        const before = `same\n${one}${gone}tail${hasEnd ? "\n" : ""}`;
        const after = `same\n${other}${come}tail\n`;
        const { lines, summary } = diffTexts(before, after);
        expect(patch(before, lines)).toBe(after);
        const count = (sign: string) => lines.filter((line) => line.startsWith(sign)).length;
        expect(summary).toContain(`${count("+")} lines added, ${count("-")} removed`);
        expect(summary.includes("too many to compare")).toBe(gone !== "");
      }),
      { numRuns },
    );
  });
});

/** A text with a difference applied, hunk by hunk. */
function patch(before: string, lines: readonly string[]): string {
  const old = before.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  let [at, text] = [0, ""];
  for (const [index, line] of lines.entries()) {
    const start = /^@@ line (\d+) ->/.exec(line)?.[1];
    const end = lines[index + 1]?.startsWith("\\") ? "" : "\n";
    if (start !== undefined) while (at < Number(start) - 1) text += old[at++] ?? "";
    else if (line.startsWith("+")) text += `${line.slice(1)}${end}`;
    else if (!line.startsWith("\\")) {
      expect(old[at]).toBe(`${line.slice(1)}${end}`);
      if (line.startsWith(" ")) text += old[at] ?? "";
      at += 1;
    }
  }
  return text + old.slice(at).join("");
}

describe("live settings of a control plane, where manifests have the worst patterns", () => {
  const patterns = Array.from({ length: 200 }, (_, index) => `${"a".repeat(40)}*b*${index}x`).map((one) => `*${one}`);
  const own = new Map([["settings.acme/d", { patterns, paths: [] }] as const]);
  const ask = (keys: number) => {
    const isSensitive = createIsSensitive({ patterns: [], own }, { left: 2_000_000 });
    const key = "a".repeat(1_000);
    return Array.from({ length: keys }, (_, index) => isSensitive("settings.acme/d", ["labels", `k${index}${key}`]));
  };

  test("are matched for a while, and are sensitive where that is not enough", async () => {
    expect(ask(5).includes(true)).toBe(false);
    expect(ask(100).at(-1)).toBe(true);
    expect(await countSteps(() => ask(200))).toBeLessThan(1.3 * (await countSteps(() => ask(100))));
  });
});

describe("what a search finds", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1, maxLength: 6 });

  test("is what a search for each word by itself finds, in whatever order words are added and texts searched", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ word: letters, isSearched: fc.boolean() })),
        letters,
        fc.string(),
        (steps, ...texts) => {
          const text = texts.join("").repeat(3);
          const finder = createWordFinder();
          for (const { word, isSearched } of steps) {
            finder.add(word);
            if (isSearched) finder.find(text);
          }
          const words = steps.map(({ word }) => word);
          expect(finder.find(text)).toEqual(findOneByOne(words, text));
        },
      ),
    );
  });

  test("covers a secret that is longer than what is read of a text", () => {
    const secret = Array.from({ length: 5_000 }, (_, index) => `x${index}`).join("");
    const redactor = createRedactor();
    redactor.add(secret);
    expect(redactor.redact(`bad: ${secret}!`)).toBe("bad: ***!");
    expect(redactor.redact(`bad: ${secret.slice(0, 8_000)}`)).toBe("bad: ******");
  });

  test("is not given where more is secret than is looked for", () => {
    const redactor = createRedactor();
    for (let index = 0; index < 10; index += 1) redactor.add(`${index}`.repeat(1024 * 1024));
    expect(redactor.redact("bad: value")).toContain("withheld");
    expect(redactor.redact("")).toBe("");
  });
});

/** The union of all places of all words, those that overlap as one. */
function findOneByOne(
  words: readonly string[],
  text: string,
): readonly { readonly start: number; readonly end: number }[] {
  const places = words.flatMap((word) =>
    Array.from(text, (_letter, start) => start)
      .filter((start) => text.startsWith(word, start))
      .map((start) => ({ start, end: start + word.length })),
  );
  const joined: { start: number; end: number }[] = [];
  for (const { start, end } of places.toSorted((left, right) => left.start - right.start || right.end - left.end)) {
    const last = joined.at(-1);
    if (last !== undefined && start < last.end) last.end = Math.max(last.end, end);
    else joined.push({ start, end });
  }
  return joined;
}
