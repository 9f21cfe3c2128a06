import type { JsonValue } from "@bufbuild/protobuf";
import type { JournalEntry } from "../../src/embedded/create-model.ts";
import { CLUSTERS, POOLS, QUEUES } from "./world.ts";

/** What a write did, to which object. */
export interface Write {
  readonly method: string;
  /** Physical name; a scope for settings. */
  readonly name: string;
  readonly outcome: string;
  readonly message: string;
  /** Whether it takes something out of service, away, or elsewhere. */
  readonly destructive: boolean;
}

/** Reads an entry of the control plane's journal. */
export function readWrite({ method, request, outcome, message }: JournalEntry): Write {
  // Rows have their own judge: what they say at rest.
  const isDrain =
    /UpdateQueueState|UpdateClusterState/.test(method) && !String(field(request, "state")).endsWith("ACTIVE");
  const destructive = isDrain || /\/(Delete|DeleteQueue|DeleteCluster|UpdateCluster)$/.test(method);
  return { method, name: readName(method, request), outcome, message, destructive };
}

function readName(method: string, request: JsonValue): string {
  if (method.startsWith("SettingsService/")) return JSON.stringify(field(request, "key"));
  const pool = field(field(field(request, "cluster_pool"), "id"), "name");
  return String(field(field(request, "cluster_id"), "name") ?? field(field(request, "id"), "name") ?? pool);
}

function field(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value[name] : undefined;
}

const LOGICAL = new Set<string>([...POOLS, ...CLUSTERS, ...QUEUES]);

/**
 * Whether a name is one that manifests use, or one that is made from it by a replacement. Queue `default`, which every organization has,
 * is written out while a cluster leaves its pool on 2026-07, and then as it was.
 */
export function isOurs({ method, name }: Write): boolean {
  if (
    method.startsWith("SettingsService/") ||
    method.startsWith("AdminService/") ||
    (name === "default" && method === "QueueService/UpdateQueue")
  )
    return true;
  const [logical = ""] = name.split("-");
  return LOGICAL.has(logical);
}

/** Names of what was created twice without having been deleted in between, whoever deleted it. */
export function findDoubleCreates(writes: readonly Write[], vanished: ReadonlySet<string>): readonly string[] {
  const created = new Set<string>();
  const twice: string[] = [];
  for (const { method, name, outcome } of writes) {
    if (outcome !== "ok") continue;
    const key = `${method.split("/")[0]} ${name}`;
    if (/\/(Create|CreateQueue|CreateCluster|CreateSettings)$/.test(method)) {
      if (created.has(key) && !vanished.has(name)) twice.push(key);
      created.add(key);
    } else if (/\/Delete/.test(method)) {
      created.delete(key);
      if (method.endsWith("DeleteCluster")) created.delete(`QueueService ${name}`);
    }
  }
  return twice;
}

/** What the rules of the control plane refused, and no injected fault. */
export function listRefused(writes: readonly Write[]): readonly Write[] {
  return writes.filter(({ outcome, message }) => outcome !== "ok" && !message.startsWith("injected fault"));
}
