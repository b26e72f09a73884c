/** Colours of a terminal, as far as it has them. */

/** What a terminal can show: nothing but characters, 16 colours, 256, or any. */
export type Colors = 'none' | '16' | '256' | '24bit'

/** cyan, yellow, magenta, green, blue, red: the light ones are readable on dark and on light */
const SERIES = [36, 33, 35, 32, 34, 31]
/** of series that can be told apart */
export const SERIES_COLORS = SERIES.length

/** Text in the colour of the nth series. */
export function inSeriesColor(text: string, nth: number, colors: Colors): string {
  return colors === 'none' || text === '' ? text : `\x1b[${SERIES[nth % SERIES.length]}m${text}\x1b[39m`
}

/** viridis: as dark as it is little, for every kind of eye; on a dark ground and on a light one both ends are seen */
const RAMP: readonly (readonly [red: number, green: number, blue: number])[] = [
  [68, 1, 84],
  [72, 40, 120],
  [62, 73, 137],
  [49, 104, 142],
  [38, 130, 142],
  [31, 158, 137],
  [53, 183, 121],
  [109, 205, 89],
  [180, 222, 44],
  [253, 231, 37],
]
/** the nearest of xterm's 256 */
const RAMP_256 = [53, 54, 61, 67, 66, 36, 72, 113, 148, 220]
const DENSITY = [' ', '░', '▒', '▓', '█']

/**
 * Cells that show how much: a ground of colour, or characters that are the denser the more.
 * @param share 0 to 1; what is not zero is seen
 */
export function shaded(share: number, cells: number, colors: Colors): string {
  if (colors === 'none' || colors === '16') {
    const step = share > 0 ? Math.max(1, Math.ceil(share * (DENSITY.length - 1))) : 0
    return inSeriesColor(DENSITY[step]!.repeat(cells), 0, step === 0 ? 'none' : colors)
  }
  const step = share * (RAMP.length - 1)
  const ground = colors === '24bit' ? `2;${rampColor(step).join(';')}` : `5;${RAMP_256[Math.round(step)]}`
  return `\x1b[48;${ground}m${' '.repeat(cells)}\x1b[49m`
}

/** @param step 0 to the last of the ramp; between two it is mixed */
function rampColor(step: number): number[] {
  const low = Math.floor(step)
  const [from, to] = [RAMP[low]!, RAMP[Math.min(low + 1, RAMP.length - 1)]!]
  return from.map((part, i) => Math.round(part + (to[i]! - part) * (step - low)))
}
