/** src/browser/page.ts and all that it imports as one ES module for browsers: made when twdw is built, and in a checkout when it is needed. */
import { join } from 'node:path'

const PAGE = join(import.meta.dirname, '..', '..', 'browser', 'page.ts')

/** @throws AggregateError from the bundler */
export async function bundlePage(): Promise<string> {
  const { outputs } = await Bun.build({ entrypoints: [PAGE], target: 'browser', format: 'esm', minify: true })
  const text = await outputs[0]!.text()
  // HTML would end the script there
  if (/<\/script|<!--/i.test(text)) throw new Error('the script of pages holds what ends a script in HTML')
  return text
}
