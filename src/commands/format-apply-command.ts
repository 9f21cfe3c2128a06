import { describeLocation } from "../store/describe-location.ts";

/** What names the target of a plan file, as flags. */
export interface TargetFlags {
  readonly endpoint?: string | undefined;
  readonly org?: string | undefined;
  readonly flyteadminEndpoint?: string | undefined;
  readonly deliver?: string | undefined;
  readonly store?: string | undefined;
}

/** The command that applies a path with these flags, as a shell takes it. A store's URL with a user, a password or parameters is left as `URL`. */
export function formatApplyCommand(path: string, flags: TargetFlags, autoApprove = false): string {
  const { endpoint, org, flyteadminEndpoint, deliver, store } = flags;
  const named: readonly (readonly [string, string | undefined])[] = [
    ["--endpoint", endpoint],
    ["--org", org],
    ["--flyteadmin-endpoint", flyteadminEndpoint],
    ["--deliver", deliver],
    ["--store", store === undefined || describeLocation(store) === store ? store : "URL"],
  ];
  const words = named.flatMap(([flag, value]) => (value === undefined ? [] : [flag, quote(value)]));
  return ["poolkeeper", "apply", quote(path), ...words, ...(autoApprove ? ["--auto-approve"] : [])].join(" ");
}

/** One word for a POSIX shell, whatever it holds. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
