/** Chance, as a pipe: the only file that throws dice. */

/** 8 hex digits. */
export function randomId(): string {
  return crypto.getRandomValues(new Uint8Array(4)).toHex()
}

/** 0 <= n < 1 */
export function randomShare(): number {
  return Math.random()
}
