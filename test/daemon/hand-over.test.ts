import fc from "fast-check";
import { expect, test } from "vitest";
import { createHandover, type Replaceable } from "../../src/daemon/hand-over.ts";
import { OperationalError } from "../../src/model/errors/operational-error.ts";
import { endedEarly } from "../../src/systems/http/until-aborted.ts";

/** What works for a target under one configuration; it keeps count of what is done with it. */
interface Probe extends Replaceable {
  readonly name: string;
  readonly version: number;
  ends: number;
  closes: number;
}

/** Work under way. */
interface Running {
  readonly probe: Probe;
  /** Lets it end; resolves when it has. */
  readonly finish: () => Promise<void>;
}

const NAMES = ["a", "b", "c", "d"] as const;
const PLACES = ["x", "y", "z", "w"] as const;

type Act =
  /** Places by name; a name without one is not configured. */
  | { readonly kind: "replace"; readonly places: readonly (string | null)[] }
  | { readonly kind: "begin"; readonly name: string }
  | { readonly kind: "end"; readonly which: number };

/** No two targets of one configuration share a place. */
const layouts = fc
  .tuple(fc.shuffledSubarray([...PLACES], { minLength: 4 }), fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }))
  .map(([places, present]) => places.map((place, index) => (present[index] ? place : null)));

const acts: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constant("replace" as const), places: layouts }),
  fc.record({ kind: fc.constant("begin" as const), name: fc.constantFrom(...NAMES) }),
  fc.record({ kind: fc.constant("begin" as const), name: fc.constantFrom(...NAMES) }),
  fc.record({ kind: fc.constant("end" as const), which: fc.nat({ max: 7 }) }),
);

/** Everything that follows from what has happened so far has happened. */
const atRest = () => new Promise(setImmediate);

function open() {
  const probes: Probe[] = [];
  const taken: Probe[] = [];
  const gone: string[] = [];
  let version = 0;
  const handover = createHandover<Probe>({
    onTakenUp: (_name, probe) => void taken.push(probe),
    onGone: async (name) => void gone.push(name),
    onError: (error) => expect.fail(String(error)),
  });
  let wanted = new Map<string, Probe>();
  const running = new Set<Running>();
  const make = (name: string, place: string): Probe => {
    const probe: Probe = {
      ...{ name, version, places: [place], ends: 0, closes: 0 },
      end: () => {
        probe.ends += 1;
      },
      close: async () => {
        expect([...running].filter((run) => run.probe === probe)).toEqual([]);
        probe.closes += 1;
      },
    };
    probes.push(probe);
    return probe;
  };
  return {
    ...{ handover, probes, taken, gone, running },
    wanted: () => wanted,
    replace: (places: readonly (string | null)[]) => {
      version += 1;
      wanted = new Map(
        NAMES.flatMap((name, index) => {
          const place = places[index] ?? null;
          return place === null ? [] : [[name, make(name, place)] as const];
        }),
      );
      return handover.replace(wanted);
    },
    /** Begins a work; gives under what, or why not. */
    begin: async (name: string): Promise<Probe | "waits" | "none"> => {
      const { promise: begun, resolve: begin } = Promise.withResolvers<Probe>();
      const { promise: held, resolve: release } = Promise.withResolvers<void>();
      const finish = async () => {
        release();
        await ended;
      };
      const ended = handover
        .use(name, async (probe) => {
          const run = { probe, finish };
          running.add(run);
          begin(probe);
          await held;
          running.delete(run);
        })
        .then(
          () => "none" as const,
          (error: unknown) => {
            expect(error).toBeInstanceOf(OperationalError);
            expect(error).toMatchObject({ code: "configuration_replaced", next: "wait" });
            return "waits" as const;
          },
        );
      return Promise.race([begun, ended]);
    },
  };
}

/** Why work of a name may not begin: its own former work, or a place that something replaced still writes to. */
function isKept({ running, wanted }: ReturnType<typeof open>, name: string): boolean {
  const replaced = [...running].map(({ probe }) => probe).filter((probe) => wanted().get(probe.name) !== probe);
  const places = wanted().get(name)?.places ?? [];
  return replaced.some((probe) => probe.name === name || probe.places.some((place) => places.includes(place)));
}

function check(world: ReturnType<typeof open>): void {
  const { running, handover, wanted, probes } = world;
  const under = [...new Set([...running].map(({ probe }) => probe))];
  // No target under two configurations at once, and no two targets at one place.
  expect(new Set(under.map(({ name }) => name)).size).toBe(under.length);
  expect(new Set(under.flatMap(({ places }) => places)).size).toBe(under.length);
  for (const probe of under) expect(probe.closes).toBe(0);
  // What nothing keeps has the newest one, whatever goes on elsewhere.
  for (const [name, probe] of wanted()) {
    if (!isKept(world, name)) expect(handover.all().get(name)).toBe(probe);
  }
  const shown = new Set([...wanted().keys(), ...under.map(({ name }) => name)]);
  expect(new Set(handover.all().keys())).toEqual(shown);
  for (const probe of probes) {
    const isWanted = wanted().get(probe.name) === probe;
    const isOver = !isWanted && !under.includes(probe);
    expect([probe.name, probe.version, probe.closes]).toEqual([probe.name, probe.version, isOver ? 1 : 0]);
    // Work that goes on under what was replaced was told to end.
    if (!isWanted && under.includes(probe)) expect(probe.ends).toBeGreaterThan(0);
    if (isWanted) expect(probe.ends).toBe(0);
  }
}

test("in any order of configurations, works and their ends each target goes on as soon as it may, under one configuration at a time", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(acts, { minLength: 1, maxLength: 40 }), async (given) => {
      const world = open();
      for (const act of given) {
        if (act.kind === "replace") {
          const working = new Set([...world.running].map(({ probe }) => probe.name));
          expect(new Set(world.replace(act.places))).toEqual(working);
        } else if (act.kind === "begin") {
          const wanted = world.wanted().get(act.name);
          const expected = wanted === undefined ? "none" : isKept(world, act.name) ? "waits" : wanted;
          expect(await world.begin(act.name)).toBe(expected);
        } else {
          const run = [...world.running][act.which % Math.max(1, world.running.size)];
          await run?.finish();
        }
        await atRest();
        check(world);
      }
      await Promise.all([...world.running].map((run) => run.finish()));
      await world.handover.settled();
      check(world);
      expect(world.handover.all()).toEqual(world.wanted());
      // Each that work may begin under was told once.
      expect(new Set(world.taken).size).toBe(world.taken.length);
      expect(world.taken).toEqual(expect.arrayContaining([...world.wanted().values()]));
    }),
    { numRuns: 300, seed: 50 },
  );
});

test("what fails while it is closed is told, and the next one goes on", async () => {
  const errors: (readonly [unknown, string])[] = [];
  const handover = createHandover<Replaceable>({
    onTakenUp: () => {},
    onGone: async () => {},
    onError: (...error) => errors.push(error),
  });
  const broken = new Error("broken");
  const first = { places: ["x"], end: () => {}, close: () => Promise.reject(broken) };
  const second = { places: ["x"], end: () => {}, close: async () => {} };
  handover.replace(new Map([["a", first]]));
  handover.replace(new Map([["a", second]]));
  await handover.settled();
  expect(errors).toEqual([[broken, "a"]]);
  expect(await handover.use("a", async (one) => one)).toBe(second);
});

test("work that was ended since another configuration took its place is to be begun again; whatever else it fails of is told as it is", async () => {
  const handover = createHandover<Replaceable>({ onTakenUp: () => {}, onGone: async () => {}, onError: () => {} });
  const make = () => ({ places: ["x"], end: () => {}, close: async () => {} });
  const aborted = AbortSignal.abort();
  const failed = new OperationalError("store_failed", "It may have been stored.", { next: "wait" });
  for (const [error, code] of [
    [endedEarly(), "configuration_replaced"],
    [aborted.reason, "configuration_replaced"],
    [failed, "store_failed"],
  ] as const) {
    handover.replace(new Map([["a", make()]]));
    await handover.settled();
    const fail = Promise.withResolvers<never>();
    const work = handover.use("a", () => fail.promise);
    handover.replace(new Map([["a", make()]]));
    fail.reject(error);
    await expect(work).rejects.toMatchObject({ code });
    await handover.settled();
    await expect(handover.use("a", () => Promise.reject(error))).rejects.toBe(error);
  }
});
