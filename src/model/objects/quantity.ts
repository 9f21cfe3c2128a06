/**
 * Kubernetes quantities (`8`, `0.5`, `100m`, `512Gi`, `1e3`), compared by value. The grammar and the precision (nano, rounded
 * away from zero) are those of the Kubernetes API conventions.
 */
const QUANTITY = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d{1,2})?$/;
const NANO = 1_000_000_000n;
const DECIMAL_EXPONENT: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const BINARY_SUFFIXES: readonly string[] = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/** The value of a quantity in nano-units (1 is 1_000_000_000n), or undefined when the text is no quantity. */
export function parseQuantity(text: string): bigint | undefined {
  const match = QUANTITY.exec(text.trim());
  if (match === null) return undefined;
  const [, sign = "", digits = "", suffix = ""] = match;
  const [whole = "", fraction = ""] = digits.split(".");
  const nano = scale(BigInt(whole + fraction), -fraction.length + 9 + decimalExponent(suffix)) * binaryFactor(suffix);
  return sign === "-" ? -roundUp(nano) : roundUp(nano);
}

/**
 * One text per value, for comparing: `1000m` gives `1`, `1024Mi` gives `1Gi`, `0.5` gives `500m`. Multiples of a mebibyte
 * take the largest binary suffix that divides them. A text that is no quantity is given back as it is.
 */
export function normaliseQuantity(text: string): string {
  const nano = parseQuantity(text);
  if (nano === undefined) return text;
  if (nano % NANO === 0n) return formatWhole(nano / NANO);
  if (nano % 1_000_000n === 0n) return `${nano / 1_000_000n}m`;
  return `${nano}n`;
}

/** True when both texts are the same amount, or the same text where one is no quantity. */
export function equalQuantities(left: string, right: string): boolean {
  return normaliseQuantity(left) === normaliseQuantity(right);
}

function decimalExponent(suffix: string): number {
  if (/^[eE][+-]?\d/.test(suffix)) return Number(suffix.slice(1));
  return DECIMAL_EXPONENT[suffix] ?? 0;
}

function binaryFactor(suffix: string): bigint {
  const power = BINARY_SUFFIXES.indexOf(suffix);
  return power < 0 ? 1n : 1024n ** BigInt(power + 1);
}

// Below a nano-unit there is nothing: the remainder is carried in thousandths of it until the sign is known.
const GUARD = 18;
function scale(value: bigint, exponent: number): bigint {
  const guarded = exponent + GUARD;
  return guarded >= 0 ? value * 10n ** BigInt(guarded) : value / 10n ** BigInt(-guarded);
}
function roundUp(guarded: bigint): bigint {
  const unit = 10n ** BigInt(GUARD);
  return (guarded + unit - 1n) / unit;
}

function formatWhole(value: bigint): string {
  const mebibyte = 1024n ** 2n;
  if (value === 0n || value % mebibyte !== 0n) return `${value}`;
  const power = BINARY_SUFFIXES.findLastIndex((_, index) => value % 1024n ** BigInt(index + 1) === 0n);
  return `${value / 1024n ** BigInt(power + 1)}${BINARY_SUFFIXES[power]}`;
}
