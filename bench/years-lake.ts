/** A lake of many years: one year's files under the names of others, which costs no room and a question as much as if they were. */
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** @param lake of a whole year, 2023. @returns a lake with it and the years before */
export function manyYearsLake(lake: string, years: number): string {
  const target = `${lake}-years-${years}`
  if (existsSync(target)) return target
  const unfinished = `${target}.new`
  rmSync(unfinished, { recursive: true, force: true })
  for (const path of filesBelow(lake, '')) {
    for (let back = 0; back < years; back++) {
      const year = 2023 - back
      const named = path.replaceAll('2023-', `${year}-`)
      // what is of no day is there once
      if (back > 0 && named === path) continue
      const to = join(unfinished, named)
      mkdirSync(dirname(to), { recursive: true })
      if (path.endsWith('.json'))
        writeFileSync(to, readFileSync(join(lake, path), 'utf8').replaceAll('2023-', `${year}-`))
      else linkSync(join(lake, path), to)
    }
  }
  renameSync(unfinished, target)
  return target
}

function* filesBelow(root: string, folder: string): Generator<string> {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* filesBelow(root, path)
    else yield path
  }
}
