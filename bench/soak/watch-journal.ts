import type { JsonValue } from "@bufbuild/protobuf";
import type { JournalEntry } from "../../src/embedded/model/create-model.ts";
import { POOLS } from "./world.ts";

/** What a write did, to which object. */
export interface Write {
  readonly method: string;
  /** Physical name; a scope for settings. */
  readonly name: string;
  readonly outcome: string;
  readonly message: string;
  /** How it takes something out of service, away, or elsewhere; null: it does not. */
  readonly destructive: "drain" | "delete" | "move" | null;
}

/** Reads an entry of the control plane's journal. */
export function readWrite({ method, request, outcome, message }: JournalEntry): Write {
  return { method, name: readName(method, request), outcome, message, destructive: findDestructive(method, request) };
}

/** Rows and files have their own judge: what they say at rest. */
function findDestructive(method: string, request: JsonValue): Write["destructive"] {
  if (/UpdateQueueState|UpdateClusterState/.test(method)) {
    return String(field(request, "state")).endsWith("ACTIVE") ? null : "drain";
  }
  if (/\/(Delete|DeleteQueue|DeleteCluster)$/.test(method)) return "delete";
  return method.endsWith("/UpdateCluster") ? "move" : null;
}

function readName(method: string, request: JsonValue): string {
  if (method.startsWith("SettingsService/")) return JSON.stringify(field(request, "key"));
  const pool = field(field(field(request, "cluster_pool"), "id"), "name");
  return String(field(field(request, "cluster_id"), "name") ?? field(field(request, "id"), "name") ?? pool);
}

function field(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value[name] : undefined;
}

/** Names of the world, those that something was renamed to among them. */
const LOGICAL = new RegExp(`^(${POOLS.join("|")}|[pcq]\\d+)$`);

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
  return LOGICAL.test(logical);
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
