/** The little XML that S3 speaks: elements with text or elements in them, no attribute that anybody reads. */

const ENTITIES: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&amp;': '&',
}

/** Characters that XML cannot hold come out as S3 writes them, which strict readers refuse. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"\u0000-\u001f]/g, one => {
    if (one === '&') return '&amp;'
    if (one === '<') return '&lt;'
    if (one === '>') return '&gt;'
    return one === '"' ? '&quot;' : `&#x${one.charCodeAt(0).toString(16)};`
  })
}

export type XmlContent = string | number | boolean | undefined | readonly XmlElement[]
/** Name and content; an element whose content is undefined is not written. */
export type XmlElement = readonly [name: string, content: XmlContent]

export function xmlDocument(name: string, content: readonly XmlElement[]): string {
  const inner = content.map(elementText).join('')
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inner}</${name}>`
}

function elementText([name, content]: XmlElement): string {
  if (content === undefined) return ''
  const inner = Array.isArray(content) ? content.map(elementText).join('') : escapeXml(String(content))
  return `<${name}>${inner}</${name}>`
}

/** What stands in each element of that name, in order, however deep. */
export function elementsOf(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?>(.*?)</${name}>`, 'gs'))].map(([, inner = '']) => inner)
}

/** The text of the first element of that name. */
export function textOf(xml: string, name: string): string | undefined {
  const [inner] = elementsOf(xml, name)
  return inner?.replace(/&(?:lt|gt|quot|apos|amp|#(x?)([0-9a-f]+));/gi, (entity, hex: string, code: string) => {
    if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, hex ? 16 : 10))
    return ENTITIES[entity.toLowerCase()] ?? entity
  })
}
