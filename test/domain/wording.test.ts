import { expect, it } from 'vitest'
import { counted, spanText } from '../../src/lib/domain/wording.ts'

it.each([
  [0, '0 tweets'],
  [1, '1 tweet'],
  [1_234_567, '1,234,567 tweets'],
])('counts %i as "%s"', (n, text) => expect(counted(n, 'tweet')).toBe(text))

it.each([
  [0, '0 ms'],
  [340, '340 ms'],
  [4_250, '4.2 s'],
  [45_900, '45 s'],
  [60_000, '1 min'],
  [7_380_000, '2 h 3 min'],
  [93_600_000, '1 d 2 h'],
  [-1_500, '-1.5 s'],
])('shows %i ms as "%s"', (ms, text) => expect(spanText(ms)).toBe(text))
