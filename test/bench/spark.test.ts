import { expect, it } from 'vitest'
import { sparkTrouble } from '../../bench/spark.ts'

it("musl's loader is named as what breaks Spark's snappy", () => {
  expect(sparkTrouble(path => path === '/lib/ld-musl-x86_64.so.1')).toBe(
    "Spark's snappy does not load where /lib/ld-musl-x86_64.so.1 is: remove Debian's package musl",
  )
})

it('where it is not, nothing is said', () => {
  expect(sparkTrouble(() => false)).toBeUndefined()
})
