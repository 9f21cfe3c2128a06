import { createDiagnostic } from "../../model/diagnostics/create-diagnostic.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { requireCommits } from "./read-commits.ts";
import { lookUpObjects, type ObjectReader } from "./read-objects.ts";
import { type KnownTexts, type ReadTree, readTree } from "./read-tree.ts";
import type { SourceFiles } from "./source.ts";
import { LARGEST_KEPT } from "./source-limits.ts";

/** Reads of one source. What did not change since the last one of its kind is not read again. */
export interface Reads {
  /** The files of a commit of the mirror. */
  revision(id: string): Promise<SourceFiles>;
  /**
   * The files of a tree that is found by a reader of its own. Texts of the last revision are known too, and the last revision is
   * still known afterwards. Throws `revision_missing` where the tree is not there.
   */
  tree(reader: ObjectReader, tree: string): Promise<SourceFiles>;
}

/** What was read last. */
type LastRead = ReadTree & { readonly tree: string };

/** Reads of the folder at `path`; "" is the whole repository. */
export function createReads(path: string, reader: ObjectReader): Reads {
  let revision: (LastRead & { readonly id: string }) | undefined;
  let proposed: LastRead | undefined;
  const nameFolder = (id: string) => (path === "" ? `${id}^{tree}` : `${id}:${path}`);
  return {
    revision: async (id) => {
      if (revision?.id === id) return revision.read;
      const [folder] = await requireCommits(reader, [id], [nameFolder(id)]);
      if (folder?.type !== "tree") return { files: [], diagnostics: [describeMissing(path)] };
      const known = revision?.texts ?? NOTHING;
      const last = revision?.tree === folder.id ? revision : await readTree(reader, folder.id, known);
      revision = { ...last, id, tree: folder.id };
      return revision.read;
    },
    tree: async (from, tree) => {
      const [whole, folder] = ID.test(tree) ? await lookUpObjects(from, [tree, nameFolder(tree)]) : [];
      if (whole?.type !== "tree") throw forgotten(from.place, tree);
      if (folder?.type !== "tree") return { files: [], diagnostics: [describeMissing(path)] };
      const last = [revision, proposed].find((read) => read?.tree === folder.id);
      if (last !== undefined) return last.read;
      const known: KnownTexts = new Map([...(proposed?.texts ?? NOTHING), ...(revision?.texts ?? NOTHING)]);
      const next = { ...(await readTree(from, folder.id, known)), tree: folder.id };
      proposed = measure(next) > LARGEST_KEPT ? undefined : next;
      return next.read;
    },
  };
}

function measure({ texts }: LastRead): number {
  return texts.values().reduce((sum, text) => sum + (text.ok ? text.bytes : 0), 0);
}

const ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const NOTHING: KnownTexts = new Map();

/** An error, so that a folder that was moved is never taken for one that wants nothing. */
function describeMissing(path: string) {
  return createDiagnostic("file-unreadable", {
    file: ".",
    summary: `The revision has no folder ${path}`,
    detail: "Correct the target's `path`, or restore the folder.",
  });
}

function forgotten(place: string, tree: string): OperationalError {
  return new OperationalError(
    "revision_missing",
    `The merged tree ${JSON.stringify(tree.slice(0, 64))} of ${place} no longer exists. It is merged again in the next review of the request.`,
    { next: "retry" },
  );
}
