import type { PullRequest, RequestDraft } from "./forge.ts";
import { findRefusal } from "./forge-failures.ts";

/** How a forge opens requests. */
export interface RequestDesk {
  /** All open requests that may be of the draft's branches; others may be among them. */
  readonly listOpen: () => Promise<readonly PullRequest[]>;
  /** Refused with 409 where there is one of these branches. */
  readonly create: () => Promise<PullRequest>;
  readonly update: (number: number) => Promise<PullRequest>;
}

/** Opens a request, or gives the open one of these branches this title and text. */
export async function proposeRequest(
  { listOpen, create, update }: RequestDesk,
  { branch, base }: RequestDraft,
): Promise<PullRequest> {
  // A fork may have a branch of the same name.
  const findOpen = async () =>
    (await listOpen()).find((request) => !request.head.fork && request.head.branch === branch && request.base === base);
  const open = await findOpen();
  if (open !== undefined) return update(open.number);
  try {
    return await create();
  } catch (error) {
    // Another client opened it in between.
    const opened = findRefusal(error)?.status === 409 ? await findOpen() : undefined;
    if (opened === undefined) throw error;
    return update(opened.number);
  }
}
