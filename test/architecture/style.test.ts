import { describe, expect, test } from "vitest";
import { readSources } from "./read-sources.ts";

const sources = readSources();
const LINES_AT_MOST = 400;
/** Names that say nothing of what a file holds. */
const EMPTY_NAME = /(^|[/-])(utils?|helpers?|managers?|common|misc|shared|stuff)(-|\.ts$)|(^|\/)index\.ts$/;
/** What would make a plan depend on something that was not handed in. */
const IMPURE =
  /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bprocess\.|\bfetch\(|\bperformance\.|\brandomUUID\b|\bset(Timeout|Interval|Immediate)\(|\basync\b|\bPromise\b|\bconsole\./;

describe("the sources", () => {
  test(`no file is longer than ${LINES_AT_MOST} lines`, () => {
    expect(sources.filter((file) => file.lines > LINES_AT_MOST).map((file) => `${file.path}: ${file.lines}`)).toEqual(
      [],
    );
  });

  test("no file has a name that says nothing, and none but the library's door gathers the exports of others", () => {
    expect(sources.map((file) => file.path).filter((path) => EMPTY_NAME.test(path))).toEqual(["index.ts"]);
    expect(sources.filter((file) => /^export \* from/m.test(file.code)).map((file) => file.path)).toEqual([]);
  });

  test("a name stands for one file, but for a command, which has the word that users type, and a kind", () => {
    const named = sources.filter(({ path }) => !/^(cli\/commands|kinds)\//.test(path));
    const paths = Map.groupBy(named, ({ path }) => path.slice(path.lastIndexOf("/") + 1));
    expect(
      [...paths.values()].filter((same) => same.length > 1).flatMap((same) => same.map(({ path }) => path)),
    ).toEqual([]);
  });

  test("names are whole words in lower case with hyphens", () => {
    const isPlain = (path: string) => /^([a-z0-9-]+\/)*[a-z0-9-]+\.ts$/.test(path);
    expect(sources.map((file) => file.path).filter((path) => !isPlain(path))).toEqual([]);
  });

  test("there are no default exports", () => {
    expect(sources.filter((file) => /^export default\b/m.test(file.code)).map((file) => file.path)).toEqual([]);
  });

  test("no rule of the compiler or the linter is switched off", () => {
    const isSwitch = /@ts-(ignore|expect-error|nocheck)|biome-ignore/;
    expect(sources.filter((file) => isSwitch.test(file.text)).map((file) => file.path)).toEqual([]);
  });

  test("a plan, a decision and a route depend on their inputs alone: no clock, random number, environment, promise or output", () => {
    const impure = sources
      .filter((file) => file.room === "plan" && IMPURE.test(file.code))
      .map((file) => `${file.path}: ${IMPURE.exec(file.code)?.[0]}`);
    expect(impure).toEqual([]);
  });

  test("a plan and a decision take no module of Node but those that hash and compare", () => {
    const modules = sources
      .filter((file) => file.room === "plan")
      .flatMap((file) => file.imports.filter(({ target }) => target.startsWith("node:")).map(({ target }) => target));
    expect(modules.filter((name) => name !== "node:crypto" && name !== "node:util")).toEqual([]);
  });
});
