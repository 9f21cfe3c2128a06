import type { ForgeOptions } from "./forge.ts";
import { locateForge } from "./locate-forge.ts";
import { locateGithub } from "./locate-github.ts";

const PUBLIC = { gitlab: "https://gitlab.com", gitea: "https://gitea.com" } as const;

/** What `Forge.place` is of a repository, without opening its forge. Throws an OperationalError `forge_unreachable` where the url is none. */
export function locatePlace({ kind, url, repository }: Pick<ForgeOptions, "kind" | "url" | "repository">): string {
  if (kind === "github") return `${repository} on ${locateGithub(url ?? null).host}`;
  return locateForge({ url, repository }, PUBLIC[kind]).place;
}
