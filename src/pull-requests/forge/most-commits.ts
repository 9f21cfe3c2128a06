/** Commits of one request whose accounts are asked for; GitHub gives no more. */
export const MOST_COMMITS = 250;

/** Why a list that was cut does not say whose a request is. */
export const TOO_MANY_COMMITS = `it has ${MOST_COMMITS} commits or more, too many to check; split it, or squash its commits`;
