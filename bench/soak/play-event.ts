import { setTimeout as delay } from "node:timers/promises";
import type { Names } from "./check-world.ts";
import type { ByHand, SeenFiles } from "./delivered-files.ts";
import { breakCalls, drift, killAfterCommits, startWork } from "./disturb.ts";
import type { Random } from "./random.ts";
import type { Stage } from "./stage.ts";
import { changeWorld, copyWorld, type World } from "./world.ts";
import { BROKEN_MANIFESTS, writeWorld } from "./write-world.ts";

/** A soak under way. */
export interface Play {
  readonly stage: Stage;
  readonly random: Random;
  readonly world: World;
  /** How often what happened. */
  readonly counts: Record<string, number>;
  /** The commit that was pushed last. */
  head: string;
  /** Whether it is invalid. */
  broken: boolean;
  /** When something was last disturbed, milliseconds since 1970. */
  disturbed: number;
  /** A kill that is still to come. */
  armed: { disarm(): void } | null;
  /** As `Segment.is_alone`. */
  readonly is_alone: boolean;
  /** What was pushed lately, oldest first: a revert goes back to one of them. */
  readonly pushed: World[];
  /** What was wanted at the last rest, and in each commit since. */
  readonly wanted: World[];
  /** The same of the rest that ended last. */
  since: readonly World[];
  /** Queues that plans named as interrupted since the last rest. */
  readonly told: Set<string>;
  /** Names on record at the last rest. */
  names: Names;
  readonly byHand: ByHand;
  readonly seen: SeenFiles;
  /** Physical names of what vanished outside since the last rest: it may have to be created again. */
  readonly vanished: Set<string>;
}

const EVENTS = {
  push: 34,
  revert: 8,
  brokenPush: 5,
  drift: 20,
  fault: 14,
  work: 8,
  killAtWrite: 8,
  kill: 3,
  restart: 2,
  reload: 2,
  repositoryGone: 2,
  databaseRestart: 2,
  deliveryGone: 2,
} as const;
type Event = keyof typeof EVENTS;

/** How many pushes a revert may go back. */
const MOST_REVERTED = 4;

/** Does one thing to the daemon, its repository, its control plane or its store. Tells what. */
export async function playEvent(play: Play): Promise<string> {
  const event = play.random.weigh(play.is_alone ? { ...EVENTS, drift: 0 } : EVENTS);
  const told = await carryOut(play, event);
  play.counts[event] = (play.counts[event] ?? 0) + 1;
  play.disturbed = Date.now();
  return `${event} ${told ?? ""}`.trim();
}

async function carryOut(play: Play, event: Event): Promise<string | null> {
  const { stage, random } = play;
  const { daemon } = stage;
  switch (event) {
    case "push": {
      const changes = Array.from({ length: 1 + random.below(3) }, () => changeWorld(play.world, random));
      for (const change of changes) play.counts[`change ${change}`] = (play.counts[`change ${change}`] ?? 0) + 1;
      pushWorld(play);
      if (random.chance(0.8)) await stage.deliver();
      return changes.join(", ");
    }
    case "revert":
      copyWorld(random.pick(play.pushed.filter((one) => keepsBuckets(one, play.world))), play.world);
      pushWorld(play);
      return null;
    case "brokenPush":
      return pushBroken(play);
    case "drift": {
      const told = await drift(stage, play, random);
      const gone = told?.startsWith("{") ? told.split(" ").filter((mutation) => mutation.includes('"delete')) : [];
      for (const mutation of gone) play.vanished.add(JSON.parse(mutation).name);
      return told;
    }
    case "fault": {
      const told = await breakCalls(stage, random);
      const { method, count } = JSON.parse(told);
      countFaults(play, method, count);
      return told;
    }
    case "work":
      return startWork(stage, random);
    case "killAtWrite": {
      const commits = 1 + random.below(4);
      play.armed?.disarm();
      play.armed = killAfterCommits(stage, commits);
      return `after ${commits} commits`;
    }
    case "kill":
      daemon.kill();
      await daemon.ended();
      return null;
    case "restart":
      daemon.signal("SIGTERM");
      await daemon.ended();
      await daemon.ensure();
      return null;
    case "reload":
      daemon.signal("SIGHUP");
      return null;
    case "repositoryGone":
      stage.hideRepository(true);
      await delay(1_500);
      stage.hideRepository(false);
      return null;
    case "deliveryGone":
      stage.hideDelivered(true);
      await delay(1_500);
      stage.hideDelivered(false);
      return null;
    case "databaseRestart":
      await stage.postgres?.halt();
      await delay(random.below(500));
      await stage.postgres?.resume();
      return null;
  }
}

/** Whether no pool gets the bucket of another one that is there: the control plane refuses that for as long as both are, and people do it in two steps. */
function keepsBuckets({ pools }: World, now: World): boolean {
  const nameOf = new Map([...now.pools].map(([name, { bucket }]) => [bucket, name]));
  return [...pools].every(([name, { bucket }]) => !now.pools.has(name) || (nameOf.get(bucket) ?? name) === name);
}

/** Counts calls that fail; those that did not come to it are taken back. */
export function countFaults({ counts }: Pick<Play, "counts">, method: string, count: number): void {
  const name = /^(Create|Update|Delete)/.test(method) ? "faulted writes" : "faulted reads";
  counts[name] = (counts[name] ?? 0) + count;
}

/** Pushes the manifests as the world wants them now. */
export function pushWorld(play: Play): void {
  play.head = play.stage.push(writeWorld(play.world));
  play.pushed.push(structuredClone(play.world));
  play.wanted.push(structuredClone(play.world));
  if (play.pushed.length > MOST_REVERTED) play.pushed.shift();
  play.broken = false;
  play.disturbed = Date.now();
}

function pushBroken(play: Play): string {
  const text = play.random.pick(BROKEN_MANIFESTS);
  changeWorld(play.world, play.random);
  play.head = play.stage.push(new Map([...writeWorld(play.world), ["queues/broken.yaml", text]]));
  play.broken = true;
  return JSON.stringify(text);
}
