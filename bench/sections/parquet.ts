/** How the files of the lake could lie in Parquet, and what each choice costs: the figures of docs/parquet.md. */
import { digits, machineLine, NONE, table, threadsText } from '../page.ts'
import type { ColumnFigures, ColumnLayout, Encoding, ParquetFigures } from '../parquet/figures.ts'
import type { Section } from '../section.ts'

type Size = {
  tweets: number
  /** how often each file is encoded; the best counts */
  encode: number
  /** how often it is read */
  read: number
}

const PEERS = ['parquet-wasm', 'duckdb', 'pyspark']

export const parquet: Section<Size, ParquetFigures> = {
  name: 'parquet',
  page: 'docs/parquet.md',
  about: 'how files are laid out: bytes, encoding, reading',
  minutes: 4,
  peers: PEERS,
  size: { tweets: 1_000_000, encode: 5, read: 15 },
  smallSize: { tweets: 10_000, encode: 1, read: 2 },

  async measure({ tweets, encode, read }, { say }) {
    // Arrow and the Parquet writer are loaded by who measures only
    const { measureParquet } = await import('../parquet/measure.ts')
    return measureParquet(tweets, { encode, read }, say)
  },

  tell(results) {
    const { size, figures } = results
    const { facts, bridges, columns } = figures
    const shown = columns.filter(each => each.isShown)
    return {
      machine: [
        `${digits(size.tweets, 0)} demo tweets in one hour. Encoding: best of ${size.encode} runs; reading: DuckDB with ${threadsText(results)}, best of ${size.read}.`,
        '',
        machineLine(results, PEERS),
      ],
      files: table(
        ['', 'rows', 'groups', 'kB'],
        figures.files.map(({ name, rows, groups, bytes }) => [
          name,
          digits(rows, 0),
          digits(groups, 0),
          digits(bytes / 1e3, 0),
        ]),
      ),
      order: table(
        ['', 'MB', 'encoding, s', 'a tweet, ms', 'a tag, ms'],
        [
          ['fact by `tweet_id`', ...sizeCells(facts.twdw), ms(facts.twdw.tweetMs), NONE],
          ['fact shuffled', ...sizeCells(facts.shuffled), ms(facts.shuffled.tweetMs), NONE],
          ...(['twdw', 'byTweet'] as const).map(name => [
            name === 'twdw' ? 'bridge by `tag`, `tweet_id`' : 'bridge by `tweet_id`',
            ...sizeCells(bridges[name]),
            ms(bridges[name].tagsOfTweetMs),
            ms(bridges[name].tagMs),
          ]),
        ],
      ),
      codecs: table(
        ['', 'MB', 'encoding, s', 'scan, ms'],
        (['twdw', 'snappy', 'lz4', 'uncompressed'] as const).map(name => [
          { twdw: 'zstd, level 1', snappy: name, lz4: 'lz4_raw', uncompressed: name }[name],
          ...sizeCells(facts[name]),
          ms(facts[name].scanMs),
        ]),
      ),
      groups: table(
        ['rows of a group', 'fact, MB', 'encoding, s', 'scan, ms', 'a tweet, ms', 'bridge, MB', 'a tag, ms'],
        (['small', 'twdw', 'large'] as const).map(name => [
          digits({ small: 16_384, twdw: 131_072, large: 1_048_576 }[name], 0),
          ...sizeCells(facts[name]),
          ms(facts[name].scanMs),
          ms(facts[name].tweetMs),
          megabytes(bridges[name]),
          ms(bridges[name].tagMs),
        ]),
      ),
      statistics: table(
        ['', 'fact, MB', 'encoding, s', 'a tweet, ms', 'Spark, rows', 'bridge, MB', 'a tag, ms', 'Spark, rows'],
        (['none', 'chunk', 'twdw'] as const).map(name => [
          { none: 'none', chunk: 'of groups', twdw: 'of groups and pages' }[name],
          ...sizeCells(facts[name]),
          ms(facts[name].tweetMs),
          rowsText(facts[name].sparkRows),
          megabytes(bridges[name]),
          ms(bridges[name].tagMs),
          rowsText(bridges[name].sparkRows),
        ]),
      ),
      dictionaries: columnTable(
        shown.filter(each => each.repeats),
        ['dictionary', 'plain'],
      ),
      plain: [
        ...columnTable(
          shown.filter(each => !each.repeats),
          ['plain', 'dictionary', 'delta'],
        ),
        '',
        deltaText(columns),
      ],
      lists: listLines(figures.lists),
    }
  },

  charts: () => ({}),
}

const ms = (milliseconds: number) => digits(milliseconds, 1)
const megabytes = ({ bytes }: Encoding) => digits(bytes / 1e6, 2)
const sizeCells = (file: Encoding) => [megabytes(file), digits(file.encodeMs / 1e3, 2)]
const rowsText = (rows: number | null) => (rows === null ? NONE : digits(rows, 0))
const percent = (part: number, whole: number) => digits((part / whole) * 100, 1)

/** @param layouts in the order of the page */
function columnTable(columns: readonly ColumnFigures[], layouts: readonly ColumnLayout[]): string[] {
  const of = (what: string) => layouts.map((layout, i) => (i === 0 ? `${layout}, ${what}` : layout))
  type Known = Encoding & { readMs: number | null }
  const cells = (each: ColumnFigures, cell: (file: Known) => string) =>
    layouts.map(layout => (each.layouts[layout] === undefined ? NONE : cell(each.layouts[layout])))
  return table(
    ['column', ...of('kB'), ...of('encoding, ms'), ...of('reading, ms')],
    columns.map((each, i) => [
      `\`${each.table === columns[i - 1]?.table ? '' : each.table}.${each.column}\``,
      ...cells(each, ({ bytes }) => digits(bytes / 1e3, bytes < 1e5 ? 1 : 0)),
      ...cells(each, ({ encodeMs }) => digits(encodeMs, encodeMs < 10 ? 1 : 0)),
      ...cells(each, ({ readMs }) => (readMs === null ? NONE : ms(readMs))),
    ]),
  )
}

/** What would be saved if each number had deltas where that is smaller. */
function deltaText(columns: readonly ColumnFigures[]): string {
  const smaller = columns.flatMap(({ layouts: { plain, delta }, repeats }) =>
    !repeats && delta !== undefined && delta.bytes < plain!.bytes ? [plain!.bytes - delta.bytes] : [],
  )
  const saved = smaller.reduce((sum, bytes) => sum + bytes, 0)
  const whole = columns.reduce((sum, { layouts, repeats }) => sum + layouts[repeats ? 'dictionary' : 'plain']!.bytes, 0)
  return (
    `Deltas wherever they are smaller, ${smaller.length} columns, would make all tables ${percent(saved, whole)} % smaller ` +
    `(${digits(saved / 1e6, 2)} of ${digits(whole / 1e6, 1)} MB).`
  )
}

function listLines({ rows, bytes, columns }: ParquetFigures['lists']): string[] {
  const saved = columns.reduce((sum, { plain, dictionary }) => sum + plain.bytes - dictionary.bytes, 0)
  return [
    ...table(
      ['list', 'plain, kB', 'dictionary', 'plain, encoding, ms', 'dictionary'],
      columns.map(({ name, plain, dictionary }) => [
        `\`${name}\``,
        ...[plain, dictionary].map(file => digits(file.bytes / 1e3, 1)),
        ...[plain, dictionary].map(file => ms(file.encodeMs)),
      ]),
    ),
    '',
    `One segment of ${digits(rows, 0)} tweets. Dictionaries for all lists would make its file ${percent(saved, bytes)} % smaller.`,
  ]
}
