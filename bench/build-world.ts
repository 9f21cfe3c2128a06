/** A made-up organization: 2 % pools, 18 % clusters, 80 % queues, as large ones are. Logical names are physical names. */
export interface BenchWorld {
  readonly pools: readonly string[];
  readonly clusters: readonly BenchCluster[];
  readonly queues: readonly BenchQueue[];
}
export interface BenchCluster {
  readonly name: string;
  readonly pool: string;
}
export interface BenchQueue {
  readonly name: string;
  readonly pool: string;
  /** Half of the queues take every member, the others name one to three. */
  readonly clusters: readonly string[];
  readonly depth: number;
}

/** What is different from the world that is live. */
export const EDITS = ["nothing", "one queue", "a tenth of the clusters"] as const;
export type Edit = (typeof EDITS)[number];

/**
 * Builds a world of `size` objects, the same for the same arguments. The edit changes the depth of one queue, or puts every
 * tenth cluster into the next pool; selectors follow, so that every world is valid.
 */
export function buildWorld(size: number, edit: Edit = "nothing"): BenchWorld {
  const poolCount = Math.max(2, Math.round(size * 0.02));
  const clusterCount = Math.max(2, Math.round(size * 0.18));
  const pools = list(poolCount, (index) => nameOf("pool", index));
  const clusters = list(clusterCount, (index) => {
    const moves = edit === "a tenth of the clusters" && index % 10 === 0;
    return { name: nameOf("cluster", index), pool: nameOf("pool", (index + (moves ? 1 : 0)) % poolCount) };
  });
  const members = Map.groupBy(clusters, ({ pool }) => pool);
  const queues = list(size - poolCount - clusterCount, (index): BenchQueue => {
    const pool = nameOf("pool", index % poolCount);
    const names = (members.get(pool) ?? []).map(({ name }) => name);
    const depth = edit === "one queue" && index === 0 ? 20_000 : 10_000;
    return { name: nameOf("queue", index), pool, clusters: select(names, Math.floor(index / poolCount)), depth };
  });
  return { pools, clusters, queues };
}

function select(members: readonly string[], turn: number): readonly string[] {
  const first = turn % Math.max(1, members.length);
  const named = members.slice(first, first + 1 + (turn % 3)).sort();
  return turn % 2 === 0 || named.length === 0 ? ["*"] : named;
}

function list<T>(length: number, make: (index: number) => T): readonly T[] {
  return Array.from({ length }, (_, index) => make(index));
}

function nameOf(kind: string, index: number): string {
  return `${kind}-${String(index).padStart(6, "0")}`;
}
