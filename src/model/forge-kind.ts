/** The kinds of forges that are spoken to. Forgejo is a Gitea here: its API is the same as far as it is used. */
export type ForgeKind = "github" | "gitlab" | "gitea";
