import fc from "fast-check";
import { expect, test } from "vitest";
import type { FolderConfig, TargetConfig } from "../../../src/model/daemon/daemon-config.ts";
import type { TargetState } from "../../../src/model/daemon/daemon-records.ts";
import { nameTargetPlace, type TargetPlace } from "../../../src/reconcile/name-target-place.ts";
import {
  findHere,
  findLastApplied,
  findStart,
  isElsewhere,
  renameState,
  showState,
} from "../../../src/reconcile/pass/find-here.ts";
import { makeState } from "../../daemon/notify/make-state.ts";

const CALL_MS = 1000;

/** A target with what is given. */
function configure(changes: Partial<TargetConfig["control_plane"]> = {}, path = "/manifests"): TargetPlace {
  const source: FolderConfig = { kind: "folder", path, poll_ms: 1000, jitter_ms: 0, debounce_ms: 0 };
  return {
    source,
    control_plane: {
      ...{ endpoint: "https://one.example", org: "acme", generation: null, token: null, api_key: null, ca_file: null },
      ...{
        insecure: false,
        timeout_ms: CALL_MS,
        write_timeout_ms: CALL_MS,
        max_objects: 10,
        flyteadmin: null,
        deliver: null,
        deliver_max_bytes: 512_000_000,
        scopes: [],
      },
      ...changes,
    },
  };
}

const PLACES: readonly TargetPlace[] = [
  configure(),
  configure({ endpoint: "https://two.example" }),
  configure({ org: "other" }),
  configure({ deliver: "/delivered" }),
  configure({ flyteadmin: { endpoint: "https://admin.example", token: null } }),
  configure({}, "/other"),
];

/** A state as an older release wrote it. */
function makeFormer(): TargetState {
  return makeState("Synced", { kind: "synced" }, { first_revision: "first", applied_revision: "a", heads: ["a"] });
}

test("each part of the control plane, and where the manifests are, makes another place; how it is called does not", () => {
  expect(new Set(PLACES.map(nameTargetPlace)).size).toBe(PLACES.length);
  const called = configure({ max_objects: 5, ca_file: "/ca.pem", token: { env: "TOKEN" } });
  expect(nameTargetPlace(called)).toBe(nameTargetPlace(configure()));
});

test("a state that names no place is of the one that is configured", () => {
  const state = makeFormer();
  expect(findHere(state, configure())).toEqual({ ...state, place: nameTargetPlace(configure()) });
  expect(isElsewhere(state, configure())).toBe(false);
});

test("of another place nothing is known but the first revision; people are shown the last pass all the same", () => {
  const state = {
    ...makeFormer(),
    place: nameTargetPlace(configure({}, "/other")),
    begun: { revision: "a", objects: ["cluster.c1"], run: null },
  };
  const here = findHere(state, configure());
  expect(isElsewhere(state, configure())).toBe(true);
  expect(here).toMatchObject({
    ...{
      applied_revision: null,
      heads: [],
      begun: null,
      good_revision: null,
      contests: [],
      drifted: [],
      last_pass: null,
    },
    ...{ objects: [], unreachable: [], looked_at: null },
  });
  expect([findStart(here), findLastApplied(here)]).toEqual(["first", "a"]);
  expect(showState(state, configure())).toEqual({ ...here, last_pass: state.last_pass });
});

test("whatever places a target has in turn, what is known of one is what was found there last", () => {
  const move = fc.record({ at: fc.nat(PLACES.length - 1), applied: fc.option(fc.nat(9), { nil: undefined }) });
  fc.assert(
    fc.property(fc.array(move, { minLength: 1 }), (moves) => {
      let state: TargetState | null = null;
      const known = new Map<TargetPlace, string | null>();
      for (const { at, applied } of moves) {
        const config = PLACES[at] ?? configure();
        // The first state is of the first place.
        const here: TargetState = findHere(state, config) ?? {
          ...{ ...makeFormer(), applied_revision: null, heads: [] },
          place: nameTargetPlace(config),
        };
        expect(here.applied_revision).toBe(known.get(config) ?? null);
        expect(here.heads).toEqual(here.applied_revision === null ? [] : [here.applied_revision]);
        const revision = applied === undefined ? here.applied_revision : `${applied}`;
        known.set(config, revision);
        state = { ...here, applied_revision: revision, heads: revision === null ? [] : [revision] };
      }
    }),
  );
});

const unreviewed = (commit: string) => ({ commit, request: { number: 1, title: "one" }, why: "it was a draft" });

test("under another name a target keeps all that is of its place and its branch, and nothing that was shown under the former one", () => {
  const place = nameTargetPlace(configure());
  const of: Partial<TargetState> = {
    ...{
      applied_revision: "b",
      heads: ["a", "b", "c"],
      good_revision: "c",
      drift_since: "now",
      drifted: ["queue.any"],
    },
    ...{
      begun: { revision: "c", objects: ["cluster.c1"], run: null },
      told_seq: 7,
      told_runs: ["run"],
      told_as: ["before"],
      unreviewed: [unreviewed("c")],
    },
    contests: [{ address: "queue.any", reverted_at: [], held_since: "now", changed_by: null }],
    ...{ first_revision: "a", verified: { revision: "c", under: "keys" } },
  };
  const former: TargetState = { ...makeFormer(), ...of, place, failures: 3, pinned_revision: "a" };
  const own: TargetState = { ...makeState("Waiting", { kind: "synced" }), target: "other", last_pass: null };
  expect(renameState(own, former, configure())).toEqual({
    ...{ ...own, ...of, place, former: [] },
    told_as: ["before", "production"],
  });
});

test("a target that is renamed and moved at once is as one that moved, and keeps what was known of its own former places", () => {
  const [here, there, past] = [configure(), configure({}, "/other"), configure({ deliver: "/delivered" })];
  const former: TargetState = { ...makeFormer(), place: nameTargetPlace(there), unreviewed: [unreviewed("c")] };
  const known = { ...makeFormer(), target: "other", place: nameTargetPlace(past), unreviewed: [unreviewed("d")] };
  const own = findHere(known, here);
  if (own === null) throw new Error("it was looked at");
  const state = renameState(own, former, here);
  expect([findStart(state), state.unreviewed]).toEqual(["first", []]);
  expect(findHere(state, there)).toMatchObject({ applied_revision: "a", unreviewed: [unreviewed("c")] });
  expect(findHere(state, past)).toMatchObject({ applied_revision: "a", unreviewed: [unreviewed("d")] });
});

test("what two names of a target found to be unreviewed stays so", () => {
  const place = nameTargetPlace(configure());
  const own: TargetState = { ...makeFormer(), target: "other", place, unreviewed: [unreviewed("c")] };
  const former: TargetState = { ...makeFormer(), place, applied_revision: null, unreviewed: [unreviewed("d")] };
  expect(renameState(own, former, configure())).toMatchObject({
    ...{ target: "other", applied_revision: "a" },
    unreviewed: [unreviewed("c"), unreviewed("d")],
  });
});
