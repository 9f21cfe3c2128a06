import type { ScalarNode, YamlNode } from "../manifests/yaml/read-nodes.ts";
import { namesSecret } from "../model/secrets/sensitive-key.ts";
import type { KeyPath } from "./sensitive-rules.ts";

/** A scalar and the keys that lead to it, with names of list items and variables. */
export interface Placed {
  readonly node: ScalarNode;
  readonly path: KeyPath;
  /** What the kind of the document says of it; undefined: nothing. */
  readonly isSecret: boolean | undefined;
}

/** Most characters of the keys and names that lead to one value; rendered values are deeper than in their manifest. */
const LONGEST_PATH = 4_096;
/** Most characters and keys of the paths of all values of one text together: each is hashed with its value. */
export const MOST_PATHS = 20_000_000;
/** Longest name that becomes part of a path; of a longer one its end does, where a word says that it names a secret. */
const LONGEST_NAME = 256;
/** Most names of one variable, one for each branch of a template. With more, its values are secret. */
const MOST_NAMES = 8;

/**
 * The scalars of the documents of a text, in order; null where paths are longer than any real one, or all of them together. That is
 * found before paths are kept that are longer.
 */
export function listScalars(documents: readonly YamlNode[]): readonly Placed[] | null {
  const walk: Walk = { found: [], total: 0 };
  const isListed = documents.every((document) =>
    visit(document, walk, { path: [], letters: 0, judge: () => undefined }),
  );
  return isListed ? walk.found : null;
}

interface Walk {
  readonly found: Placed[];
  total: number;
}

/** The position of a node. */
interface Place {
  readonly path: KeyPath;
  /** Characters of the path. */
  readonly letters: number;
  readonly judge: Judge;
}

/**
 * The sensitivity of the fields of a Kubernetes object, at any depth: the entries of a Secret are secret, those of an ExternalSecret only
 * name some.
 */
type Judge = (path: KeyPath) => boolean | undefined;

/** False where it is too long. */
function visit(node: YamlNode, walk: Walk, { path, letters, judge: outer }: Place): boolean {
  walk.total += letters + path.length;
  if (letters > LONGEST_PATH || walk.total > MOST_PATHS) return false;
  const judge = judgeBelow(node, path, outer);
  switch (node.kind) {
    case "scalar":
      walk.found.push({ node, path, isSecret: judge(path) });
      return true;
    case "sequence":
      return node.items.every((item, index) => {
        // The argument of a flag: `["--password", "..."]`.
        const isArgument = item.kind === "scalar" && isSecretFlag(node.items[index - 1]);
        return visit(item, walk, placeBelow({ path, letters, judge: isArgument ? SECRET : judge }, nameItem(item)));
      });
    case "mapping": {
      // The value of a variable: `{name: DB_PASSWORD, value: ...}`, and by `key`.
      const names = [readTexts(node, "name"), readTexts(node, "key")];
      const isNamed = names.every(({ length }) => length <= MOST_NAMES);
      const variable = { judge: isNamed ? judge : SECRET, steps: ["value", ...names.flatMap(shortenNames)] };
      return node.entries.every(({ key, value }) => {
        const below = key === "value" ? variable : { judge, steps: [key] };
        return visit(value, walk, placeBelow({ path, letters, judge: below.judge }, below.steps));
      });
    }
  }
}

const SECRET: Judge = () => true;

function placeBelow({ path, letters, judge }: Place, steps: readonly string[]): Place {
  const added = steps.reduce((sum, { length }) => sum + length, 0);
  // A path that is too long is not built: its place is refused.
  const isLong = letters + added > LONGEST_PATH;
  return { path: isLong ? path : [...path, ...steps], letters: letters + added, judge };
}

function judgeBelow(node: YamlNode, path: KeyPath, outer: Judge): Judge {
  const holdsEntries = (key: string | undefined) => key === "data" || key === "stringData";
  // A template may give several, one for each branch.
  const kinds = readTexts(node, "kind");
  if (kinds.includes("SecretList")) return (inner) => inner.slice(path.length).some(holdsEntries);
  if (kinds.includes("Secret")) return (inner) => holdsEntries(inner[path.length]);
  return kinds.includes("ExternalSecret") || kinds.includes("ClusterExternalSecret") ? () => false : outer;
}

function readTexts(node: YamlNode, key: string): readonly string[] {
  if (node.kind !== "mapping") return [];
  return node.entries.flatMap((entry) =>
    entry.key === key && entry.value.kind === "scalar" ? [entry.value.text] : [],
  );
}

function shortenNames(names: readonly string[]): readonly string[] {
  return names.slice(0, MOST_NAMES).map((name) => name.slice(-LONGEST_NAME));
}

function isSecretFlag(node: YamlNode | undefined): boolean {
  return node?.kind === "scalar" && /^--?[\w.-]+$/.test(node.text) && namesSecret(node.text);
}

/** Items of a list are identified by their names where they have some: positions change when items are added or removed. */
function nameItem(item: YamlNode): KeyPath {
  const [name] = shortenNames(readTexts(item, "name"));
  return name === undefined ? [] : [`[${name}]`];
}
