import { joinPointer } from "./walk-nodes.ts";

/** A copy without the values at the pointers in `wrong`, which go to `removed`; list entries keep their index. */
export function removeWrong(
  value: unknown,
  wrong: ReadonlySet<string>,
  removed: unknown[] = [],
  pointer: string = "",
): unknown {
  if (wrong.has(pointer)) {
    removed.push(value);
    return undefined;
  }
  if (typeof value !== "object" || value === null) return value;
  const strip = (child: unknown, key: string | number) => removeWrong(child, wrong, removed, joinPointer(pointer, key));
  if (Array.isArray(value)) return value.map(strip);
  const kept = Object.entries(value).map(([key, child]) => [key, strip(child, key)] as const);
  return Object.fromEntries(kept.filter(([, child]) => child !== undefined));
}
