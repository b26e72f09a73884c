/**
 * A page: one file that holds all it needs, and that asks nothing of any network.
 *
 * It says so to the browser in its policy, which lets run what carries the hash of twdw's own script and nothing
 * else. Without scripts its tables still say everything.
 */
import { createHash } from 'node:crypto'
import { captionsOf, whyNotDrawn } from './captions.ts'
import { heightOf } from './echarts-option.ts'
import { escapeHtml, jsonForScript } from './html.ts'
import { PAGE_STYLE } from './page-style.ts'
import type { Drawing } from './picture.ts'

/** What a page is made of. */
export interface Page {
  title: string
  /** lines below the title */
  subtitles: readonly string[]
  /** HTML */
  body: string
  /** those that the body has figures of, in their order */
  drawings: readonly Drawing[]
  /** text of src/browser/page.ts, as it was bundled */
  script: string
}

/** The file. The same page gives the same bytes. */
export function pageToHtml({ title, subtitles, body, drawings, script }: Page): string {
  const scriptText = `\n${script}\n`
  if (/<\/script|<!--/i.test(scriptText)) throw new Error('the script of pages holds what would end it')
  const hash = createHash('sha256').update(scriptText).digest('base64')
  const policy = `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="twdw">
<title>${escapeHtml(title)}</title>
<style>
${PAGE_STYLE}</style>
</head>
<body>
<main>
<header>
<h1>${bdi(title)}</h1>
${subtitles.map(text => `<p class="subtitle">${escapeHtml(text)}</p>\n`).join('')}</header>
${body}</main>
<script type="application/json" id="drawings">${jsonForScript(drawings)}</script>
<script type="module">${scriptText}</script>
</body>
</html>
`
}

/** Text whose own direction of writing stays its own. */
export function bdi(text: string): string {
  return `<bdi>${escapeHtml(text)}</bdi>`
}

/**
 * @param nth   of the drawing, among those of the page
 * @param about what it shows, for who does not see it
 */
export function figure(drawing: Drawing, nth: number, about: string): string {
  const reason = whyNotDrawn(drawing)
  if (reason !== undefined) return `<p class="note">${escapeHtml(reason)}</p>\n`
  const captions = captionsOf(drawing).map(escapeHtml).join(' ')
  const label = escapeHtml(`Chart: ${about}. The table has its numbers.`)
  return `<figure>
<div class="chart" data-drawing="${nth}" role="img" aria-label="${label}" style="height:${heightOf(drawing)}px"><noscript>The chart needs scripts; the table has its numbers.</noscript></div>
${captions === '' ? '' : `<figcaption>${captions}</figcaption>\n`}</figure>
`
}

/** A term and what it is; code is shown as it is written. */
export type Definition = readonly [term: string, text: string, as?: 'code']

/** A list of terms. */
export function definitions(entries: readonly Definition[]): string {
  const items = entries.map(([term, text, as]) => {
    const shown = as === 'code' ? code(text) : bdi(text)
    return `<dt>${escapeHtml(term)}</dt><dd>${shown}</dd>\n`
  })
  return `<dl>\n${items.join('')}</dl>\n`
}

/** SQL and command lines, line by line. */
export function code(text: string): string {
  return `<pre dir="auto">${escapeHtml(text)}</pre>`
}
