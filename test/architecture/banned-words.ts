/** A word or phrase that no comment, text or document uses. */
export interface BannedWord {
  readonly pattern: RegExp;
  /** What to write instead. */
  readonly instead: string;
}

/** Literary or private wording, with the field's standard term for it. docs/glossary.md has the words that are kept. */
export const BANNED_WORDS: readonly BannedWord[] = [
  { pattern: /\bheed(s|ed|ing)?\b/i, instead: "handle, process, apply" },
  { pattern: /\bobey(s|ed|ing)?\b/i, instead: "run (a command)" },
  { pattern: /\b(tell|tells|telling|told)\b/i, instead: "report, show, say, notify; identified by; distinguished" },
  { pattern: /\b(who|what|which|how)ever\b/i, instead: "the caller, the user; any; name the subject" },
  { pattern: /\bsome(body|one)\b/i, instead: "a user, another writer, another run; or the thing as subject" },
  { pattern: /\bnobody\b/i, instead: "no one, no user, nothing; or rewrite with the thing as subject" },
  { pattern: /\brest(s|ed|ing)? (up)?on\b/i, instead: "depends on, dependencies" },
  { pattern: /\b(comes?|came) to (its|their|an) end\b/i, instead: "ends" },
  { pattern: /\bbrought to an end\b/i, instead: "finished" },
  { pattern: /\blooked at of\b/i, instead: "read for" },
  { pattern: /\b(is|are|was|were|be) (not )?(to be )?had\b|\bto be had\b/i, instead: "available, unavailable" },
  { pattern: /\blets? (it |them |this |that )?(all )?through\b/i, instead: "allow, override" },
  { pattern: /\bone's own\b/i, instead: "own, custom" },
  { pattern: /\banew\b/i, instead: "again; rewritten, recreated" },
  { pattern: /\bwish(es|ed)?\b/i, instead: "request, want" },
  { pattern: /\b(carr(y|ies|ied|ying)) (\w+ )?out\b/i, instead: "apply (a plan), run (a command)" },
  { pattern: /\b(go|goes|going|went|gone) on\b/i, instead: "continue, resume" },
  { pattern: /\b(lets?|letting) go of\b/i, instead: "release, drop" },
  { pattern: /\bfor good\b/i, instead: "permanently" },
  { pattern: /\bat once\b/i, instead: "immediately; at the same time" },
  { pattern: /\bfor the time being\b/i, instead: "temporarily" },
  { pattern: /\bfor ever\b/i, instead: "permanently, indefinitely" },
  { pattern: /\bthings?\b/i, instead: "name it" },
  { pattern: /\bcome(s)? to the same\b/i, instead: "idempotent, equivalent" },
  { pattern: /\bmend(s|ed|ing)?\b/i, instead: "fix" },
  { pattern: /\bin spite of\b/i, instead: "despite" },
  { pattern: /\bas ever\b/i, instead: "as usual, unchanged" },
  { pattern: /\bmeanwhile\b/i, instead: "in the meantime" },
  { pattern: /\bwhat became of\b/i, instead: "the result of, the outcome of" },
  { pattern: /\bof late\b|\bere\b|\bhence\b|\bthus\b|\bwhence\b|\bthereby\b/i, instead: "recently, before, so" },
  { pattern: /\bbeforehand\b/i, instead: "in advance, first" },
];
