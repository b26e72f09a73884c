/** What came again though it is forgotten, and was not stored: counted, and said. */
import { counted } from '../domain/wording.ts'

/** Tweets and rejected lines that were not stored, because they are forgotten. */
export interface LeftOut {
  tweets: number
  lines: number
}

export function sumOfLeftOut(some: readonly LeftOut[]): LeftOut {
  return {
    tweets: some.reduce((sum, { tweets }) => sum + tweets, 0),
    lines: some.reduce((sum, { lines }) => sum + lines, 0),
  }
}

/** Of what is forgotten and came again; with the semicolon before it. */
export function leftOutText({ tweets, lines }: LeftOut): string {
  const what = [
    ...(tweets === 0 ? [] : [counted(tweets, 'tweet')]),
    ...(lines === 0 ? [] : [counted(lines, 'rejected line')]),
  ]
  return what.length === 0 ? '' : `; ${what.join(' and ')} left out, forgotten before`
}
