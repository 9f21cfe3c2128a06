import { nameRequest } from "../../model/reviews/name-request.ts";
import type { KeptReview, ReviewRecord } from "../../model/reviews/review-record.ts";
import type { PullRequest } from "../forge/forge.ts";
import { identify, namePlace } from "./make-review.ts";
import type { ReviewTools } from "./review-tools.ts";

type Tools = Pick<ReviewTools, "forge" | "pass">;

/** What is kept of a request, also under a name of before; null: nothing. */
export async function readKept({ forge, pass }: Tools, request: PullRequest): Promise<KeptReview | null> {
  const { records, config } = pass;
  for (const name of [nameRequest(identify(forge, request)), ...listFormerNames(forge, request.number)]) {
    const kept = await records.readReview(config.name, name);
    if (kept !== null) return kept;
  }
  return null;
}

/**
 * The same, and gives it the name that it has now, its decisions too. What an older release recorded names no time, and no path of the forge's
 * address, or nothing but the number: it is taken for the request that has the number now.
 */
export async function claimKept(tools: Tools, request: PullRequest): Promise<KeptReview | null> {
  const { forge, pass } = tools;
  const { records, config } = pass;
  const key = identify(forge, request);
  const known = await records.readReview(config.name, nameRequest(key));
  if (known !== null) return known;
  await records.renameRequest(config.name, listFormerNames(forge, request.number), key);
  return records.readReview(config.name, nameRequest(key));
}

/** Whether a record is of the repository on the forge that is configured now. */
export function isHere({ forge }: Pick<Tools, "forge">, { place }: Pick<ReviewRecord, "place">): boolean {
  return place === namePlace(forge) || place === namePlaceWithoutPath(forge);
}

/** Whether a request that the forge has now is the one of a record of this forge: numbers are given again. */
export function isRequestOf({ number, opened }: ReviewRecord, request: PullRequest): boolean {
  // What an older release recorded names no time, and is taken for the request that has the number now.
  return request.number === number && (opened ?? request.opened) === request.opened;
}

/** The request of a record as the forge has it now; null: the forge does not have it any more. Throws what the forge throws. */
export async function readStill({ forge }: Pick<Tools, "forge">, record: ReviewRecord): Promise<PullRequest | null> {
  const request = isHere({ forge }, record) ? await forge.readRequest(record.number) : null;
  return request !== null && isRequestOf(record, request) ? request : null;
}

/** The records of a target about which something is still to be said; those of open requests have the names that they have now. */
export async function readKnown(tools: Tools, open: readonly PullRequest[]): Promise<readonly ReviewRecord[]> {
  const { records, config } = tools.pass;
  const known = await records.readReviews(config.name);
  const former = new Set(known.flatMap((record) => (record.opened === undefined ? [record.number] : [])));
  const named = open.filter(({ number }) => former.has(number));
  for (const request of named) await claimKept(tools, request);
  return named.length === 0 ? known : records.readReviews(config.name);
}

/** As releases before named it. */
function namePlaceWithoutPath(forge: Tools["forge"]): string {
  // A repository's name has no blank: what follows the host is the path.
  const [repository = "", address = ""] = namePlace(forge).split(" on ");
  return `${repository} on ${address.split("/", 1)[0]}`;
}

function listFormerNames(forge: Tools["forge"], number: number): readonly string[] {
  const place = namePlace(forge);
  const former = [place, namePlaceWithoutPath(forge)].map((one) => nameRequest({ place: one, number }));
  return [...new Set([...former, `#${number}`])];
}
