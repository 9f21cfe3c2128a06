import { escapeStep, type PointerTree } from "./pointer-tree.ts";

/** A copy without the values at the pointers in `wrong`, which go to `removed`; list entries keep their index. */
export function removeWrong(value: unknown, wrong: PointerTree | undefined, removed: unknown[] = []): unknown {
  if (wrong === undefined) return value;
  if (wrong.isEnd) {
    removed.push(value);
    return undefined;
  }
  if (typeof value !== "object" || value === null) return value;
  const strip = (child: unknown, key: string | number) =>
    removeWrong(child, wrong.children.get(escapeStep(key)), removed);
  if (Array.isArray(value)) return value.map(strip);
  const kept = Object.entries(value).map(([key, child]) => [key, strip(child, key)] as const);
  return Object.fromEntries(kept.filter(([, child]) => child !== undefined));
}
