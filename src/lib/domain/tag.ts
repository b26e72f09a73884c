/**
 * Tags: hashtags without their sign, folded so that spellings of one tag are one key.
 *
 * Accents stay, because X's stream tells `cumpleaños` from `cumpleanos`. The dotted and the dotless i stay apart
 * from each other whatever the machine's language is. JavaScript has no case fold; `foldTag` says how it is made.
 */
import { TwdwError } from '../errors.ts'

/** A folded hashtag without its sign: `covid19`. */
export type Tag = string & { readonly brand: 'Tag' }

const ASCII = /^[\0-\x7f]*$/
const LETTER = /[\p{L}\p{M}]/u
/** what twitter-text lets stand in a hashtag: letters, marks, digits and the special characters of the scripts */
const NOT_IN_HASHTAG =
  /[^\p{L}\p{M}\p{Nd}_\u200c-\u200d\ua67e\u05be\u05f3\u05f4\uff5e\u301c\u309b\u309c\u30a0\u30fb\u3003\u0f0b\u0f0c\u00b7]/u
/** `#` with an emoji selector or a keycap behind it is an emoji */
const EMOJI_SIGN = /^[\ufe0f\u20e3]/

/**
 * The key of a hashtag: NFKC, Unicode's full case fold, NFKC. Folding twice is folding once.
 *
 * The case fold is lower(upper(lower(x))), which takes apart what folding takes apart (`ß` and `ẞ` are `ss`, `ﬁ` is
 * `fi`, `İ` is `i` with U+0307), with final `ς` as `σ` and with `ı` kept. It is CaseFolding.txt (C + F) for every character but
 * the Cherokee letters, whose key is the small letter here and the capital there: the same spellings are equal.
 *
 * @param text a hashtag without its sign, as X spells it; any text will do
 */
export function foldTag(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase()
  return foldCase(text.normalize('NFKC')).normalize('NFKC')
}

function foldCase(text: string): string {
  // upper('ı') is 'I', which is the capital of another letter
  return text
    .split('ı')
    .map(part => part.toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ'))
    .join('ı')
}

/**
 * The tag that a person wrote, with or without `#` or `＃`, white space around it ignored.
 * @throws TwdwError E_USAGE when X would not recognise it as a hashtag
 */
export function parseTag(text: string): Tag {
  return foldTag(parseHashtag(text)) as Tag
}

/**
 * A hashtag as the person spelled it, without its sign: what a rule for X is made of.
 * @throws TwdwError E_USAGE when X would not recognise it as a hashtag
 */
export function parseHashtag(text: string): string {
  const spelling = text.trim().replace(/^[#＃]/, '')
  const fault = hashtagFault(spelling)
  if (fault === undefined) return spelling
  throw new TwdwError('E_USAGE', `not a hashtag: "${text}": ${fault}`, {
    hint: 'write letters, digits and _ with at least one letter, such as covid19',
  })
}

/** Why twitter-text does not take `spelling` for a hashtag; undefined when it does. */
function hashtagFault(spelling: string): string | undefined {
  if (spelling === '') return 'nothing stands behind the sign'
  if (EMOJI_SIGN.test(spelling)) return 'the sign is part of an emoji'
  const stranger = NOT_IN_HASHTAG.exec(spelling)?.[0]
  if (stranger !== undefined) return `"${stranger}" ends a hashtag`
  return LETTER.test(spelling) ? undefined : 'it has no letter'
}
