/** Characters that a number, a flag or the frame of a collection counts. */
const FRAME = 8;

/**
 * Whether plain data has more than `limit` characters, about: those of its texts and keys, and eight for all else, each as often as it stands
 * there. With `seen`, each object counts once, as where it is sent to another process. It looks at no more of it than that.
 */
export function exceeds(value: unknown, limit: number, seen?: Set<object>): boolean {
  let left = limit;
  const pending: unknown[] = [value];
  const add = (part: unknown) => pending.push(part) * FRAME <= left + FRAME;
  while (pending.length > 0) {
    const next = pending.pop();
    left -= typeof next === "string" ? next.length : FRAME;
    if (left < 0) return true;
    if (typeof next !== "object" || next === null || seen?.has(next)) continue;
    seen?.add(next);
    if (!addParts(next, add)) return true;
  }
  return false;
}

/** Adds all parts of a value, in order, as long as `add` takes them; false: it took one no more. */
function addParts(value: object, add: (part: unknown) => boolean): boolean {
  if (ArrayBuffer.isView(value)) return true;
  if (Array.isArray(value) || value instanceof Map || value instanceof Set) {
    for (const part of value) if (!add(part)) return false;
    return true;
  }
  for (const key in value) if (!add(key) || !add(value[key as keyof typeof value])) return false;
  return true;
}
