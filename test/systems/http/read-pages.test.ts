import { describe, expect, test } from "vitest";
import { OperationalError } from "../../../src/model/errors/operational-error.ts";
import { readPages } from "../../../src/systems/http/read-pages.ts";

const refusal = (code: string) => new OperationalError(code, code, { next: "stop" });
const nameOf = (record: { name: string }) => record.name;
const named = (...names: string[]) => names.map((name) => ({ name }));

describe("reading a list", () => {
  test("goes on with each token until it is empty", async () => {
    const pages: Record<string, string> = { "": "a", a: "b", b: "" };
    const asked: string[] = [];
    const records = await readPages("List", nameOf, async (limit, token) => {
      asked.push(`${limit}${token}`);
      return { records: named(`after-${token}`), token: pages[token] ?? "" };
    });
    expect(asked).toEqual(["1000", "1000a", "1000b"]);
    expect(records.map(nameOf)).toEqual(["after-", "after-a", "after-b"]);
  });

  test("takes whatever page size is given, empty pages too", async () => {
    const sizes = [3, 0, 1];
    const records = await readPages("List", nameOf, async (_, token) => {
      const at = Number(token);
      return {
        records: named(...Array.from({ length: sizes[at] ?? 0 }, (_, i) => `${at}-${i}`)),
        token: at < 2 ? `${at + 1}` : "",
      };
    });
    expect(records).toHaveLength(4);
  });

  test.each(["invalid_argument", "answer_too_large"])(
    "falls back to 100 a page on %s and stays there",
    async (code) => {
      const limits: number[] = [];
      await readPages("List", nameOf, async (limit, token) => {
        limits.push(limit);
        if (limit > 100) throw refusal(code);
        return { records: [], token: token === "" ? "next" : "" };
      });
      expect(limits).toEqual([1000, 100, 100]);
    },
  );

  test("asks for 10 a page where 100 are too large, and gives up when these are", async () => {
    const limits: number[] = [];
    const read = (fitting: number) =>
      readPages("List", nameOf, async (limit) => {
        limits.push(limit);
        if (limit > fitting) throw refusal("answer_too_large");
        return { records: [], token: "" };
      });
    await read(10);
    await expect(read(9)).rejects.toThrow("answer_too_large");
    expect(limits).toEqual([1000, 100, 10, 1000, 100, 10]);
  });

  test("gives up when 100 a page is refused too, and at once on any other failure", async () => {
    let calls = 0;
    const refuse = (code: string) => async () => {
      calls += 1;
      throw refusal(code);
    };
    await expect(readPages("List", nameOf, refuse("invalid_argument"))).rejects.toThrow("invalid_argument");
    expect(calls).toBe(2);
    await expect(readPages("List", nameOf, refuse("permission_denied"))).rejects.toThrow("permission_denied");
    expect(calls).toBe(3);
  });

  test("gives a record once when a page boundary shifts, as it was read last", async () => {
    const pages = [
      {
        records: [
          { name: "a", depth: 1 },
          { name: "b", depth: 1 },
        ],
        token: "1",
      },
      {
        records: [
          { name: "b", depth: 2 },
          { name: "c", depth: 1 },
        ],
        token: "",
      },
    ];
    const records = await readPages(
      "List",
      nameOf,
      async (_, token) => pages[Number(token)] ?? { records: [], token: "" },
    );
    expect(records).toEqual([
      { name: "a", depth: 1 },
      { name: "b", depth: 2 },
      { name: "c", depth: 1 },
    ]);
  });

  /** A list whose tokens are offsets, as flyteadmin's are; `between` runs before each page but the first. */
  const byOffset = (list: string[], between: () => void) => {
    let isFirst = true;
    return async (limit: number, token: string) => {
      if (!isFirst) between();
      isFirst = false;
      const start = Number(token);
      const records = named(...list.slice(start, start + limit));
      return { records, token: records.length < limit ? "" : `${start + records.length}` };
    };
  };
  const LETTERS = [..."abcdefghi"];

  test.each([2, 3, 4, 9, 10])(
    "leaves out nothing where tokens are offsets, %i a page, and gives each once",
    async (pageLimit) => {
      const records = await readPages(
        "List",
        nameOf,
        byOffset([...LETTERS], () => {}),
        { pageLimit },
      );
      expect(records.map(nameOf)).toEqual(LETTERS);
    },
  );

  test.each(["a", "b", "c"])("leaves out nothing that stays where %s is deleted between two pages", async (gone) => {
    const list = [...LETTERS];
    const remove = () => void (list.includes(gone) && list.splice(list.indexOf(gone), 1));
    const records = await readPages("List", nameOf, byOffset(list, remove), { pageLimit: 3 });
    expect(records.map(nameOf)).toEqual(LETTERS.filter((name) => name !== gone));
  });

  test("leaves out nothing where another one comes between two pages", async () => {
    const list = [...LETTERS];
    const add = () => void (list.includes("0") || list.unshift("0"));
    const records = await readPages("List", nameOf, byOffset(list, add), { pageLimit: 3 });
    expect(records.map(nameOf)).toEqual(expect.arrayContaining(LETTERS));
  });

  test("ends where the list changes each time that it is read, unless that is its way", async () => {
    const shrink = () => {
      const list = Array.from({ length: 100 }, (_, index) => `n${index}`);
      return byOffset(list, () => void list.splice(0, 1));
    };
    const reading = { pageLimit: 3 };
    await expect(readPages("List", nameOf, shrink(), reading)).rejects.toMatchObject({
      code: "list_changed",
      next: "retry",
    });
    expect(await readPages("List", nameOf, shrink(), { ...reading, isMoving: true })).not.toEqual([]);
  });

  test.each([
    ["the same token", (token: string) => token || "x"],
    ["tokens in a circle", (token: string) => ({ x: "y", y: "x" })[token] ?? "x"],
  ])("ends in an error when the server gives %s for ever", async (_, next) => {
    const endless = readPages("QueueService/ListQueues", nameOf, async (__, token) => ({
      records: [],
      token: next(token),
    }));
    await expect(endless).rejects.toMatchObject({ code: "paging_broken" });
    await expect(endless).rejects.toThrow(/QueueService\/ListQueues .* twice/);
  });
});
