import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dump } from "js-yaml";
import { resolveDesired } from "../src/manifests/desired/resolve-desired.ts";
import { dropReferences } from "../src/manifests/drop-references.ts";
import type { Desired } from "../src/model/objects/desired.ts";
import type { NamedManifest, PoolBody } from "../src/model/objects/manifest.ts";
import { buildPoolConfig } from "./build-specs.ts";
import type { BenchQueue, BenchWorld } from "./build-world.ts";

const FOLDERS = { cluster_pool: "pools", cluster: "clusters", queue: "queues" } as const;

/** What the manifests of a world want, as if they had been read. Throws when they are not valid. */
export function buildDesired(world: BenchWorld): Desired {
  const { desired, diagnostics } = resolveDesired(buildManifests(world));
  if (diagnostics.length > 0) throw new Error(`the made-up world is not valid: ${diagnostics[0]?.summary}`);
  return dropReferences(desired);
}

/** Writes the manifests of a world below `folder`, one file an object; returns the number of bytes. */
export function writeManifests(world: BenchWorld, folder: string): number {
  for (const name of Object.values(FOLDERS)) mkdirSync(join(folder, name), { recursive: true });
  let bytes = 0;
  for (const { source, body } of buildManifests(world)) {
    const text = `# Owner: the team that runs ${body.name}. Ask there before you change it; see the run book.\n${dump(body)}`;
    writeFileSync(join(folder, source.file), text);
    bytes += text.length;
  }
  return bytes;
}

function buildManifests({ pools, clusters, queues }: BenchWorld): readonly NamedManifest[] {
  return [
    ...pools.map(
      (name): NamedManifest => ({ kind: "cluster_pool", name, body: poolBody(name), ...place("cluster_pool", name) }),
    ),
    ...clusters.map(
      ({ name, pool }): NamedManifest => ({ kind: "cluster", name, body: { name, pool }, ...place("cluster", name) }),
    ),
    ...queues.map(
      (queue): NamedManifest => ({
        kind: "queue",
        name: queue.name,
        body: queueBody(queue),
        ...place("queue", queue.name),
      }),
    ),
  ];
}

function place(kind: NamedManifest["kind"], name: string): Pick<NamedManifest, "source" | "written"> {
  return { source: { file: `${FOLDERS[kind]}/${name}.yaml`, line: 2 }, written: null };
}

function poolBody(name: string): PoolBody {
  return { name, config: buildPoolConfig(name) };
}

function queueBody({ name, pool, clusters, depth }: BenchQueue) {
  return {
    name,
    cluster_pool: pool,
    clusters,
    run_concurrency: 20,
    action_concurrency: 400,
    depth,
    priority: "medium",
    lifecycle: { prevent_destroy: false, drain_timeout: "30m" },
  };
}
