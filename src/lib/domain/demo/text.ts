/**
 * Texts of the demo, with the entities that X finds in them.
 *
 * Offsets count code points, as twitter-text does: an emoji is one, and a reader that counts UTF-16 units goes wrong.
 */
import type { Author } from './authors.ts'

/** Something that X recognised in a text, at `start <= offset < end` in code points. */
interface Entity {
  start: number
  end: number
  /** members of its JSON object but the offsets, without braces */
  members: string
}

/** A text that is being written. */
export class DemoText {
  text = ''
  /** length of `text` */
  codePoints = 0
  private readonly hashtags: Entity[] = []
  private readonly mentions: Entity[] = []
  private readonly urls: Entity[] = []
  private readonly cashtags: Entity[] = []

  add(words: string): void {
    this.text += words
    this.codePoints += codePointsOf(words)
  }

  /** Add words; a space goes before them unless they begin the text. */
  addWords(words: string): void {
    this.add(this.text === '' ? words : ` ${words}`)
  }

  /** @param sign `#` or `＃` */
  addHashtag(sign: string, tag: string): void {
    this.hashtags.push(this.addToken(`${sign}${tag}`, `"tag":${JSON.stringify(tag)}`))
  }

  addMention(author: Author): void {
    this.mentions.push(this.addToken(`@${author.username}`, `"username":"${author.username}","id":"${author.id}"`))
  }

  addCashtag(tag: string): void {
    this.cashtags.push(this.addToken(`$${tag}`, `"tag":"${tag}"`))
  }

  /** @param key what makes the short link one of its own */
  addUrl(key: string, expandedUrl: string): void {
    const url = `https://t.co/${key}`
    const shown = expandedUrl.slice('https://'.length)
    const members = `"url":"${url}","expanded_url":"${expandedUrl}","display_url":"${shown}"`
    this.urls.push(this.addToken(url, members))
  }

  /** The first `codePoints` of another text behind what is here, with the entities that are whole in them. */
  addStartOf(other: DemoText, codePoints: number): void {
    const offset = this.codePoints
    const isCut = other.codePoints > codePoints
    const limit = isCut ? codePoints : other.codePoints
    for (const [mine, others] of [
      [this.hashtags, other.hashtags],
      [this.mentions, other.mentions],
      [this.urls, other.urls],
      [this.cashtags, other.cashtags],
    ] as const) {
      for (const { start, end, members } of others) {
        if (end <= limit) mine.push({ start: start + offset, end: end + offset, members })
      }
    }
    this.add(isCut ? `${[...other.text].slice(0, codePoints).join('')}…` : other.text)
  }

  /** X leaves out what is empty. @returns `,"entities":{…}` or nothing */
  entitiesToJson(): string {
    const hashtags = listToJson('hashtags', this.hashtags)
    const mentions = listToJson('mentions', this.mentions)
    const lists = hashtags + mentions + listToJson('urls', this.urls) + listToJson('cashtags', this.cashtags)
    return lists === '' ? '' : `,"entities":{${lists.slice(1)}}`
  }

  private addToken(token: string, members: string): Entity {
    if (this.text !== '') this.add(' ')
    const start = this.codePoints
    this.add(token)
    return { start, end: this.codePoints, members }
  }
}

function listToJson(name: string, entities: readonly Entity[]): string {
  if (entities.length === 0) return ''
  let list = ''
  for (const { start, end, members } of entities) list += `,{"start":${start},"end":${end},${members}}`
  return `,"${name}":[${list.slice(1)}]`
}

const FIRST_HALF_OF_PAIR = /[\ud800-\udbff]/g

function codePointsOf(text: string): number {
  return text.length - (text.match(FIRST_HALF_OF_PAIR)?.length ?? 0)
}
