/** How many of them are true. */
export const count = (answers: readonly boolean[]) => answers.filter(Boolean).length;
