import { createHash } from "node:crypto";

/**
 * The lines that a text of several lines gets or loses, each by a hash of itself and of the lines that it is indented below: so two texts
 * that get the same entry of a map share its lines, whatever else they say. None where neither has several lines.
 */
export function listLines(before: string, after: string): readonly string[] {
  if (!before.includes("\n") && !after.includes("\n")) return [];
  const [from, to] = [hashLines(before), hashLines(after)];
  const come = [...to].filter((line) => !from.has(line));
  const go = [...from].filter((line) => !to.has(line));
  return [...come, ...go.map((line) => `-${line}`)];
}

function hashLines(text: string): ReadonlySet<string> {
  const above: { readonly depth: number; readonly hash: string }[] = [];
  const hashes = new Set<string>();
  for (const line of text.split("\n")) {
    const words = line.trim();
    if (words === "") continue;
    // An entry of a list may stand as far left as the key that it belongs to.
    const depth = 2 * line.search(/\S/) + (words.startsWith("- ") ? 1 : 0);
    while ((above.at(-1)?.depth ?? -1) >= depth) above.pop();
    const hash = createHash("sha256")
      .update(`${above.at(-1)?.hash ?? ""}\n${words}`)
      .digest("hex");
    above.push({ depth, hash });
    hashes.add(hash);
  }
  return hashes;
}
