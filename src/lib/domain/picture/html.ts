/** Text in HTML, whatever it holds: a tweet is written by anybody. */

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
/** controls that HTML has no place for, line ends and tabs left alone */
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f]/g

/** For between tags and inside quoted attributes. */
export function escapeHtml(text: string): string {
  return text
    .replace(CONTROL, control => String.fromCharCode(0x2400 + control.charCodeAt(0)))
    .toWellFormed()
    .replace(/[&<>"']/g, sign => ENTITIES[sign]!)
}

/** A value for between `<script type="application/json">` and its end, which nothing in it can be. */
export function jsonForScript(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029')
}

/** `1,234,567.8` */
export function numberText(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 2 })
}
