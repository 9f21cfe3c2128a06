/** Plan cases that hold nearly every field together: they alone pin the names of fields, the digests, and what follows from the rest. */
export const OF_THE_FORMAT = [
  "2026-07-cluster-changes-pool-and-its-queue-limits-come-along",
  "2026-11-label-map-loses-the-label-of-a-project",
  "2026-11-settings-manifest-is-removed-and-its-keys-are-cleared",
];
