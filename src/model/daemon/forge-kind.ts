/** The kinds of forges that are spoken to. Forgejo is a Gitea here: its API is the same as far as it is used. */
export const FORGE_KINDS = ["github", "gitlab", "gitea"] as const;

/** One of {@link FORGE_KINDS}. */
export type ForgeKind = (typeof FORGE_KINDS)[number];
