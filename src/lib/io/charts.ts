/** The script of pages: as text for a page that somebody else opens, and at work in this process. */
import { readFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { pageScriptPath } from './embedded.ts'

export interface Charts {
  /** one ES module without imports */
  pageScript(): Promise<string>
  /** what it exports */
  loadPageScript(): Promise<unknown>
}

export const charts: Charts = {
  pageScript: async () => readFile(await pageScriptPath(), 'utf8'),
  loadPageScript: async () => import(pathToFileURL(await pageScriptPath()).href),
}
