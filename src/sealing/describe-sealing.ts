import type { Address } from "../model/address.ts";
import type { Sealing } from "../model/sealing.ts";
import { collectNames, findKin, type NamingSources } from "./collect-names.ts";
import type { SensitiveNames } from "./sensitive-rules.ts";

/**
 * The version of what is sensitive by itself: keys that name a secret, environment variables, credentials by their form. Raise it with every
 * change by which more is sensitive: plans that were kept before are dropped then.
 */
export const RULES_VERSION = 2;

/**
 * By which rules a plan is sealed that is made from these manifests with these patterns of the operator. What a manifest calls sensitive is so
 * of the objects as well of which it goes on with files, under another name or at the same path: they are found in `owned`.
 */
export function describeSealing({ patterns, desired, owned }: NamingSources): Sealing {
  const { own } = collectNames({ patterns, desired, owned: [] });
  const named = [...addKin(own, findKin({ desired, owned }))]
    .map(([address, names]) => [address, [...names.patterns, ...names.paths.map((path) => `=${path}`)].sort()] as const)
    .filter(([, names]) => names.length > 0)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return { rules: RULES_VERSION, patterns: [...new Set(patterns)].sort(), own: Object.fromEntries(named) };
}

/** The names of each object, and for objects of which others go on with files theirs too. */
function addKin(own: SensitiveNames["own"], kin: SensitiveNames["kin"] & {}): SensitiveNames["own"] {
  const all = new Map(own);
  for (const [address, names] of own) {
    for (const former of kin.get(address) ?? []) {
      const { patterns, paths } = all.get(former) ?? { patterns: [], paths: [] };
      const united = {
        patterns: new Set([...patterns, ...names.patterns]),
        paths: new Set([...paths, ...names.paths]),
      };
      all.set(former, { patterns: [...united.patterns], paths: [...united.paths] });
    }
  }
  return all;
}

/** The names of rules, by which values can be sealed. */
export function namesOf({ patterns, own }: Sealing): SensitiveNames {
  const listed = Object.entries(own).map(([address, names]) => {
    const paths = names.filter((name) => name.startsWith("=")).map((name) => name.slice(1));
    return [address as Address, { patterns: names.filter((name) => !name.startsWith("=")), paths }] as const;
  });
  return { patterns, own: new Map(listed) };
}
