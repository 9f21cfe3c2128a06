const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads `30s`, `5m`, `2h` or `90d` as milliseconds. Returns undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const match = /^([0-9]{1,6})([smhd])$/.exec(text);
  const unit = UNITS[match?.[2] ?? ""];
  return unit === undefined ? undefined : Number(match?.[1]) * unit;
}
