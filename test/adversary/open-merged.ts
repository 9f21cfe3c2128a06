/** Requests that are merged and followed, and strangers who comment on them until no calls are left for that. */
import { expect } from "vitest";
import { type MonotonicClock, monotonicClock } from "../../src/store/leases/monotonic-clock.ts";
import { MOVE, queue } from "../daemon/manifests.ts";
import type { ForgedSettings, ForgedWorld } from "../daemon/open-forged-world.ts";
import { makeRounds } from "./make-rounds.ts";
import { GUARDED, openGuarded, openShown } from "./reject-request.ts";

export const MERGED = 4;
const QUIET = { settings: { ...GUARDED, repository: { poll: "24h" } } };
const MINUTE_MS = 61_000;

/** A clock that is set ahead by hand. */
function makeHandClock() {
  let ahead = 0;
  // No test goes on for a minute of its own.
  const clock: MonotonicClock = { ...monotonicClock, now: () => monotonicClock.now() / 1_000 + ahead };
  const advance = (milliseconds: number) => {
    ahead += milliseconds;
  };
  return { clock, advance };
}

/** Requests that `mona` has merged, of which the first one needs an approval, so that none is applied in full. */
export async function openMerged(given: ForgedSettings) {
  const hand = makeHandClock();
  const forged = await openGuarded({ ...QUIET, clock: hand.clock, ...given });
  const numbers: number[] = [];
  for (let index = 0; index < MERGED; index += 1) {
    const files = index === 0 ? MOVE : { [`queues/q${index}.yaml`]: queue(`q${index}`, 1) };
    numbers.push(await openShown(forged, `b${index}`, files));
  }
  let merged = "";
  for (const number of numbers) {
    await forged.untilRecorded(number);
    merged = await forged.merge(number, "mona");
  }
  await forged.daemon.untilState("AwaitingApproval", merged);
  for (const number of numbers) await forged.untilStatus(number, "apply", /^pending: needs/);
  /** As if a minute passed without a round. */
  const advance = () => {
    hand.advance(MINUTE_MS);
    forged.forge.advance(MINUTE_MS);
  };
  for (let round = 0; round < 3; round += 1) {
    advance();
    await makeRounds(forged, numbers[0] ?? 0, 1);
  }
  return { forged, numbers, advance };
}

const isList = (path: string) => /\/(pulls|merge_requests)\?/.test(path);

/** What is left of the calls without those that list requests. */
export function callsSince({ forge }: ForgedWorld, before: number): readonly string[] {
  const calls = forge.calls().slice(before);
  return calls.filter(({ path }) => !isList(path)).map(({ method, path }) => `${method} ${path}`);
}

export const isOfComments = (call: string) => /\/(comments|notes)/.test(call);

/** The look at a request with so many comments takes forty calls. */
const COMMENTS = 240;
export const PAGES = { github: { pageLimit: 6 }, gitlab: { pageLimit: 6 } };
export const PAGED = ["github", "gitlab"] as const;

/** A stranger comments on a merged request, each time in a round of its own; the calls of all of that, but for lists of requests. */
export async function flood(forged: ForgedWorld, number: number, times: number): Promise<readonly string[]> {
  const before = forged.forge.calls().length;
  for (let time = 0; time < times; time += 1) {
    forged.forge.comment(number, "stranger", `hello ${time}`);
    await makeRounds(forged, number, 1);
  }
  // The round before it is over then.
  await makeRounds(forged, number, 1);
  return callsSince(forged, before);
}

/** The same, a minute apart, until no calls are left for comments. */
export async function useUp(forged: ForgedWorld, number: number, advance: () => void): Promise<void> {
  for (let time = 0; time < COMMENTS; time += 1) forged.forge.comment(number, "stranger", "hello");
  const looks: boolean[] = [];
  while (looks.at(-1) !== false && looks.length < 8) {
    advance();
    looks.push((await flood(forged, number, 1)).some(isOfComments));
  }
  expect(looks.at(-1)).toBe(false);
  expect(await flood(forged, number, 3)).toEqual([]);
}
