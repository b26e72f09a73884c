/** Results where they are kept, and what follows from them: pages and drawings. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DARK, LIGHT } from '../src/lib/domain/picture/theme.ts'
import { drawChart } from './draw.ts'
import { fillSection } from './page.ts'
import { ROOT } from './places.ts'
import type { Results, Section } from './section.ts'

/** Beside the pages. */
const FOLDER = 'docs/benchmarks'

/** @param root of the repository, or of a copy of its docs. @returns undefined when the section was not measured yet */
export function readResults(section: string, root = ROOT): Results | undefined {
  const path = join(root, FOLDER, `${section}.json`)
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined
}

/** @returns the text of the file that keeps them, by its path */
export function resultsFile(results: Results): Record<string, string> {
  return { [join(FOLDER, `${results.section}.json`)]: `${resultsText(results)}\n` }
}

/** As JSON, with a line for each run and each list of numbers. */
function resultsText(results: Results): string {
  return JSON.stringify(results, null, 1).replace(/[[{][^[\]{}]*[\]}]/g, innermost =>
    innermost
      .replace(/\n\s*/g, ' ')
      .replace(/^([[{]) /, '$1')
      .replace(/ ([\]}])$/, '$1'),
  )
}

/**
 * What the repository should hold of its results: the pages, and the drawings in them.
 * @param sections whose results are told; those without are left as the page has them
 * @returns texts by paths relative to the repository
 */
export function filesOfResults(
  sections: readonly Section[],
  resultsOf: (section: Section) => Results | undefined,
  readPage: (path: string) => string,
): Record<string, string> {
  const files: Record<string, string> = {}
  for (const section of sections) {
    const results = resultsOf(section)
    if (results === undefined) continue
    files[section.page] = fillSection(files[section.page] ?? readPage(section.page), section, results)
    for (const [name, chart] of Object.entries(section.charts(results))) {
      files[join(FOLDER, `${name}.svg`)] = drawChart(chart, LIGHT)
      files[join(FOLDER, `${name}.dark.svg`)] = drawChart(chart, DARK)
    }
  }
  return files
}

/** @param root as `readResults` has it */
export function writeFiles(files: Readonly<Record<string, string>>, root = ROOT): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
}
