/**
 * The longest that a test waits for something that is to come, in milliseconds. It exists only to end a test that hangs, with a
 * message that says for what it waited; nothing that a test finds out depends on it. Every limit in a test is this one.
 */
export const PATIENCE_MS = 240_000;

/**
 * A time limit of the program that is to pass in a test, in milliseconds. Only for what never comes by itself: on a slow machine
 * it passes as well.
 */
export const SOON_MS = 150;

/** The limit of a test and of its set-up as a whole, in milliseconds: longer, so that the message of a wait comes first. */
export const TEST_LIMIT_MS = 600_000;
