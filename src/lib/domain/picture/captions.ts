/** What a drawing shows less of than its answer has, and what blanks in it mean, in sentences below it. */
import { numberText } from './html.ts'
import { type Drawing, hasUnknown, type SeriesPicture } from './picture.ts'

/** Series that can be told apart by colour. */
export const MAX_SERIES = 8
/** Bars that lie in one chart. */
export const MAX_BARS = 30
export const MAX_MAPS = 6
/** Points that a browser draws and moves without a wait. */
const MAX_POINTS = 50_000

/** Why a drawing would not help anybody; undefined: it does. */
export function whyNotDrawn(drawing: Drawing): string | undefined {
  if (drawing.form === 'network') return drawing.nodes.length < 3 ? 'too few to draw' : undefined
  const points = drawing.form === 'heatmap' ? drawing.maps.length : countPoints(drawing)
  if (points === 0) return 'nothing to draw'
  return points > MAX_POINTS ? `too many values to draw (${numberText(points)}): narrow the question` : undefined
}

function countPoints({ series }: SeriesPicture): number {
  return series.reduce((sum, { points }) => sum + points.length, 0)
}

/** Sentences, for people. */
export function captionsOf(drawing: Drawing): string[] {
  if (drawing.form === 'network') return []
  const captions: string[] = []
  if (drawing.form === 'heatmap') {
    if (drawing.maps.length > MAX_MAPS) captions.push(`The first ${MAX_MAPS} of ${drawing.maps.length} are drawn.`)
    if (hasUnknown(drawing)) captions.push('Blank: not covered, or there was no such hour.')
    return captions
  }
  const { series } = drawing
  if (series.length > MAX_SERIES) captions.push(`The ${MAX_SERIES} greatest of ${series.length} series are drawn.`)
  const longest = series.reduce((most, { points }) => Math.max(most, points.length), 0)
  if (isLying(drawing) && longest > MAX_BARS)
    captions.push(`The first ${MAX_BARS} of ${numberText(longest)} are drawn.`)
  const isShaded = drawing.gaps === undefined ? hasUnknown(drawing) : drawing.gaps.length > 0
  if (isShaded && drawing.timeUnit !== undefined) {
    captions.push('Shaded: not covered, so what was said then is not known.')
  } else if (isShaded) captions.push('A label without a bar: the value is unknown.')
  return captions
}

/** True where bars lie: they are of things, which have long names. */
export function isLying({ form, timeUnit, isTimeline }: SeriesPicture): boolean {
  return form === 'bar' && timeUnit === undefined && !isTimeline
}
