import type { Sealing } from "../model/secrets/sealing.ts";
import { collectNames, type NamingSources } from "./collect-names.ts";
import { listNames, readNames } from "./own-names.ts";
import type { SensitiveNames } from "./sensitive-rules.ts";

/**
 * The version of the built-in rules of what is sensitive: keys that name a secret, environment variables, credentials by their form and in
 * addresses. Raise it with every change by which more is sensitive: plans that were kept before are dropped then.
 */
export const RULES_VERSION = 9;

/** By which rules a plan is sealed that is made from these manifests with these patterns of the operator, beside what was sensitive before. */
export function describeSealing({ patterns, desired, remembered }: Omit<NamingSources, "owned">): Sealing {
  const { own } = collectNames({ patterns, desired, remembered, owned: [] });
  return { rules: RULES_VERSION, patterns: [...new Set(patterns)].sort(), own: listNames(own) };
}

/** The names of rules, by which values can be sealed. */
export function namesOf({ patterns, own }: Sealing): SensitiveNames {
  return { patterns, own: readNames(own) };
}
