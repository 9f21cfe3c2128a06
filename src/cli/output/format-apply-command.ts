import { quoteWord } from "../../model/text/quote-word.ts";
import { describeLocation } from "../../store/database/describe-location.ts";

/** What names the target of a plan file, as flags. */
export interface TargetFlags {
  readonly endpoint?: string | undefined;
  readonly org?: string | undefined;
  readonly flyteadminEndpoint?: string | undefined;
  readonly deliver?: string | undefined;
  readonly store?: string | undefined;
}

/** The same, and what a plan file takes beside its target. */
export interface ApplyFlags extends TargetFlags {
  /** The folder of the manifests whose sensitive values the file leaves out. */
  readonly manifests?: string | undefined;
  readonly planKeyFile?: string | undefined;
  /** What the manifests may refer to: the file does not say it. */
  readonly reference?: readonly string[] | undefined;
  /** How its servers are reached, where they are not reached otherwise. */
  readonly caFile?: string | undefined;
  readonly insecure?: boolean | undefined;
  readonly insecureSkipVerify?: boolean | undefined;
}

/** The command that applies a path with these flags, as a shell takes it. A store's URL with a user, a password or parameters is left as `URL`. */
export function formatApplyCommand(path: string, flags: ApplyFlags, autoApprove = false): string {
  const { endpoint, org, flyteadminEndpoint, deliver, store, manifests, planKeyFile, reference = [] } = flags;
  const named: readonly (readonly [string, string | undefined])[] = [
    ["--endpoint", endpoint],
    ["--org", org],
    ["--flyteadmin-endpoint", flyteadminEndpoint],
    ["--deliver", deliver],
    ["--ca-file", flags.caFile],
    ["--store", store === undefined || describeLocation(store) === store ? store : "URL"],
    ["--manifests", manifests],
    ["--plan-key-file", planKeyFile],
    ...reference.map((allowed) => ["--reference", allowed] as const),
  ];
  const words = named.flatMap(([flag, value]) => (value === undefined ? [] : [flag, quoteWord(value)]));
  const switches = [
    ...(flags.insecure === true ? ["--insecure"] : []),
    ...(flags.insecureSkipVerify === true ? ["--insecure-skip-verify"] : []),
  ];
  return [
    "poolkeeper",
    "apply",
    quoteWord(path),
    ...words,
    ...switches,
    ...(autoApprove ? ["--auto-approve"] : []),
  ].join(" ");
}
