/** How manifests are put into files. */
export const LAYOUTS = ["per-object", "per-kind"] as const;
/** One of {@link LAYOUTS}. */
export type Layout = (typeof LAYOUTS)[number];
