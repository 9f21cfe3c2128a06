/**
 * The attacker writes texts that are searched for secrets, and some of the secrets: a control plane that reports why a cluster is unhealthy
 * and holds settings, a server whose error is quoted.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createAbsentControlPlane } from "../../src/control-plane/absent-control-plane.ts";
import { createRedactor } from "../../src/http/redact-text.ts";
import { createWordFinder } from "../../src/model/create-word-finder.ts";
import { type Masked, maskCredentials } from "../../src/model/mask-credentials.ts";
import { openBorder } from "../../src/sealing/open-border.ts";
import { sealReader } from "../../src/sealing/seal-systems.ts";
import { liveCluster } from "../routing/build-states.ts";
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
  const { vault } = openBorder({ key: Buffer.alloc(32, 7), patterns: [], desired: [], owned: [] });
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
    for (let before = 7_900; before < 16_100; before += 97) {
      const { getSettings, listClusters } = open([
        maskCredentials(`${"-".repeat(before)}${values.V7}${"-".repeat(20_000)}`),
      ]);
      await getSettings({ domain: "", project: null });
      expect((await listClusters("live"))[0]?.unhealthy_reasons[0]).not.toContain("aaaa");
    }
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
