import type { Manifest } from "../model/objects/manifest.ts";
import type { MappingNode, YamlNode } from "./yaml/read-nodes.ts";
import { readNodes } from "./yaml/read-nodes.ts";

/** What YAML 1.1 or 1.2 reads as a number without quotes, as far as it consists of what a name may. */
const NUMBER = /^(?:[0-9]+(?:e-?[0-9]+)?|0x[0-9a-f]+|0o[0-7]+|0b[01]+)$/i;

/** The rule of schemas that a name is no number to any reader of YAML. In quotes it is none, which values alone don't show. */
export function isNoNumber(code: unknown, value: unknown): boolean {
  return code !== "bad-name" || typeof value !== "string" || !NUMBER.test(value);
}

/**
 * Whether the value at a JSON pointer is without quotes. The text is read on the first query, once for all of them; a document without a
 * text (of a saved plan, which was checked with it) has none.
 */
export function openStyles(written: Manifest["written"]): (pointer: string) => boolean {
  let root: YamlNode | null | undefined;
  const known = new Map<MappingNode, ReadonlyMap<string, YamlNode>>();
  const step = (node: YamlNode | null | undefined, key: string): YamlNode | undefined => {
    if (node?.kind === "sequence") return node.items[Number(key)];
    if (node?.kind !== "mapping") return undefined;
    const values = known.get(node) ?? new Map(node.entries.map((entry) => [entry.key, entry.value]));
    known.set(node, values);
    return values.get(key);
  };
  return (pointer) => {
    if (written === null) return false;
    root ??= readNodes(written.part.text)[written.index] ?? null;
    const keys = pointer.split("/").slice(1);
    const path = keys.map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
    const node = path.reduce<YamlNode | null | undefined>(step, root);
    return node?.kind === "scalar" && node.style === "plain";
  };
}
