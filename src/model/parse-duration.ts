const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

/** Reads `30s`, `5m` or `2h` as milliseconds. Returns undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const match = /^([0-9]{1,6})([smh])$/.exec(text);
  const unit = UNITS[match?.[2] ?? ""];
  return unit === undefined ? undefined : Number(match?.[1]) * unit;
}
