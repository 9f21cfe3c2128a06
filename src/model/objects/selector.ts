/** A selector as a sorted list without repeats: the order in which clusters are named means nothing. */
export function sortSelector(clusters: readonly string[]): readonly string[] {
  const isSorted = clusters.every((name, index) => index === 0 || (clusters[index - 1] ?? "") < name);
  return isSorted ? clusters : [...new Set(clusters)].sort();
}

/** Whether two selectors name the same clusters. */
export function isSameSelector(left: readonly string[], right: readonly string[]): boolean {
  const [one, other] = [sortSelector(left), sortSelector(right)];
  return one.length === other.length && one.every((name, index) => name === other[index]);
}

/**
 * Whether a queue has the selector that was written, or that without clusters that are deleted: a control plane that deletes a cluster which
 * queues name takes it out of their selectors.
 */
export function isAsWritten(
  wrote: readonly string[],
  found: readonly string[],
  isDeleted: (cluster: string) => boolean,
): boolean {
  return isSameSelector(
    found,
    wrote.filter((name) => found.includes(name) || name === "*" || !isDeleted(name)),
  );
}
