import { formatPath } from "../../manifests/problems/format-value.ts";
import type { NodePath } from "../../model/diagnostics/position.ts";
import { quoteText } from "../../model/secrets/quote-text.ts";
import { parseDuration } from "../../model/text/parse-duration.ts";
import { type ConfigFile, type Draft, placeEntries, placeTargets } from "./config-file.ts";
import type { ConfigFinding } from "./config-finding.ts";
import { listDrifts, listPolicies } from "./list-policies.ts";

/** From, to: both are fine. */
type Range = readonly [least: string, most: string];
const TIMER: Range = ["1s", "24h"];
const MAYBE_NONE: Range = ["0s", "24h"];
/** Longer than this, an opening would run into the next one of any schedule. */
const WINDOW: Range = ["60s", "366d"];
const APPROVAL: Range = ["60s", "366d"];
const CONTEST: Range = ["60s", "366d"];
const HISTORY: Range = ["1h", "36500d"];

/** Finds durations that no timer takes, or with which something would never, or always, happen. */
export function checkDurations(file: Draft<ConfigFile>): readonly ConfigFinding[] {
  const targets = placeTargets(file).flatMap(({ value: { repository, folder, control_plane: plane }, path }) => [
    ...check({ poll: repository?.poll, timeout: repository?.timeout }, [...path, "repository"], TIMER),
    ...check({ jitter: repository?.jitter }, [...path, "repository"], MAYBE_NONE),
    ...check({ poll: folder?.poll }, [...path, "folder"], TIMER),
    ...check({ debounce: folder?.debounce, jitter: folder?.jitter }, [...path, "folder"], MAYBE_NONE),
    ...check({ timeout: plane?.timeout, write_timeout: plane?.write_timeout }, [...path, "control_plane"], TIMER),
  ]);
  const policies = listPolicies(file).flatMap(({ value, path }) => [
    ...check({ expires: value.approval?.expires }, [...path, "approval"], APPROVAL),
    ...placeEntries(value.windows, [...path, "windows"]).flatMap((window) =>
      check({ duration: window.value.duration }, window.path, WINDOW),
    ),
  ]);
  const drifts = listDrifts(file).flatMap(({ value, path }) => [
    ...check({ contested_within: value.contested_within }, path, CONTEST),
    ...check({ seen_for: value.seen_for }, path, MAYBE_NONE),
  ]);
  const ends = [
    ...check({ keep: file.retention?.keep, changes: file.retention?.changes }, ["retention"], HISTORY),
    ...check({ ttl: file.lease?.ttl }, ["lease"], TIMER),
  ];
  return [...targets, ...policies, ...drifts, ...ends];
}

function check(
  durations: Readonly<Record<string, string | undefined>>,
  path: NodePath,
  [least, most]: Range,
): readonly ConfigFinding[] {
  return Object.entries(durations).flatMap(([name, text]): readonly ConfigFinding[] => {
    const given = text === undefined ? undefined : parseDuration(text);
    if (text === undefined || given === undefined) return [];
    if (given >= (parseDuration(least) ?? 0) && given <= (parseDuration(most) ?? 0)) return [];
    const place = [...path, name];
    const summary = `Field "${formatPath(place)}": ${quoteText(text)} is not between ${least} and ${most}`;
    return [
      { code: "config-duration-range", path: place, summary, detail: `Write a duration between ${least} and ${most}.` },
    ];
  });
}
