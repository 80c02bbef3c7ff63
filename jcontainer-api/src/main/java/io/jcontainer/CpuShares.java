package io.jcontainer;

/**
 * The two scales of one thing: shares of version 1, from 2 to 262,144 with 1,024 as what everyone
 * has, and weights of version 2, from 1 to 10,000 with 100. The curve is the one that runc and crun
 * use since 2025; the straight line before it made 39 of 1,024.
 */
final class CpuShares {
  private static final long LEAST = 2;
  private static final long MOST = 262_144;
  private static final double SHIFT = 7.0 / 34.0;

  private CpuShares() {}

  static int toWeight(long shares) {
    if (shares <= LEAST) {
      return 1;
    }
    if (shares >= MOST) {
      return 10_000;
    }
    double log = log2(shares);
    return (int) Math.ceil(StrictMath.pow(10, (log * log + 125 * log) / 612.0 - SHIFT));
  }

  /** The curve backwards: what {@link #toWeight} makes of it again is the same weight. */
  static long fromWeight(int weight) {
    double exponent = StrictMath.log10(weight) + SHIFT;
    double log = (Math.sqrt(125 * 125 + 4 * 612 * exponent) - 125) / 2;
    long shares = Math.min(MOST, Math.max(LEAST, (long) Math.floor(StrictMath.pow(2, log))));
    return toWeight(shares) < weight ? shares + 1 : shares;
  }

  /** Exact for powers of two, where a quotient of logarithms is not. */
  private static double log2(long number) {
    int whole = Math.getExponent((double) number);
    return whole + StrictMath.log(number / (double) (1L << whole)) / StrictMath.log(2);
  }
}
