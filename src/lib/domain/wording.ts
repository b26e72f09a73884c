/** How numbers read in a sentence. */

/** `1 tweet`, `2,048 tweets`, `3 hours`. @param noun one that takes a plain s */
export function counted(n: number, noun: string): string {
  return `${n.toLocaleString('en-US')} ${noun}${n === 1 ? '' : 's'}`
}
