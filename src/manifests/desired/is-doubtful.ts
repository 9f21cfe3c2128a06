import type { NodePath } from "../../model/diagnostics/position.ts";

/** What of a manifest shows what is in doubt. */
interface Doubted {
  readonly body: unknown;
  readonly doubts?: ReadonlySet<string> | undefined;
}

/**
 * Whether a field that a manifest seems to leave out may be there all the same: its value is invalid, or a field beside it is unknown. Then
 * its default must not be taken for what the manifest says.
 */
export function isDoubtful({ body, doubts }: Doubted, path: NodePath): boolean {
  if (doubts === undefined) return false;
  let node: unknown = body;
  let pointer = "";
  for (const step of path) {
    const around = pointer;
    pointer = `${pointer}/${step}`;
    const next: unknown = typeof node === "object" && node !== null ? Reflect.get(node, step) : null;
    if (next === undefined) return doubts.has(around) || doubts.has(pointer);
    node = next;
  }
  return false;
}
