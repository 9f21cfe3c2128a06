/** A time of ISO 8601 as people read it: to the second, in UTC. A text that is no time is given back as it is. */
export function formatMoment(iso: string): string {
  const moment = Date.parse(iso);
  return Number.isNaN(moment) ? iso : `${new Date(moment).toISOString().slice(0, 19).replace("T", " ")}Z`;
}

/** The beginning of a revision, long enough to be unique. A digest is shown by `showDigest`. */
export function shortenHash(hash: string): string {
  return hash.slice(0, 12);
}
