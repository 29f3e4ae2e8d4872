/** Numbers as they are typed, "0.3", "3/10" or "1e-3", exactly. */

export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint; // above 0
}

const MOST_CHARACTERS = 40;

/** Return the number that `text` says, or null where it says none. */
export function parseRational(text: string): Rational | null {
  const trimmed = text.trim();
  if (trimmed.length > MOST_CHARACTERS) return null;
  const fraction = /^([+-]?\d+)\s*\/\s*(\d+)$/.exec(trimmed);
  if (fraction) {
    const denominator = BigInt(fraction[2]!);
    return denominator === 0n ? null : { numerator: BigInt(fraction[1]!), denominator };
  }
  const decimal = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d{1,3}))?$/i.exec(trimmed);
  if (!decimal || decimal[2]! + decimal[3]! === "") return null;
  const digits = BigInt(decimal[1]! + (decimal[2]! + decimal[3]!));
  const exponent = Number(decimal[4] ?? 0) - decimal[3]!.length;
  const power = 10n ** BigInt(Math.abs(exponent));
  return exponent < 0
    ? { numerator: digits, denominator: power }
    : { numerator: digits * power, denominator: 1n };
}

/** Return the double nearest to a number; numerator and denominator may be too long for doubles. */
export function toNumber({ numerator, denominator }: Rational): number {
  const direct = Number(numerator) / Number(denominator);
  const exact = Number.isSafeInteger(Number(numerator)) && Number.isSafeInteger(Number(denominator));
  if (exact) return direct;
  // 60 more bits than a double has, then one rounding.
  const negative = numerator < 0n;
  const size = negative ? -numerator : numerator;
  const shift = BigInt(Math.max(0, 120 + bits(denominator) - bits(size)));
  const quotient = (size << shift) / denominator;
  const value = Number(quotient) * 2 ** -Number(shift);
  return negative ? -value : value;
}

function bits(value: bigint): number {
  return value.toString(2).length;
}

/** Return ⌈a / b⌉ for positive numbers. */
export function ceilingOfQuotient(a: Rational, b: Rational): number {
  const above = a.numerator * b.denominator;
  const below = a.denominator * b.numerator;
  return Number(above / below) + (above % below === 0n ? 0 : 1);
}

export function times(a: Rational, b: Rational): Rational {
  return { numerator: a.numerator * b.numerator, denominator: a.denominator * b.denominator };
}

export function plusOne({ numerator, denominator }: Rational): Rational {
  return { numerator: numerator + denominator, denominator };
}

/** Say whether two numbers are the same one. */
export function equal(a: Rational, b: Rational): boolean {
  return a.numerator * b.denominator === b.numerator * a.denominator;
}
