/**
 * Chance that can be repeated: the same seed gives the same run, on every machine.
 */

/** A run of numbers that look random. */
export interface Random {
  /** 0 <= x < 1, in steps of 2^-32 */
  fraction(): number
  /** an integer, 0 <= x < n */
  below(n: number): number
  /** true once in 1 / `probability` calls */
  chance(probability: number): boolean
  /** @param list n >= 1 elements */
  pick<T>(list: readonly T[]): T
}

/** @param seed any number; its integer part counts, modulo 2^32 */
export function createRandom(seed: number): Random {
  const next = sfc32(seed)
  const fraction = () => next() / 2 ** 32
  const below = (n: number) => Math.floor(fraction() * n)
  return {
    fraction,
    below,
    chance: probability => fraction() < probability,
    pick: <T>(list: readonly T[]) => list[below(list.length)] as T,
  }
}

/** Chris Doty-Humphrey's small fast counter of 32 bits: period at least 2^32 for each of its states. */
function sfc32(seed: number): () => number {
  let a = 0x9e3779b9 | 0
  let b = 0x243f6a88 | 0
  let c = seed | 0
  let counter = 1
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return sum >>> 0
  }
  // neighbouring seeds begin alike
  for (let round = 0; round < 16; round++) next()
  return next
}

/**
 * Ranks as words, tags and audiences have them: the n-th is 1 / n^`exponent` as frequent as the first.
 * @param ranks number of ranks, >= 1
 * @returns draws a rank, 0 <= rank < ranks
 */
export function createZipf(ranks: number, exponent: number): (random: Random) => number {
  const upTo = new Float64Array(ranks)
  let sum = 0
  for (let rank = 0; rank < ranks; rank++) {
    sum += (rank + 1) ** -exponent
    upTo[rank] = sum
  }
  return random => firstAbove(upTo, random.fraction() * sum)
}

/** Index of the first of ascending values that is above `limit`; the last index when none is. */
export function firstAbove(ascending: ArrayLike<number>, limit: number): number {
  let low = 0
  let high = ascending.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ascending[middle] as number) > limit) high = middle
    else low = middle + 1
  }
  return low
}
