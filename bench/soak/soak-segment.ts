import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { Generation } from "../../src/model/live.ts";
import { checkRest } from "./check-rest.ts";
import { type Play, playEvent, pushWorld } from "./play-event.ts";
import { createRandom } from "./random.ts";
import { inviteRows, readRows } from "./rows.ts";
import { settle } from "./settle.ts";
import { setStage } from "./stage.ts";
import { areSame, inviteStrangers, lookAtStrangers } from "./strangers.ts";
import { findDoubleCreates, isOurs, listRefused, readWrite, type Write } from "./watch-journal.ts";
import { createWorld } from "./world.ts";

/** A run of events on one stage. */
export interface Segment {
  readonly seed: number;
  readonly generation: Generation;
  readonly store: "sqlite" | "postgres";
  readonly events: number;
  /** Where its files are. */
  readonly folder: string;
}

/** Something that is not as it has to be. Seed and step repeat it, as far as moments do. */
export interface SoakFailure extends Omit<Segment, "events" | "folder"> {
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
  const { seed, generation, store } = segment;
  const random = createRandom(seed);
  const stage = await setStage(join(segment.folder, String(seed)), { generation, store });
  const play: Play = {
    ...{ stage, random, world: createWorld(generation), counts: {}, vanished: new Set<string>(), pushed: [] },
    ...{ head: "", broken: false, disturbed: 0, armed: null },
  };
  try {
    await inviteStrangers(stage);
    await inviteRows(stage);
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
  return { ...counts, "daemon starts": stage.daemon.starts, writes: stage.controlPlane.model.journal.length };
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
  for (let turn = 0; turn < size; turn += 1) {
    events.push(await playEvent(play));
    await delay(random.below(4) * 100);
  }
  const approved = new Set<string>();
  const problems = await rest(play, approved);
  const writes = model.journal.slice(before.entries).map(readWrite);
  if (!areSame(before.strangers, lookAtStrangers(model.state))) problems.push("a stranger's object was changed");
  if (!isDeepStrictEqual(before.rows, readRows(stage, "strangers"))) problems.push("a stranger's row was changed");
  problems.push(...judgeWrites(play, writes, approved, events));
  return { events, problems, writes: writes.map(({ method, name, outcome }) => `${method} ${name} ${outcome}`) };
}

/** Lets the daemon come to rest; an invalid revision must change nothing, and is corrected then. */
async function rest(play: Play, approved: Set<string>): Promise<string[]> {
  const { stage, random, counts } = play;
  const wait = (expected: "Synced" | "Invalid") =>
    settle({ stage, random, head: play.head, expected, since: play.disturbed, approved, counts });
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
  await stage.disturb("DELETE", "/faults");
  if (stuck !== null) return [stuck];
  return [...(await checkRest(stage))];
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
  const isCalm = events.every((event) => /^(push|brokenPush|work|reload|restart)/.test(event));
  return [
    ...writes.filter((write) => !isOurs(write)).map((write) => `written outside of what is owned: ${tell(write)}`),
    ...writes
      .filter(({ destructive, outcome, name }) => destructive && outcome === "ok" && !approved.has(name))
      .map((write) => `not approved: ${tell(write)}`),
    ...findDoubleCreates(writes, vanished).map((name) => `created twice: ${name}`),
    ...(isCalm ? refused.map((write) => `refused though nothing disturbed it: ${tell(write)}`) : []),
  ];
}
