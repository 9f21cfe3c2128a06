/** Columns that a line of a kept JSON file may take. */
const WIDTH = 120;

/** JSON for people: what fits on a line stands on one line, the rest is broken up. Parses back to the same value. */
export function formatJson(value: unknown, indent = "", used = 0): string {
  const flat = JSON.stringify(value, null, 1).replace(/\n\s*/g, " ");
  if (typeof value !== "object" || value === null || indent.length + used + flat.length <= WIDTH) return flat;
  const inner = `${indent}  `;
  const lines = Array.isArray(value)
    ? value.map((item: unknown) => inner + formatJson(item, inner))
    : Object.entries(value).map(([key, item]) => {
        const lead = `${JSON.stringify(key)}: `;
        return inner + lead + formatJson(item, inner, lead.length);
      });
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return `${open}\n${lines.join(",\n")}\n${indent}${close}`;
}
