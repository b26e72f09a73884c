import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { escapeHtml, jsonForScript } from '../../../src/lib/domain/picture/html.ts'

describe('escapeHtml', () => {
  it('leaves nothing that begins or ends a tag, an attribute or an entity', () => {
    expect(escapeHtml(`</script><b a="1" b='2'>&amp;`)).toBe(
      '&lt;/script&gt;&lt;b a=&quot;1&quot; b=&#39;2&#39;&gt;&amp;amp;',
    )
  })

  it('shows controls that HTML has no place for, and keeps line ends', () => {
    expect(escapeHtml('a\0b\x1b[2J\n\tc\ud800')).toBe('a␀b␛[2J\n\tc\ufffd')
  })
})

describe('jsonForScript', () => {
  it('is the value again, and never ends the element or begins a comment in it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('</script>', '<!--', '\u2028'))),
        value => {
          const text = jsonForScript(value)
          expect(JSON.parse(text)).toEqual(value)
          expect(text).not.toMatch(/[<\u2028\u2029]/)
        },
      ),
    )
  })
})
