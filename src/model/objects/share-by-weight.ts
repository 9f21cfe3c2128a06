/** Part of a label's executions that a cluster gets, 0 to 1. */
export interface ClusterShare {
  readonly id: string;
  readonly share: number;
}

/**
 * How flyteadmin divides the executions of a label among the entries that count: weight over total; where all weights are 0, all
 * entries alike; where some are, those get nothing. A cluster named twice gets both. In the order of the entries.
 */
export function shareByWeight(
  entries: readonly { readonly id: string; readonly weight: number }[],
): readonly ClusterShare[] {
  const total = entries.reduce((sum, { weight }) => sum + weight, 0);
  const shares = new Map<string, number>();
  for (const { id, weight } of entries) {
    const share = total === 0 ? 1 / entries.length : weight / total;
    if (share !== 0) shares.set(id, (shares.get(id) ?? 0) + share);
  }
  return [...shares].map(([id, share]) => ({ id, share }));
}
