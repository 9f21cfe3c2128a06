/** Characters that a number, a flag or the frame of a collection counts. */
const FRAME = 8;

/**
 * Whether plain data has more than `limit` characters, about: those of its texts and keys, and eight for all else, each as often as it stands
 * there. With `seen`, each object counts once, as where it is sent to another process. It looks at no more of it than that.
 */
export function exceeds(value: unknown, limit: number, seen?: Set<object>): boolean {
  let left = limit;
  const pending: unknown[] = [value];
  while (pending.length > 0) {
    const next = pending.pop();
    left -= typeof next === "string" ? next.length : FRAME;
    if (left < 0) return true;
    if (typeof next !== "object" || next === null || seen?.has(next)) continue;
    seen?.add(next);
    const parts = next instanceof Map ? next.entries() : next instanceof Set ? next.values() : listParts(next);
    for (const part of parts) {
      pending.push(part);
      if (pending.length * FRAME > left + FRAME) return true;
    }
  }
  return false;
}

function* listParts(value: object): Generator<unknown> {
  if (ArrayBuffer.isView(value)) return;
  if (Array.isArray(value)) yield* value;
  else for (const key in value) yield* [key, value[key as keyof typeof value]];
}
