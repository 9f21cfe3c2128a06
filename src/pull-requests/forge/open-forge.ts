import type { Forge, ForgeOptions } from "./forge.ts";

/** A repository on its forge. Nothing is called yet. The clients are large: only the one that is asked for is loaded. */
export async function openForge(options: ForgeOptions): Promise<Forge> {
  switch (options.kind) {
    case "github":
      return (await import("./github.ts")).openGithub(options);
    case "gitlab":
      return (await import("./gitlab.ts")).openGitlab(options);
    case "gitea":
      return (await import("./gitea.ts")).openGitea(options);
  }
}
