/** Keys that lead to a value, in characters of all of them: no path of a value is longer. */
export const LONGEST_PATH = 2_048;

/** How large a document is for what looks at its keys and texts. */
export interface BodyMeasure {
  /** Characters of all keys and texts. */
  readonly letters: number;
  /** The first path whose keys have more than {@link LONGEST_PATH} characters together; null: there is none. */
  readonly longPath: readonly (string | number)[] | null;
}

/** Measures the body of a document. */
export function measureBody(body: unknown): BodyMeasure {
  const path: (string | number)[] = [];
  let letters = 0;
  let longPath: readonly (string | number)[] | null = null;
  const visit = (value: unknown, before: number): void => {
    if (typeof value === "string") letters += value.length;
    if (typeof value !== "object" || value === null) return;
    const isList = Array.isArray(value);
    for (const [key, inner] of Object.entries(value)) {
      const length = isList ? before : before + key.length;
      letters += isList ? 0 : key.length;
      path.push(isList ? Number(key) : key);
      if (length > LONGEST_PATH) longPath ??= [...path];
      else visit(inner, length);
      path.pop();
    }
  };
  visit(body, 0);
  return { letters, longPath };
}
