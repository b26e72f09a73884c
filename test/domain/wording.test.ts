import { expect, it } from 'vitest'
import { counted } from '../../src/lib/domain/wording.ts'

it.each([
  [0, '0 tweets'],
  [1, '1 tweet'],
  [1_234_567, '1,234,567 tweets'],
])('counts %i as "%s"', (n, text) => expect(counted(n, 'tweet')).toBe(text))
