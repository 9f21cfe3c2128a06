import fc from "fast-check";
import { expect, test } from "vitest";
import type { FolderConfig, TargetConfig } from "../../../src/model/daemon/daemon-config.ts";
import type { TargetState } from "../../../src/model/daemon/daemon-records.ts";
import { nameTargetPlace, type TargetPlace } from "../../../src/reconcile/name-target-place.ts";
import { findHere, findLastApplied, findStart, isElsewhere, showState } from "../../../src/reconcile/pass/find-here.ts";
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
  const state = { ...makeFormer(), place: "elsewhere", begun: { revision: "a", objects: ["cluster.c1"], run: null } };
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
