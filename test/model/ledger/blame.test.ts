import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../../src/model/json/json.ts";
import { type Blame, type BlameInput, EMPTY_LOG, foldBlame, foldEntries } from "../../../src/model/ledger/blame.ts";
import type { ChangeEntry } from "../../../src/model/ledger/change-log.ts";
import { keepValues } from "../../../src/model/secrets/keep-values.ts";
import { makeEntry } from "../make-entry.ts";

/** Entries in their order, each in a run of its own unless it says otherwise. */
function makeLog(...sets: readonly Partial<ChangeEntry>[]): readonly ChangeEntry[] {
  return sets.map((set, index) => makeEntry({ seq: index + 1, run_id: `run-${index + 1}`, ...set }));
}

const create = (after: JsonObject, set: Partial<ChangeEntry> = {}) =>
  ({ op: "create", before: null, after, ...set }) as const;

function blame(entries: readonly ChangeEntry[], input: Partial<BlameInput> = {}): Blame | null {
  return foldBlame("queue.a", {
    log: foldEntries(EMPTY_LOG, entries),
    object: null,
    look: null,
    log_began: null,
    ...input,
  });
}

/** Each field with the number of the entry that it comes from, or the kind of its source. */
function tell(found: Blame | null): Readonly<Record<string, unknown>> {
  const fields = found?.fields.map(({ path, source }) => [
    path,
    source.kind === "written" ? source.entry.seq : source.kind,
  ]);
  return Object.fromEntries(fields ?? []);
}

describe("a field comes from", () => {
  test("the last write that made it another value, and not from one that sent it as it was", () => {
    const log = makeLog(
      create({ depth: 1, runs: 1, limits: { cpu: "1", memory: "1Gi" } }),
      { before: { depth: 1, runs: 1 }, after: { depth: 2, runs: 1 } },
      { before: { limits: { cpu: "1", memory: "1Gi" } }, after: { limits: { memory: "2Gi" } } },
      { before: { depth: 2, runs: 1 }, after: { depth: 2, runs: 3 } },
    );
    expect(tell(blame(log))).toEqual({ depth: 2, runs: 4, "limits.memory": 3 });
  });

  test("before the log began, where no entry made it so", () => {
    const log = makeLog({ before: { depth: 1, runs: 1 }, after: { depth: 2, runs: 1 } });
    const object = { address: "queue.a", physical_name: "a", applied: { depth: 2, runs: 1, fairness: "x" } } as const;
    expect(tell(blame(log, { object }))).toEqual({ depth: 1, runs: "before_log", fairness: "before_log" });
    expect(tell(blame([], { object }))).toEqual({ depth: "before_log", runs: "before_log", fairness: "before_log" });
  });

  test("the write that made the object, where none has named it since", () => {
    const object = { address: "queue.a", physical_name: "a", applied: { depth: 2, fairness: "x" } } as const;
    expect(tell(blame(makeLog(create({ depth: 2 })), { object }))).toEqual({ depth: 1, fairness: 1 });
  });

  test("the write that made it so, where the log kept of it what it is known by, or the try of it that has its values", () => {
    const long = "x".repeat(100_000);
    const kept = [keepValues({ depth: 1, note: long }), keepValues({ labels: { a: long, b: "1" } })] as const;
    const log = makeLog(
      create({ depth: 1 }),
      { before: null, after: kept[0] },
      { before: null, after: null, left_out: true, result: "unanswered" },
      { before: { ...kept[0], ...kept[1] }, after: { depth: 3, labels: { a: "2", b: "1" } } },
      { before: { depth: 3 }, after: { depth: 4, ...kept[0] } },
    );
    const applied = { depth: 1, note: long, labels: { a: "2", b: "1" } };
    const object = { address: "queue.a", physical_name: "a", applied } as const;
    expect(tell(blame(log, { object }))).toEqual({ depth: 5, note: 5, "labels.a": 4, "labels.b": 1 });
  });

  test("the revert of a drift, and from outside where a commit took the drift over", () => {
    const log = makeLog(create({ depth: 1 }), { before: { depth: 9 }, after: { depth: 1 }, decided_by: "drift" });
    expect(tell(blame(log))).toEqual({ depth: 2 });
    const object = { address: "queue.a", physical_name: "a", applied: { depth: 9 } } as const;
    expect(blame(log, { object })?.fields).toMatchObject([
      { value: 9, source: { kind: "outside", entry: { seq: 2 } } },
    ]);
  });

  test("where it came from before, though its object is renamed, or replaced by another registration", () => {
    const renamed = { address: "queue.b" } as const;
    const log = makeLog(
      create({ depth: 1, runs: 1, pool: "x" }),
      { ...renamed, before: { depth: 1 }, after: { depth: 2 } },
      create({ depth: 2, runs: 1, pool: "y" }, { ...renamed, physical_name: "a-y" }),
      { ...renamed, op: "delete", before: { depth: 2 }, after: null },
    );
    const found = foldBlame("queue.b", { log: foldEntries(EMPTY_LOG, log), object: null, look: null, log_began: null });
    expect([tell(found), found?.physical_name]).toEqual([{ depth: 2, runs: 1, pool: 3 }, "a-y"]);
  });

  test("the new object, where an object of its name was deleted before", () => {
    const log = makeLog(
      create({ depth: 1 }),
      { op: "delete", before: { depth: 1 }, after: null },
      create({ depth: 1 }),
    );
    expect(tell(blame(log))).toEqual({ depth: 3 });
    expect(blame(log.slice(0, 2))).toBeNull();
  });

  test("where it came from before, though a run wrote it temporarily", () => {
    const run_id = "moving";
    const log = makeLog(
      create({ clusters: ["*"], state: "active" }),
      { run_id, address: "cluster.c1", before: { clusters: ["*"] }, after: { clusters: ["c2"] } },
      { run_id, address: "cluster.c1", before: { clusters: ["c2"] }, after: { clusters: ["*"] } },
      { run_id, before: { clusters: ["*"] }, after: { clusters: ["c3"] } },
    );
    expect(tell(blame(log.slice(0, 3)))).toEqual({ clusters: 1, state: 1 });
    expect(tell(blame(log))).toEqual({ clusters: 4, state: 1 });
  });

  test("the write that made the object, where a run changed it temporarily and no write had named it before", () => {
    const run_id = "moving";
    const log = makeLog(
      create({ pool: "pa" }),
      { run_id, op: "drain", before: { state: "active" }, after: { state: "drained" } },
      { run_id, op: "move", before: { pool: "pa" }, after: { pool: "pb" } },
      { run_id, op: "activate", before: { state: "drained" }, after: { state: "active" } },
    );
    expect(tell(blame(log))).toEqual({ pool: 3, state: 1 });
    expect(tell(blame(log.slice(1)))).toEqual({ pool: 3, state: "before_log" });
  });

  test("nobody knows where, once an entry is withheld, until it is written again", () => {
    const log = makeLog(
      create({ depth: 1, runs: 1 }),
      { before: null, after: null, withheld: true },
      { before: { depth: 3 }, after: { depth: 4 } },
    );
    const object = { address: "queue.a", physical_name: "a", applied: { depth: 4, runs: 1 } } as const;
    expect(tell(blame(log, { object }))).toEqual({ depth: 3, runs: "withheld" });
  });

  test("a write that nobody answered, which is said, and an unanswered delete forgets nothing", () => {
    const log = makeLog(
      create({ depth: 1 }),
      { before: { depth: 1 }, after: { depth: 2 }, result: "unanswered" },
      { op: "delete", before: { depth: 2 }, after: null, result: "unanswered" },
    );
    expect(blame(log)?.fields).toMatchObject([{ source: { entry: { seq: 2, result: "unanswered" } } }]);
  });
});

describe("a look at the live object", () => {
  const log = makeLog(create({ depth: 1, labels: { a: "1" }, gone: {} }));
  const at = (minute: number) => `2026-11-01T12:0${minute}:00.000Z`;
  const lives = (look: BlameInput["look"]) =>
    blame(log, { look })?.fields.flatMap(({ path, live }) => (live === undefined ? [] : [[path, live]]));

  test("shows what differs, what is not there, and what only is there", () => {
    const live = { depth: 9, labels: { b: "2" } };
    expect(lives({ at: at(1), run_id: "look", live })).toEqual([
      ["depth", 9],
      ["labels.a", null],
      ["labels.b", "2"],
    ]);
    expect(lives({ at: at(1), run_id: "look", live: null })).toEqual([
      ["depth", null],
      ["labels.a", null],
    ]);
    expect(lives({ at: at(1), run_id: "look" })).toEqual([]);
  });

  test("says nothing where the object was written afterwards, by that very run too", () => {
    const live = { depth: 9 };
    for (const look of [
      { at: "2026-11-01T11:59:00.000Z", run_id: "look", live },
      { at: at(1), run_id: "run-1", live },
    ])
      expect([lives(look), blame(log, { look })?.looked_at]).toEqual([[], null]);
  });
});

/** What happens to one object: a write of some fields, somebody else's change, a rename, or a replacement. */
const act = fc.oneof(
  fc.record({
    kind: fc.constant("write" as const),
    fields: fc.dictionary(fc.constantFrom("x", "y", "z"), fc.nat(2), { minKeys: 1 }),
  }),
  fc.record({
    kind: fc.constant("outside" as const),
    fields: fc.dictionary(fc.constantFrom("x", "y", "z"), fc.nat(2), { minKeys: 1 }),
  }),
  fc.record({ kind: fc.constant("rename" as const) }),
  fc.record({ kind: fc.constant("replace" as const) }),
);

test("whatever happens, each field comes from the write that last made it what it is, or from nobody", () => {
  const numRuns = Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 300);
  fc.assert(
    fc.property(fc.array(act, { maxLength: 12 }), fc.nat(12), (acts, pruned) => {
      const log: ChangeEntry[] = [];
      let [address, name, place]: ["queue.a" | "queue.b", string, number] = ["queue.a", "a", 0];
      let live: Record<string, Json> = { x: 0, y: 0, z: 0 };
      // By hand: which write gave each field the value that it has now, whoever had changed it before.
      const origin = new Map<string, number | null>();
      const add = (set: Partial<ChangeEntry>) => {
        const seq = log.length + 1;
        log.push(makeEntry({ seq, run_id: `run-${seq}`, address, physical_name: name, ...set }));
        return seq;
      };
      const seq = add(create(live));
      for (const field of Object.keys(live)) origin.set(field, seq);
      for (const one of acts) {
        if (one.kind === "rename") address = address === "queue.a" ? "queue.b" : "queue.a";
        if (one.kind === "outside") {
          for (const [field, value] of Object.entries(one.fields)) if (live[field] !== value) origin.set(field, null);
          live = { ...live, ...one.fields };
        }
        if (one.kind === "write") {
          const before = Object.fromEntries(Object.keys(one.fields).map((field) => [field, live[field] ?? null]));
          const wrote = add({ before, after: one.fields });
          for (const [field, value] of Object.entries(one.fields)) if (live[field] !== value) origin.set(field, wrote);
          live = { ...live, ...one.fields };
        }
        if (one.kind === "replace") {
          // So that the new registration is of a known address.
          add({ before: {}, after: {} });
          const former = name;
          place += 1;
          name = `a-${place}`;
          add(create(live));
          add({ op: "delete", physical_name: former, before: live, after: null });
        }
      }
      const kept = log.slice(Math.min(pruned, log.length - 1));
      const object = { address, physical_name: name, applied: live };
      const found = foldBlame(address, { log: foldEntries(EMPTY_LOG, kept), object, look: null, log_began: null });
      for (const { path, source } of found?.fields ?? []) {
        const from = origin.get(path) ?? null;
        // What was pruned is told as before the log, never as somebody else's.
        const isKept = from !== null && kept.some(({ seq: number }) => number === from);
        if (isKept) expect([path, source]).toMatchObject([path, { kind: "written", entry: { seq: from } }]);
        // Of an object whose beginning was pruned, a replacement is the first that is known to have written it.
        else if (from !== null && source.kind === "written") expect(source.entry.op).toBe("create");
      }
    }),
    { numRuns, seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 1) },
  );
});
