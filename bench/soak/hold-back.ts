import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { readDelivered } from "./delivered-files.ts";
import type { Random } from "./random.ts";
import { readNames } from "./read-names.ts";
import { ROW_KINDS, readRows } from "./rows.ts";
import { type Expected, nextPass } from "./settle.ts";
import { type Stage, TARGET } from "./stage.ts";
import { readWrite, type Write } from "./watch-journal.ts";
import type { World } from "./world.ts";

export const HOLDS = { object: 5, target: 2, freeze: 2 } as const;
export type HoldKind = keyof typeof HOLDS;

/** Something that may not be written to for now: one object, or everything. */
export interface Hold {
  /** For people. */
  readonly told: string;
  /** In what the daemon comes to rest meanwhile. */
  readonly expected: Expected;
  /** What was written all the same, since the last time. */
  judge(): readonly string[];
  /** Takes what is there now for what has to stay: somebody else has changed it. */
  refresh(): void;
  release(): Promise<void>;
}

/** Pauses an object or the target, or freezes it by a new configuration. What runs then has ended when this resolves. */
export async function holdBack(stage: Stage, kind: HoldKind, world: World, random: Random): Promise<Hold> {
  if (kind === "freeze") {
    stage.freeze(true);
    await restart(stage);
    return watchOver(
      stage,
      { told: "freeze", expected: "Stopped", isHeld: () => true, look: () => [...readDelivered(stage)] },
      async () => {
        stage.freeze(false);
        // A daemon that is down reads it when it is started.
        stage.daemon.signal("SIGHUP");
      },
    );
  }
  const names = await readNames(stage);
  const address = kind === "target" ? null : random.pick([...names.keys()].sort());
  await insist(stage, `/api/v1/targets/${TARGET}/pause`, { address, reason: "soak", until: null });
  await nextPass(stage, null);
  const resume = () => insist(stage, `/api/v1/targets/${TARGET}/resume`, { address });
  if (address === null) {
    const look = () => [...readDelivered(stage), ...readRows(stage, "all")];
    return watchOver(stage, { told: "pause", expected: "Stopped", isHeld: () => true, look }, resume);
  }
  const physical = names.get(address) ?? "";
  const path = world.flyte.get(address.replace("flyte_clusters.", ""))?.path;
  const look = () => [
    ...[...readRows(stage, "all")].filter(([row]) => row === address),
    ...[...readDelivered(stage)].filter(
      ([file]) => address.startsWith("flyte_clusters.") && file.startsWith(`${path}/`),
    ),
  ];
  const isHeld = (write: Write) => isOf(write, address, physical);
  await touch(stage, address, physical, path);
  return watchOver(stage, { told: `pause ${address} (${physical})`, expected: "Paused", isHeld, look }, resume);
}

/** Changes what is paused behind poolkeeper's back, where that is simple: there is something that it would set back. */
async function touch(stage: Stage, address: string, physical: string, path: string | undefined): Promise<void> {
  const kind = address.replace(/\..*/, "");
  const depth = { op: "set", kind: "queue", name: physical, path: "depth", value: 1_500 };
  const isThere = stage.controlPlane.model.state.queue.rows.get(physical)?.state === "active";
  if (kind === "queue" && isThere) await stage.disturb("POST", "/mutate", depth);
  const values = join(stage.delivered, path ?? "", "values-override.yaml");
  if (kind === "flyte_clusters" && path !== undefined && existsSync(values)) appendFileSync(values, "by: hand\n");
  const row = Object.values(ROW_KINDS).find((one) => one.kind === kind);
  const name = address.replace(`${kind}.`, "");
  if (row === undefined || !readRows(stage, "all").has(address)) return;
  const value = { op: "set", kind: "attributes", name, path: `${row.member}.${row.field}`, value: "default" };
  await stage.disturb("POST", "/mutate", value);
}

interface Watched extends Pick<Hold, "told" | "expected"> {
  readonly isHeld: (write: Write) => boolean;
  /** What no journal tells of. */
  readonly look: () => unknown;
}

function watchOver(stage: Stage, { told, expected, isHeld, look }: Watched, release: Hold["release"]): Hold {
  const { journal } = stage.controlPlane.model;
  let [mark, seen] = [journal.length, look()];
  const judge = () => {
    const written = journal.slice(mark).map(readWrite).filter(isHeld);
    const now = look();
    const other = isDeepStrictEqual(seen, now) ? [] : [`${JSON.stringify(seen)} became ${JSON.stringify(now)}`];
    [mark, seen] = [journal.length, now];
    return [...written.map(({ method, name, outcome }) => `${method} ${name} ${outcome}`), ...other].map(
      (what) => `written in spite of ${told}: ${what}`,
    );
  };
  const refresh = () => {
    seen = look();
  };
  return { told, expected, judge, refresh, release };
}

/** Whether a write is to a registration, or to settings, by what the call names. */
function isOf({ method, name }: Write, address: string, physical: string): boolean {
  const [service] = method.split("/");
  if (address.startsWith("cluster_pool.")) return service === "ClusterPoolService" && name === physical;
  if (address.startsWith("cluster.") || address.startsWith("queue."))
    return (service === "ClusterService" || service === "QueueService") && name === physical;
  if (!address.startsWith("settings.") || service !== "SettingsService") return false;
  const { org, domain, project } = JSON.parse(name);
  return [org, domain, project].filter(Boolean).join("/") === address.replace("settings.", "");
}

/** Asks until the daemon has answered. */
async function insist(stage: Stage, path: string, body: object): Promise<void> {
  for (;;) {
    await stage.daemon.ensure();
    const answer = await stage.ask<object>("POST", path, body);
    if (answer !== null && answer.status < 300) return;
    if (answer !== null && answer.status < 500) throw new Error(`${path} is refused: ${JSON.stringify(answer.body)}`);
  }
}

async function restart({ daemon }: Stage): Promise<void> {
  daemon.signal("SIGTERM");
  await daemon.ended();
  await daemon.ensure();
}
