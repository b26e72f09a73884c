/** What all charts of a terminal share: room, colours, one scale. */
import type { Colors } from './ansi.ts'

/** How one plot of several is drawn. */
export interface Plot {
  width: number
  colors: Colors
  /** of all plots; at least 0 */
  greatest: number
  /** of all plots; at most 0 */
  least: number
}

/** What stands where a value is unknown. */
export const UNKNOWN = '·'
