/** How pages look: on a desk, on a phone, on paper, by day and by night. */
import { DARK, FONT, LIGHT, type Theme } from './theme.ts'

const colors = ({ ground, ink, muted, rule, series }: Theme) =>
  `--ground: ${ground}; --ink: ${ink}; --muted: ${muted}; --rule: ${rule}; --accent: ${series[0]};`

export const PAGE_STYLE = `:root { color-scheme: light dark; ${colors(LIGHT)} }
@media (prefers-color-scheme: dark) { :root { ${colors(DARK)} } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 ${FONT}; }
main { max-width: 62rem; margin: 0 auto; padding: 2.5rem 1.5rem 4rem; }
header { margin-bottom: 2rem; }
h1 { font-size: 1.75rem; line-height: 1.2; font-weight: 650; letter-spacing: -0.01em; margin: 0 0 0.4rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; line-height: 1.3; font-weight: 650; margin: 0 0 0.25rem; }
p { margin: 0 0 0.5rem; }
a { color: var(--accent); text-underline-offset: 0.15em; }
section { margin: 0 0 2.75rem; }
.subtitle, .note, figcaption { color: var(--muted); font-size: 0.875rem; margin: 0 0 0.35rem; overflow-wrap: anywhere; }
figure { margin: 0.75rem 0 1rem; }
figcaption { margin-top: 0.35rem; }
.chart { width: 100%; overflow: hidden; }
.scroll { overflow-x: auto; margin: 0.75rem 0 0.5rem; }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.35rem 0.75rem 0.35rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--rule); }
th:last-child, td:last-child { padding-right: 0; }
th { color: var(--muted); font-weight: 550; white-space: nowrap; border-bottom-color: var(--muted); }
td { overflow-wrap: anywhere; text-align: match-parent; }
td.text { white-space: pre-line; min-width: 6rem; }
.number { text-align: right; white-space: nowrap; padding-left: 0.75rem; }
td.none { color: var(--muted); }
th button { all: unset; cursor: pointer; }
th button:hover { color: var(--ink); }
th button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
th[aria-sort] { color: var(--ink); }
th[aria-sort="ascending"] button::after { content: " \\2191"; }
th[aria-sort="descending"] button::after { content: " \\2193"; }
details { border-top: 1px solid var(--rule); padding: 0.6rem 0; }
details > summary { cursor: pointer; font-weight: 550; }
section details { border-top: 0; padding: 0.2rem 0; }
section details > summary { color: var(--muted); font-size: 0.875rem; font-weight: 400; }
section details > summary:hover { color: var(--ink); }
details details { margin-left: 1rem; }
dl { display: grid; grid-template-columns: minmax(6rem, max-content) minmax(0, 1fr); gap: 0.25rem 1.25rem; margin: 0.75rem 0; font-size: 0.875rem; }
dt { color: var(--muted); }
dd { margin: 0; overflow-wrap: anywhere; }
pre { margin: 0 0 0.5rem; font: 0.8125rem/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: 1.25rem 1.5rem; margin: 0 0 2.75rem; padding: 1.25rem 0; border-top: 1px solid var(--rule); border-bottom: 1px solid var(--rule); }
.facts div { display: flex; flex-direction: column; }
.facts dt { font-size: 0.8125rem; order: 2; }
.facts dd { font-size: 1.5rem; line-height: 1.25; font-weight: 600; font-variant-numeric: tabular-nums; }
.facts small { font-size: 0.8125rem; font-weight: 400; color: var(--muted); }
.facts { font-size: 1rem; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 0 2.5rem; }
.pair > * { min-width: 0; }
@media (max-width: 34rem) {
  main { padding: 1.5rem 1rem 3rem; }
  h1 { font-size: 1.4rem; }
  .facts { grid-template-columns: 1fr 1fr; gap: 1rem; }
  .facts dd { font-size: 1.2rem; }
  dl:not(.facts) { grid-template-columns: 1fr; gap: 0; }
  dl:not(.facts) dd { margin-bottom: 0.5rem; }
}
.paper body { width: 660px; font-size: 14px; }
.paper main { max-width: none; padding: 0; }
.paper .pair { grid-template-columns: 1fr 1fr; gap: 0 1.5rem; }
.paper .facts { grid-template-columns: repeat(5, 1fr); }
.paper .facts dd { font-size: 1.2rem; }
@media print {
  :root { color-scheme: light; ${colors(LIGHT)} }
  @page { margin: 18mm 16mm; }
  section { margin-bottom: 1.75rem; }
  figure, tr, .facts, h2 { break-inside: avoid; }
  h2, .note { break-after: avoid; }
  .scroll { overflow: visible; }
  thead { display: table-header-group; }
}
`
