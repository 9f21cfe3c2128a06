import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { Generation } from "../../src/model/objects/live.ts";
import { checkRest } from "./check-rest.ts";
import { checkKept } from "./check-world.ts";
import { checkDelivered, countTemporary, inviteFiles } from "./delivered-files.ts";
import { HOLDS, type Hold, type HoldKind, holdBack } from "./hold-back.ts";
import { countFaults, type Play, playEvent, pushWorld } from "./play-event.ts";
import { createRandom, type Random } from "./random.ts";
import { readNames } from "./read-names.ts";
import { inviteRows, readRows } from "./rows.ts";
import { type Expected, settle } from "./settle.ts";
import { setStage } from "./stage.ts";
import { areSame, inviteStrangers, lookAtStrangers } from "./strangers.ts";
import { findDoubleCreates, isOurs, listRefused, readWrite, type Write } from "./watch-journal.ts";
import { checkRoutes, watchRoutes } from "./watch-routes.ts";
import { createWorld } from "./world.ts";

/** A run of events on one stage. */
export interface Segment {
  readonly seed: number;
  readonly generation: Generation;
  readonly store: "sqlite" | "postgres";
  /** Its manifests leave all states alone. */
  readonly ignores_states: boolean;
  /** No other user changes anything, and drift is reported alone: all that differs is the daemon's own. */
  readonly is_alone: boolean;
  readonly events: number;
  /** Where its files are. */
  readonly folder: string;
}

/** Something that is not as it has to be. Seed and step repeat it, as far as moments do. */
export interface SoakFailure extends Omit<Segment, "events" | "folder" | "ignores_states" | "is_alone"> {
  /** The event after which it was found, from 1. */
  readonly step: number;
  /** What happened since the daemon was last at rest. */
  readonly events: readonly string[];
  readonly problems: readonly string[];
  /** What was written since. */
  readonly writes: readonly string[];
}

export interface SegmentResult {
  readonly counts: Readonly<Record<string, number>>;
  readonly events: number;
  readonly rests: number;
  readonly failure: SoakFailure | null;
}

/** Plays one segment until its end, or until something is wrong. */
export async function soakSegment(segment: Segment, onRest: (step: number) => void): Promise<SegmentResult> {
  const { seed, generation, store, ignores_states, is_alone } = segment;
  const random = createRandom(seed);
  const stage = await setStage(join(segment.folder, String(seed)), {
    ...{ generation, store },
    drift: is_alone ? "report" : "revert",
  });
  const play: Play = {
    ...{
      stage,
      random,
      is_alone,
      world: createWorld(generation, ignores_states),
      counts: {},
      vanished: new Set<string>(),
      pushed: [],
    },
    ...{
      head: "",
      broken: false,
      disturbed: 0,
      armed: null,
      wanted: [],
      since: [],
      told: new Set<string>(),
      names: new Map(),
      byHand: new Map(),
      seen: new Map(),
    },
  };
  try {
    await inviteStrangers(stage);
    await inviteRows(stage);
    inviteFiles(stage);
    pushWorld(play);
    for (let step = 0, rests = 0; ; rests += 1) {
      const size = step === 0 ? 0 : Math.min(1 + random.below(6), segment.events - step);
      const found = await playBurst(play, step === 0 && rests === 0 ? 0 : Math.max(size, 1));
      step += found.events.length;
      if (found.problems.length > 0) {
        return { counts: count(play), events: step, rests, failure: { seed, generation, store, step, ...found } };
      }
      onRest(step);
      if (step >= segment.events) return { counts: count(play), events: step, rests: rests + 1, failure: null };
    }
  } finally {
    play.armed?.disarm();
    await stage.close();
  }
}

function count({ counts, stage }: Play): SegmentResult["counts"] {
  const { journal } = stage.controlPlane.model;
  const files = { "temporary files left": countTemporary(stage) };
  return {
    ...counts,
    ...files,
    "daemon starts": stage.daemon.starts,
    writes: journal.length,
  };
}

type Found = Pick<SoakFailure, "events" | "problems" | "writes">;

/** Some events close together, and then rest. */
async function playBurst(play: Play, size: number): Promise<Found> {
  const { stage, random } = play;
  const { model } = stage.controlPlane;
  const before = {
    entries: model.journal.length,
    strangers: lookAtStrangers(model.state),
    rows: readRows(stage, "strangers"),
  };
  const events: string[] = [];
  play.vanished.clear();
  play.told.clear();
  const approved = new Set<string>();
  const routes = watchRoutes(model);
  const problems: string[] = [];
  const plan = play.is_alone ? null : drawHold(size, random);
  let hold: Hold | null = null;
  for (let turn = 0; turn < size; turn += 1) {
    if (turn === plan?.turn) {
      hold = await holdBack(stage, plan.kind, play.world, random);
      play.counts[`hold ${plan.kind}`] = (play.counts[`hold ${plan.kind}`] ?? 0) + 1;
      events.push(hold.told);
    }
    problems.push(...(hold?.judge() ?? []));
    const event = await playEvent(play);
    if (event.startsWith("drift")) hold?.refresh();
    events.push(event);
    await delay(random.below(4) * 100);
  }
  if (hold !== null) problems.push(...(await endHold(play, hold, approved)));
  problems.push(...(await rest(play, approved)));
  routes.end();
  // Who changes selectors and states outside makes queues lead nowhere.
  if (!events.some((event) => event.startsWith("drift")))
    problems.push(...checkRoutes(routes, play.since, play.names, play.told));
  const writes = model.journal.slice(before.entries).map(readWrite);
  if (!areSame(before.strangers, lookAtStrangers(model.state))) problems.push("a stranger's object was changed");
  if (!isDeepStrictEqual(before.rows, readRows(stage, "strangers"))) problems.push("a stranger's row was changed");
  problems.push(...judgeWrites(play, writes, approved, events));
  return { events, problems, writes: writes.map(({ method, name, outcome }) => `${method} ${name} ${outcome}`) };
}

/** Whether, when and how something is held back, and changed by hand while it is. An object and a freeze only before anything happens: else a run may be in the middle of it. */
function drawHold(size: number, random: Random): { readonly kind: HoldKind; readonly turn: number } | null {
  if (size === 0 || !random.chance(0.2)) return null;
  const kind = random.weigh(HOLDS);
  return { kind, turn: kind === "target" ? random.below(size) : 0 };
}

/** Lets the daemon come to rest as far as it may, and then go on. */
async function endHold(play: Play, hold: Hold, approved: Set<string>): Promise<readonly string[]> {
  const problems: string[] = [];
  const stuck = await come(play, play.broken ? "Invalid" : hold.expected, approved, problems);
  if (stuck !== null) problems.push(`${hold.told}: ${stuck}`);
  problems.push(...hold.judge());
  await hold.release();
  play.disturbed = Date.now();
  return problems;
}

function come(play: Play, expected: Expected, approved: Set<string>, problems: string[]): Promise<string | null> {
  const { stage, random, counts, head, disturbed, told } = play;
  return settle({ stage, random, head, expected, since: disturbed, approved, told, counts, problems });
}

/** Lets the daemon come to rest; an invalid revision must change nothing, and is corrected then. */
async function rest(play: Play, approved: Set<string>): Promise<string[]> {
  const { stage, random } = play;
  const problems: string[] = [];
  const wait = (expected: Expected) => come(play, expected, approved, problems);
  if (play.broken) {
    const stuck = await wait("Invalid");
    if (stuck !== null) return [stuck];
    const written = stage.controlPlane.model.journal.length;
    await delay(random.below(10) * 100);
    if (stage.controlPlane.model.journal.length > written)
      return ["something was written while the newest revision is invalid"];
    pushWorld(play);
  }
  const stuck = await wait("Synced");
  play.armed?.disarm();
  play.armed = null;
  for (const { method, count = 1 } of await stage.endFaults()) countFaults(play, method, -count);
  if (stuck !== null) return [stuck];
  play.world.renamed = false;
  const names = await readNames(stage);
  problems.push(...checkDelivered(stage, play.world, play.seen, play.byHand));
  problems.push(...checkKept(play.wanted, play.names, names, play.vanished));
  play.since = play.wanted.splice(0, play.wanted.length, structuredClone(play.world));
  play.names = names;
  return [...problems, ...(await checkRest(stage, play.world))];
}

function judgeWrites(
  { vanished, counts }: Play,
  writes: readonly Write[],
  approved: ReadonlySet<string>,
  events: readonly string[],
): readonly string[] {
  const tell = ({ method, name, outcome, message }: Write) => `${method} ${name}: ${outcome} ${message}`;
  const refused = listRefused(writes);
  counts.refused = (counts.refused ?? 0) + refused.length;
  // Who pulls the rug away explains a refusal; without that, the planner was wrong.
  const isCalm = events.every((event) => !/^(drift|fault|killAtWrite|kill)/.test(event));
  return [
    ...writes.filter((write) => !isOurs(write)).map((write) => `written outside of what is owned: ${tell(write)}`),
    ...writes
      .filter(
        ({ destructive, outcome, name }) => destructive && outcome === "ok" && !approved.has(`${destructive} ${name}`),
      )
      .map((write) => `not approved: ${tell(write)}`),
    ...findDoubleCreates(writes, vanished).map((name) => `created twice: ${name}`),
    ...(isCalm ? refused.map((write) => `refused though nothing disturbed it: ${tell(write)}`) : []),
  ];
}
