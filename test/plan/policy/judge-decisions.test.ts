import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Decision } from "../../../src/model/passes/decision.ts";
import { listEarly, listStanding, type Standing } from "../../../src/plan/policy/judge-decisions.ts";

/** What plans do in the worlds below. */
const EFFECTS = ["cluster.c1 a", "cluster.c2 b", "queue.q c"] as const;

interface Request {
  head: string;
  effects: readonly string[];
  state: "open" | "closed" | "merged";
  /** Whether a comment on it says no. */
  hasNo: boolean;
  merged: string | null;
}

interface Row {
  readonly effects: readonly string[];
  readonly seq: number;
  readonly request: number | null;
  /** The revision of the branch. */
  readonly tip: string;
}

/** To which somebody said no, and for the plans of which commits somebody said yes since. */
class Noes<Of> {
  readonly #freed = new Map<Of, Set<string>>();
  reject = (of: Of) => void this.#freed.set(of, new Set());
  free = (of: Of, commit: string) => void this.#freed.get(of)?.add(commit);
  has = (of: Of, commit: string) => this.#freed.get(of)?.has(commit) === false;
  clear = () => this.#freed.clear();
}

/**
 * Requests, a branch, what is applied and what is live, with the store's decisions and approvals. `no`: what the last explicit decision about
 * was a no, kept apart from what is judged.
 */
class World {
  readonly requests = new Map<number, Request>();
  decisions: Decision[] = [];
  rows: Row[] = [];
  readonly no = { effects: new Noes<string>(), requests: new Noes<number>() };
  tip = { ids: new Set(["first"]), wanted: new Set<string>() };
  applied = new Set(["first"]);
  live = new Set<string>();
  ran = 0;
  #ids = 0;

  /** The revision of the branch. */
  get revision(): string {
    return [...this.tip.ids].at(-1) ?? "";
  }

  newId(): string {
    this.#ids += 1;
    return `id${this.#ids}`;
  }

  open(effects: readonly string[], head = this.newId()): void {
    this.requests.set(this.requests.size + 1, { head, effects, state: "open", hasNo: false, merged: null });
  }

  /** What a merge of a request, or the branch as it is, changes. */
  plan(request: Request | null): readonly string[] {
    const wanted = new Set([...this.tip.wanted, ...(request?.effects ?? [])]);
    return [...wanted].filter((effect) => !this.live.has(effect));
  }

  standing(number: number | null): readonly Standing[] {
    const request = number === null ? null : (this.requests.get(number) ?? null);
    const isWaiting = (id: string | null) => id !== null && this.tip.ids.has(id) && !this.applied.has(id);
    const present = this.decisions.filter(
      (given) =>
        isWaiting(given.head) ||
        isWaiting(given.revision) ||
        isWaiting(given.request === null ? null : (this.requests.get(Number(given.request))?.merged ?? null)),
    );
    return listStanding(this.decisions, {
      ...{ request: number === null ? null : `${number}`, head: request?.head ?? null, effects: this.plan(request) },
      revision: number === null ? this.revision : null,
      present: new Set(present.map(({ seq }) => seq)),
    });
  }

  record(given: Pick<Decision, "kind" | "request" | "head" | "revision" | "effects" | "lifts">): number {
    const seq = this.decisions.length + 1;
    // Its time says nothing: clocks jump.
    const at = new Date(((seq * 7919) % 1000) * 1000).toISOString();
    this.decisions.push({
      ...given,
      seq,
      id: `${seq}`,
      target: "prod",
      digest: null,
      by: "x",
      via: "x",
      at,
      reason: null,
    });
    return seq;
  }

  takeBack(number: number | null): Pick<Decision, "effects" | "lifts"> {
    const standing = this.standing(number);
    return {
      effects: standing.flatMap(({ effects }) => effects),
      lifts: standing.map(({ decision }) => decision.seq),
    };
  }

  reject(number: number): void {
    const request = this.requests.get(number);
    if (request === undefined) return;
    const effects = request.effects.filter((effect) => !this.live.has(effect));
    const revision = request.state === "merged" ? request.merged : null;
    request.hasNo = true;
    this.record({ kind: "reject", request: `${number}`, head: request.head, revision, effects, lifts: [] });
    if (revision !== null) this.rows = [];
    this.no.requests.reject(number);
    for (const effect of effects) this.no.effects.reject(effect);
  }

  /** By comment on an open request, else on the page. */
  approve(number: number): void {
    const request = this.requests.get(number);
    if (request?.state === "open") {
      const { head } = request;
      this.record({ kind: "approve", request: `${number}`, head, revision: null, ...this.takeBack(number) });
      this.no.requests.free(number, head);
      for (const effect of this.plan(request)) this.no.effects.free(effect, head);
    } else {
      const tip = this.revision;
      const given = { revision: tip, ...this.takeBack(null) };
      const seq = this.record({ kind: "approve", request: null, head: null, ...given });
      this.rows.push({ effects: this.plan(null), seq, request: null, tip });
      for (const [merged, { state }] of this.requests) if (state === "merged") this.no.requests.free(merged, tip);
      for (const effect of this.plan(null)) this.no.effects.free(effect, tip);
    }
  }

  push(number: number, effects: readonly string[]): void {
    const request = this.requests.get(number);
    if (request?.state !== "open") return;
    Object.assign(request, { head: this.newId(), effects });
  }

  merge(number: number, how: "merge" | "squash", byApprover: boolean): void {
    const request = this.requests.get(number);
    if (request?.state !== "open") return;
    const effects = this.plan(request);
    const id = this.newId();
    const ids = [...this.tip.ids, ...(how === "merge" ? [request.head] : []), id];
    this.tip = { ids: new Set(ids), wanted: new Set([...this.tip.wanted, ...request.effects]) };
    Object.assign(request, { state: "merged", merged: id });
    // As whoever follows the merge does: with what was given before it, or by it.
    if (this.standing(number).length > 0) return;
    const early = listEarly(this.decisions, { request: `${number}`, head: request.head }).filter(
      ({ head }) => head === request.head,
    );
    const given = early.at(-1);
    if (given === undefined && !byApprover) return;
    const mark = { effects: given?.effects ?? [], lifts: given?.lifts ?? [] };
    const seq = this.record({ kind: "approve", request: null, head: null, revision: id, ...mark });
    this.rows.push({ effects, seq, request: number, tip: id });
    // What was approved for its commit is approved for the branch that has its merge.
    for (const effect of effects) if (!this.no.effects.has(effect, request.head)) this.no.effects.free(effect, id);
    if (!this.no.requests.has(number, request.head)) this.no.requests.free(number, id);
  }

  /** A pass: what runs is what an approval covers that is later than every rejection that stands. */
  run(): void {
    const newest = this.standing(null)[0]?.decision.seq ?? 0;
    const plan = new Set(this.plan(null));
    const { revision } = this;
    for (const row of this.rows.filter(({ seq, tip }) => seq > newest && tip === revision)) {
      const running = row.effects.filter((effect) => plan.has(effect));
      this.ran += running.length;
      for (const effect of running) {
        expect(this.no.effects.has(effect, revision)).toBe(false);
        this.live.add(effect);
      }
      if (running.length > 0 && row.request !== null) expect(this.no.requests.has(row.request, revision)).toBe(false);
    }
    if (this.plan(null).length > 0) return;
    this.applied = this.tip.ids;
    this.rows = [];
  }

  /** What was said on open requests is read again; the rest is gone. */
  loseStore(): void {
    [this.decisions, this.rows] = [[], []];
    this.no.effects.clear();
    this.no.requests.clear();
    for (const [number, { state, hasNo }] of this.requests) if (state === "open" && hasNo) this.reject(number);
  }

  /** The same files under other ids. */
  amend(): void {
    this.tip = { ...this.tip, ids: new Set(["first", this.newId()]) };
  }
}

type Act = (world: World) => void;

const number = fc.integer({ min: 1, max: 4 });
const effects = fc.subarray([...EFFECTS], { minLength: 1 });
const ACTS: fc.Arbitrary<Act> = fc.oneof(
  number.map(
    (one): Act =>
      (world) =>
        world.reject(one),
  ),
  number.map(
    (one): Act =>
      (world) =>
        world.approve(one),
  ),
  fc.tuple(number, effects).map(
    ([one, wanted]): Act =>
      (world) =>
        world.push(one, wanted),
  ),
  fc.tuple(number, fc.constantFrom("merge", "squash"), fc.boolean()).map(
    ([one, how, byApprover]): Act =>
      (world) =>
        world.merge(one, how, byApprover),
  ),
  fc.tuple(number, fc.boolean()).map(
    ([one, isSameCommit]): Act =>
      (world) => {
        const request = world.requests.get(one);
        if (request !== undefined) world.open(request.effects, isSameCommit ? request.head : undefined);
      },
  ),
  number.map(
    (one): Act =>
      (world) => {
        const request = world.requests.get(one);
        if (request === undefined || request.state === "merged") return;
        request.state = request.state === "open" ? "closed" : "open";
      },
  ),
  fc.constantFrom(...EFFECTS).map(
    (effect): Act =>
      (world) => {
        const wanted = new Set([...world.tip.wanted].filter((one) => one !== effect));
        world.tip = { ids: new Set([...world.tip.ids, world.newId()]), wanted };
      },
  ),
  fc.constantFrom(...EFFECTS).map(
    (effect): Act =>
      (world) =>
        void world.live.delete(effect),
  ),
  fc.constant<Act>((world) => world.amend()),
  fc.constant<Act>((world) => world.loseStore()),
  fc.constant<Act>((world) => world.run()),
);

/** What requests wanted when they were opened, and what happens then. */
const HISTORY = [fc.array(effects, { minLength: 1, maxLength: 3 }), fc.array(ACTS, { maxLength: 25 })] as const;

function openWorld(first: readonly (readonly string[])[]): World {
  const world = new World();
  for (const wanted of first) world.open(wanted);
  return world;
}

describe("what was decided", () => {
  test("nothing runs about which the last explicit decision was a no, whatever happens in between", () => {
    let ran = 0;
    fc.assert(
      fc.property(...HISTORY, (first, acts) => {
        const world = openWorld(first);
        for (const act of acts) {
          act(world);
          world.run();
        }
        ran += world.ran;
      }),
      { numRuns: 2000 },
    );
    // It is no world in which nothing ever runs.
    expect(ran).toBeGreaterThan(100);
  });

  test("an approval after all frees the plan that it names and what drifts beside it, and the same change nowhere else", () => {
    const world = openWorld([[EFFECTS[0]], [EFFECTS[0], EFFECTS[1]]]);
    world.reject(1);
    world.approve(1);
    expect(world.standing(1)).toEqual([]);
    world.live.add(EFFECTS[2]);
    expect(world.standing(1)).toEqual([]);
    expect(world.standing(2)).toHaveLength(1);
    world.merge(1, "merge", false);
    world.run();
    expect([...world.live]).toContain(EFFECTS[0]);
    // Somebody took it back, and it comes again.
    world.live.delete(EFFECTS[0]);
    world.open([EFFECTS[0]]);
    expect(world.standing(3)).toHaveLength(1);
    world.push(2, [EFFECTS[0]]);
    expect(world.standing(2)).toHaveLength(1);
  });

  test("an approval after all of one commit of a request leaves what is pushed after it rejected", () => {
    const world = openWorld([[EFFECTS[0]]]);
    world.reject(1);
    world.approve(1);
    world.push(1, [EFFECTS[1]]);
    expect(world.standing(1)).toHaveLength(1);
  });

  test("an approval of what waits that is recorded last takes back all that stands against it", () => {
    fc.assert(
      fc.property(...HISTORY, (first, acts) => {
        const world = openWorld(first);
        for (const act of acts) act(world);
        world.open([EFFECTS[0]]);
        const last = world.requests.size;
        world.merge(last, "merge", false);
        world.approve(last);
        expect(world.standing(null)).toEqual([]);
        world.run();
        expect(world.plan(null)).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });
});
