/** JSON pointers as a tree of their steps, so that long steps which many of them share are there once. */
export interface PointerTree {
  /** Whether one of the pointers ends here. */
  isEnd: boolean;
  readonly children: Map<string, PointerTree>;
}

/** The tree of some pointers; steps are escaped as they are in them. */
export function growPointerTree(pointers: Iterable<string>): PointerTree {
  const root: PointerTree = { isEnd: false, children: new Map() };
  for (const pointer of pointers) {
    let node = root;
    for (const step of splitPointer(pointer)) {
      const next = node.children.get(step) ?? { isEnd: false, children: new Map() };
      node.children.set(step, next);
      node = next;
    }
    node.isEnd = true;
  }
  return root;
}

/** Whether one of the tree's pointers is this one, or that of something around it; the root's is left out. */
export function isWithin(tree: PointerTree, pointer: string): boolean {
  let node: PointerTree | undefined = tree;
  for (const step of tree.children.size === 0 ? [] : splitPointer(pointer)) {
    node = node.children.get(step);
    if (node === undefined) return false;
    if (node.isEnd) return true;
  }
  return false;
}

function splitPointer(pointer: string): readonly string[] {
  return pointer.split("/").slice(1);
}

/** A step of a JSON pointer: `~` and `/` are escaped as in RFC 6901. */
export function escapeStep(step: string | number): string {
  return String(step).replaceAll("~", "~0").replaceAll("/", "~1");
}

/** JSON pointer of a child. */
export function joinPointer(parent: string, child: string | number): string {
  return `${parent}/${escapeStep(child)}`;
}
