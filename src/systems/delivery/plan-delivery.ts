import { OperationalError } from "../../model/errors/operational-error.ts";
import { listSome } from "../../model/text/list-some.ts";
import { checkPath } from "./check-path.ts";
import type { DeliveredFile, Delivery } from "./sink.ts";

/** What is left to do at a place that holds `present`. */
export interface PendingDelivery {
  readonly writes: readonly DeliveredFile[];
  readonly removes: readonly string[];
}

/** Every path that a delivery writes, removes or expects something of. */
export function listPaths({ files, removes, expected }: Delivery): readonly string[] {
  const paths = [...files.map(({ path }) => path), ...removes, ...expected.map(({ path }) => path)];
  for (const path of paths) checkPath(path);
  return [...new Set(paths)];
}

/**
 * What of a delivery is not there yet. Throws `delivery_changed` where a path holds neither what the caller saw nor what is wanted: another
 * writer changed it in between, and that is not overwritten unseen.
 */
export function planDelivery(delivery: Delivery, present: ReadonlyMap<string, string>, place: string): PendingDelivery {
  const wanted = new Map<string, string | null>(delivery.removes.map((path) => [path, null]));
  for (const { path, text } of delivery.files) wanted.set(path, text);
  const pending = [...wanted].filter(([path, text]) => (present.get(path) ?? null) !== text);
  const seen = new Map(delivery.expected.map(({ path, text }) => [path, text]));
  const foreign = pending
    .map(([path]) => path)
    .filter((path) => (present.get(path) ?? null) !== (seen.get(path) ?? null));
  if (foreign.length > 0) throw changedMeanwhile(foreign, place);
  const sensitive = new Set(delivery.files.filter(({ isSensitive }) => isSensitive === true).map(({ path }) => path));
  return {
    writes: pending.flatMap(([path, text]) =>
      text === null ? [] : [{ path, text, isSensitive: sensitive.has(path) }],
    ),
    removes: pending.flatMap(([path, text]) => (text === null ? [path] : [])),
  };
}

function changedMeanwhile(paths: readonly string[], place: string): OperationalError {
  return new OperationalError(
    "delivery_changed",
    `${place} was changed since it was read: ${listSome(paths, 5)}. Nothing was written. Plan again to see its current content.`,
    { next: "stop" },
  );
}
