/**
 * dim_lang: what X means by its language codes.
 *
 * X writes BCP 47 with two withdrawn codes (`in` for Indonesian, `iw` for Hebrew) and with codes of its own for posts
 * that have no language. The list is open: a code that is not in it stands in the fact all the same.
 */
import type { Table } from 'apache-arrow'
import { boolsToColumn, columnsToTable, stringsToColumn } from '../columns/columns.ts'
import { LAYER2 } from '../layer2.ts'

const LANGUAGES: Readonly<Record<string, string>> = {
  am: 'Amharic',
  ar: 'Arabic',
  bg: 'Bulgarian',
  bn: 'Bengali',
  bo: 'Tibetan',
  bs: 'Bosnian',
  ca: 'Catalan',
  chr: 'Cherokee',
  ckb: 'Central Kurdish',
  cs: 'Czech',
  cy: 'Welsh',
  da: 'Danish',
  de: 'German',
  dv: 'Divehi',
  el: 'Greek',
  en: 'English',
  es: 'Spanish',
  et: 'Estonian',
  eu: 'Basque',
  fa: 'Persian',
  fi: 'Finnish',
  fil: 'Filipino',
  fr: 'French',
  gu: 'Gujarati',
  he: 'Hebrew',
  hi: 'Hindi',
  'hi-Latn': 'Hindi in Latin letters',
  hr: 'Croatian',
  ht: 'Haitian Creole',
  hu: 'Hungarian',
  hy: 'Armenian',
  id: 'Indonesian',
  in: 'Indonesian',
  is: 'Icelandic',
  it: 'Italian',
  iu: 'Inuktitut',
  iw: 'Hebrew',
  ja: 'Japanese',
  ka: 'Georgian',
  km: 'Khmer',
  kn: 'Kannada',
  ko: 'Korean',
  lo: 'Lao',
  lt: 'Lithuanian',
  lv: 'Latvian',
  ml: 'Malayalam',
  mr: 'Marathi',
  ms: 'Malay',
  msa: 'Malay',
  my: 'Burmese',
  ne: 'Nepali',
  nl: 'Dutch',
  no: 'Norwegian',
  or: 'Odia',
  pa: 'Punjabi',
  pl: 'Polish',
  ps: 'Pashto',
  pt: 'Portuguese',
  ro: 'Romanian',
  ru: 'Russian',
  sd: 'Sindhi',
  si: 'Sinhala',
  sk: 'Slovak',
  sl: 'Slovenian',
  sq: 'Albanian',
  sr: 'Serbian',
  sv: 'Swedish',
  ta: 'Tamil',
  te: 'Telugu',
  th: 'Thai',
  tl: 'Tagalog',
  tr: 'Turkish',
  ug: 'Uyghur',
  uk: 'Ukrainian',
  ur: 'Urdu',
  vi: 'Vietnamese',
  zh: 'Chinese',
  'zh-CN': 'Chinese, simplified',
  'zh-TW': 'Chinese, traditional',
}

const NOT_LANGUAGES: Readonly<Record<string, string>> = {
  art: 'Artificial language',
  qam: 'Mentions only',
  qct: 'Cashtags only',
  qht: 'Hashtags only',
  qme: 'Media links only',
  qst: 'Very short text',
  und: 'Undetermined',
  zxx: 'Media or card without text',
}

/** Sorted by code. */
export function buildLanguages(): Table {
  const names = { ...LANGUAGES, ...NOT_LANGUAGES }
  // all codes are ASCII, so the order of strings is that of their bytes
  const codes = Object.keys(names).sort()
  return columnsToTable(LAYER2.dim_lang.schema, codes.length, {
    lang: stringsToColumn(codes),
    name: stringsToColumn(codes.map(code => names[code]!)),
    is_language: boolsToColumn(Uint8Array.from(codes, code => (code in LANGUAGES ? 1 : 0))),
  })
}
