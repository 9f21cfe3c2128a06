import type { ForgeKind } from "../../../src/model/daemon/forge-kind.ts";
import type { Proposals } from "../../../src/reconcile/source/proposals.ts";
import type { Source } from "../../../src/reconcile/source/source.ts";
import type { PushedFile } from "../../set-up/create-git-repository.ts";
import { openSourceWorld } from "./source-world.ts";

/** A repository whose requests are refs of the server, as forges have them. */
export function openProposalWorld() {
  const world = openSourceWorld();
  const { repository } = world;
  return {
    ...world,
    /** Opens a request, or moves its head: `files` on top of a commit (default: the base as it is). */
    propose: (
      number: number,
      files: Readonly<Record<string, PushedFile>>,
      { from = "refs/heads/main", forge = "github" }: { readonly from?: string; readonly forge?: ForgeKind } = {},
    ): string => {
      const names = { github: "pull", gitea: "pull", gitlab: "merge-requests" };
      return repository.push(files, { ref: `refs/${names[forge]}/${number}/head`, from });
    },
  };
}

/** The proposals of a repository's source. */
export function proposalsOf({ proposals }: Source): Proposals {
  if (proposals === null) throw new Error("a repository has proposals");
  return proposals;
}
