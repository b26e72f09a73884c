/** Names of columns, of which Arrow and Parquet have each once, and SQL any number of times. */

/** The same; of one that occurs again with `_1`, `_2` … at its end. */
export function distinctNames(names: readonly string[]): string[] {
  const taken = new Set(names)
  const seen = new Set<string>()
  return names.map(name => {
    if (!seen.has(name)) {
      seen.add(name)
      return name
    }
    let suffix = 1
    while (taken.has(`${name}_${suffix}`)) suffix++
    taken.add(`${name}_${suffix}`)
    return `${name}_${suffix}`
  })
}
