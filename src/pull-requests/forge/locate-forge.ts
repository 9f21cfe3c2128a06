import { OperationalError } from "../../model/errors/operational-error.ts";
import { dropTrailing } from "../../model/text/drop-trailing.ts";
import type { ForgeOptions } from "./forge.ts";

/** Where a forge is. */
export interface ForgeLocation {
  readonly url: URL;
  /** Without a slash at the end and without credentials. */
  readonly base: string;
  /** `owner/name on git.example.com`, with the address's path where it has one. */
  readonly place: string;
}

/** Where a forge is by its options. Throws an OperationalError `forge_unreachable` where its url is none. */
export function locateForge(
  { url: text, repository }: Pick<ForgeOptions, "url" | "repository">,
  publicUrl: string,
): ForgeLocation {
  const url = URL.parse(text ?? publicUrl);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    const message = `The url of the forge of ${repository} is not a URL; write it as https://HOST.`;
    throw new OperationalError("forge_unreachable", message, { next: "stop" });
  }
  const path = dropTrailing(url.pathname, "/");
  return { url, base: `${url.origin}${path}`, place: `${repository} on ${url.host}${path}` };
}
