/** Permanent answers about full ids of commits. */
export interface FinalAnswers {
  /** The answer from before, or that of the task, which is kept where it can never be another one. Errors are not kept. */
  ask<T>(question: string, task: () => Promise<T>, isFinal: (answer: T) => boolean): Promise<T>;
}

/** Answers that are kept, those that were asked for last. */
const MOST_ANSWERS = 500;

/**
 * An empty memory. A commit never changes, nor do its parents: what two of them are to each other needs no run of git in each pass and
 * each look at the requests. Only answers of a few lines belong here.
 */
export function openFinalAnswers(): FinalAnswers {
  const answers = new Map<string, unknown>();
  const keep = (question: string, answer: unknown) => {
    answers.delete(question);
    answers.set(question, answer);
    const [oldest] = answers.keys();
    if (answers.size > MOST_ANSWERS && oldest !== undefined) answers.delete(oldest);
  };
  return {
    ask: async <T>(question: string, task: () => Promise<T>, isFinal: (answer: T) => boolean) => {
      // The type is that of the same question before.
      const answer = answers.has(question) ? (answers.get(question) as T) : await task();
      if (answers.has(question) || isFinal(answer)) keep(question, answer);
      return answer;
    },
  };
}
