/**
 * A scan: where the values that a shape names stand in a JSON text, found without making an object.
 *
 * JSON.parse makes an object for every object of a line and a string for every string, most of which nobody asks for;
 * a scan writes down two numbers for each value that is wanted. It takes only texts in which nothing has to be decided:
 * all of the text is checked as JSON, and where a value is not of the kind that its shape says, a name stands twice or
 * has an escape in it, or a list is longer than foreseen, the scan says no, and the text is one for JSON.parse.
 */
import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  FALSE,
  integerAt,
  JsonCursor,
  LOWER_N,
  LOWER_T,
  NULL,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  standsAt,
  TRUE,
} from './json-cursor.ts'

/** What a shape says of the value of a member. null is always allowed, and is the same as no member. */
export type Member =
  /** text; its slot has where it stands, without the quotes */
  | { is: 'text'; slot: number }
  /** an integer of at most 15 digits; its slot has where it stands */
  | { is: 'count'; slot: number }
  /** true or false; its slot has where it stands */
  | { is: 'flag'; slot: number }
  /** an object; its slot has where it stands */
  | { is: 'object'; slot: number; shape: Shape }
  /** a list of objects, whose slots are counted from `first`, then from `first + stride`, …; its slot has how many */
  | { is: 'each'; slot: number; shape: Shape; first: number; stride: number; most: number }
  /** a list of texts; its slot has the half-open range of its items */
  | { is: 'texts'; slot: number }
  /** as `texts`, of a list of objects: of each the text in `scratch`, or else the one behind it; none where both are absent */
  | { is: 'picked'; slot: number; shape: Shape; scratch: number }
  /** any list; its slot has where it stands */
  | { is: 'list'; slot: number }
  /** anything */
  | { is: 'skipped' }
  /** null or nothing */
  | { is: 'refused' }

type ListMember = Member & { is: 'each' | 'texts' | 'picked' | 'list' }

/** The members of an object that matter or are common; others may be anything. */
export interface Shape {
  /** names as they stand in a text, with their quotes */
  readonly names: readonly Uint8Array[]
  readonly members: readonly Member[]
  /** by member, and first of all for the start: the one that came next the last time. What is guessed right need not be looked up */
  readonly next: Int8Array
}

/** @param members by name; names are ASCII without escapes */
export function shapeOf(members: Readonly<Record<string, Member>>): Shape {
  const names = Object.keys(members).map(name => new TextEncoder().encode(`"${name}"`))
  const next = Int8Array.from({ length: names.length + 1 }, (_, i) => (i < names.length ? i : -1))
  return { names, members: Object.values(members), next }
}

const ABSENT = -1
const FAULT = -2

export class Scan extends JsonCursor {
  /** by slot: the first byte, times two, and one more where the text has escapes; or ABSENT. Then the byte after the last */
  private readonly slots: Int32Array
  /** as `slots`, for the items of lists of texts */
  private items = new Int32Array(256)
  private itemCount = 0
  private readonly shape: Shape

  /** slots that every text has; those of the elements of lists are cleared one by one */
  private readonly ownSlots: number

  /**
   * @param slots how many slots the shape has in all
   * @param ownSlots how many of them, from the first on, are of no element of a list
   */
  constructor(shape: Shape, slots: number, ownSlots: number) {
    super()
    this.shape = shape
    this.slots = new Int32Array(slots * 2)
    this.ownSlots = ownSlots
  }

  /**
   * @param bytes UTF-8 that is known to be well-formed
   * @returns true where the whole text is one JSON object of the shape: what was found is there until the next scan
   */
  read(bytes: Uint8Array): boolean {
    this.bytes = bytes
    this.slots.fill(ABSENT, 0, this.ownSlots * 2)
    this.itemCount = 0
    this.depth = 0
    this.at = this.spaceEnd(0)
    if (bytes[this.at] !== OPEN_OBJECT || !this.readObject(this.shape, 0)) return false
    return this.spaceEnd(this.at) === bytes.length
  }

  has(slot: number): boolean {
    return this.slots[slot * 2] !== ABSENT
  }

  /** First byte of a value. Of a slot that is set. */
  start(slot: number): number {
    return this.slots[slot * 2]! >> 1
  }

  /** The byte after the last one. */
  end(slot: number): number {
    return this.slots[slot * 2 + 1]!
  }

  escaped(slot: number): boolean {
    return (this.slots[slot * 2]! & 1) === 1
  }

  /** The value of a count. */
  integer(slot: number): number {
    return integerAt(this.bytes, this.start(slot), this.end(slot))
  }

  /** How many elements a list of objects has; 0 where there is no list. */
  count(slot: number): number {
    return this.has(slot) ? this.end(slot) : 0
  }

  /** First item of a list of texts, and behind its last one; the same where there is no list. */
  firstItem(slot: number): number {
    return this.has(slot) ? this.start(slot) : 0
  }

  itemsEnd(slot: number): number {
    return this.has(slot) ? this.end(slot) : 0
  }

  /** Is there a list here, and something in it? */
  hasElements(slot: number): boolean {
    return this.has(slot) && this.bytes[this.spaceEnd(this.start(slot) + 1)] !== CLOSE_ARRAY
  }

  /** A text that is there and has no escapes. */
  textOf(slot: number): string {
    return DECODER.decode(this.bytes.subarray(this.start(slot), this.end(slot)))
  }

  itemTexts(slot: number): string[] {
    const texts: string[] = []
    for (let item = this.firstItem(slot); item < this.itemsEnd(slot); item++) {
      const text = DECODER.decode(this.bytes.subarray(this.itemStart(item), this.itemEnd(item)))
      texts.push(this.itemEscaped(item) ? (JSON.parse(`"${text}"`) as string).toWellFormed() : text)
    }
    return texts
  }

  /** Do the bytes of a value stand here? */
  is(slot: number, text: Uint8Array): boolean {
    const start = this.slots[slot * 2]! >> 1
    return this.slots[slot * 2 + 1]! - start === text.length && standsAt(this.bytes, start, text)
  }

  /** Have two values the same bytes? */
  areSame(slot: number, other: number): boolean {
    const { bytes } = this
    const [start, otherStart] = [this.start(slot), this.start(other)]
    const length = this.end(slot) - start
    if (this.end(other) - otherStart !== length) return false
    for (let i = 0; i < length; i++) if (bytes[start + i] !== bytes[otherStart + i]) return false
    return true
  }

  itemStart(item: number): number {
    return this.items[item * 2]! >> 1
  }

  itemEnd(item: number): number {
    return this.items[item * 2 + 1]!
  }

  itemEscaped(item: number): boolean {
    return (this.items[item * 2]! & 1) === 1
  }

  /** `at` is on the opening brace. @param base is added to every slot of the shape */
  private readObject(shape: Shape, base: number): boolean {
    if (!this.enter()) return false
    if (this.bytes[this.at] === CLOSE_OBJECT) return this.leave(CLOSE_OBJECT)
    let before = 0
    do {
      const member = this.readName(shape, before)
      if (member === FAULT || !this.skipColon()) return false
      if (member === ABSENT) {
        if (!this.skipValue()) return false
      } else {
        if (!this.readMember(shape.members[member]!, base)) return false
        before = member + 1
      }
    } while (this.goOn())
    return this.leave(CLOSE_OBJECT)
  }

  /**
   * @param before what `shape.next` knows the member before by
   * @returns the member, ABSENT where the shape has no such name, FAULT where this is no name or one with an escape
   */
  private readName(shape: Shape, before: number): number {
    const { bytes, at } = this
    const guess = shape.next[before]!
    if (guess !== ABSENT && standsAt(bytes, at, shape.names[guess]!)) {
      this.at += shape.names[guess]!.length
      return guess
    }
    if (bytes[at] !== QUOTE || !this.skipText() || this.isEscaped) return FAULT
    const member = memberNamed(shape, bytes, at, this.at)
    if (member !== ABSENT) shape.next[before] = member
    return member
  }

  private readMember(member: Member, base: number): boolean {
    if (member.is === 'skipped') return this.skipValue()
    // null after a value takes it back, and so does a second value: which one counts is not decided here
    if (member.is !== 'refused' && this.has(base + member.slot)) return false
    const first = this.bytes[this.at]
    if (first === LOWER_N) return this.skipWord(NULL)
    switch (member.is) {
      case 'text':
        return first === QUOTE && this.readText(base + member.slot)
      case 'count':
      case 'flag':
        return this.readScalar(member, base + member.slot)
      case 'object':
        return first === OPEN_OBJECT && this.readNested(member, base)
      case 'refused':
        return false
      default:
        return first === OPEN_ARRAY && this.readList(member, base)
    }
  }

  private readText(slot: number): boolean {
    const start = this.at + 1
    if (!this.skipText()) return false
    this.set(slot, start, this.at - 1, this.isEscaped)
    return true
  }

  private readScalar(member: Member & { is: 'count' | 'flag' }, slot: number): boolean {
    const start = this.at
    const isRead =
      member.is === 'count' ? this.skipCount() : this.skipWord(this.bytes[start] === LOWER_T ? TRUE : FALSE)
    if (isRead) this.set(slot, start, this.at, false)
    return isRead
  }

  private readNested(member: Member & { is: 'object' }, base: number): boolean {
    const start = this.at
    if (!this.readObject(member.shape, base)) return false
    this.set(base + member.slot, start, this.at, false)
    return true
  }

  /** A list of any kind; what its slot has is as Member says. */
  private readList(member: ListMember, base: number): boolean {
    const start = this.at
    const firstItem = this.itemCount
    const count = this.readElements(member, base)
    if (count === FAULT) return false
    const slot = base + member.slot
    if (member.is === 'list') this.set(slot, start, this.at, false)
    else if (member.is === 'each') this.set(slot, 0, count, false)
    else this.set(slot, firstItem, this.itemCount, false)
    return true
  }

  /** `at` is on the opening bracket. @returns how many elements there are, or FAULT */
  private readElements(member: ListMember, base: number): number {
    if (!this.enter()) return FAULT
    let count = 0
    if (this.bytes[this.at] !== CLOSE_ARRAY) {
      do {
        if (!this.readElement(member, base, count++)) return FAULT
      } while (this.goOn())
    }
    return this.leave(CLOSE_ARRAY) ? count : FAULT
  }

  private readElement(member: ListMember, base: number, index: number): boolean {
    const first = this.bytes[this.at]
    switch (member.is) {
      case 'each': {
        if (index >= member.most || first !== OPEN_OBJECT) return false
        const slot = base + member.first + member.stride * index
        this.slots.fill(ABSENT, slot * 2, (slot + member.stride) * 2)
        return this.readObject(member.shape, slot)
      }
      case 'texts':
        return first === QUOTE && this.readTextItem()
      case 'picked':
        return first === OPEN_OBJECT && this.readPicked(member)
      default:
        return this.skipValue()
    }
  }

  private readTextItem(): boolean {
    const start = this.at + 1
    if (!this.skipText()) return false
    this.addItem(start * 2 + (this.isEscaped ? 1 : 0), this.at - 1)
    return true
  }

  private readPicked({ shape, scratch }: Member & { is: 'picked' }): boolean {
    const { slots } = this
    slots[scratch * 2] = ABSENT
    slots[scratch * 2 + 2] = ABSENT
    if (!this.readObject(shape, 0)) return false
    const picked = this.has(scratch) ? scratch : scratch + 1
    if (this.has(picked)) this.addItem(slots[picked * 2]!, slots[picked * 2 + 1]!)
    return true
  }

  private set(slot: number, start: number, end: number, isEscaped: boolean): void {
    this.slots[slot * 2] = start * 2 + (isEscaped ? 1 : 0)
    this.slots[slot * 2 + 1] = end
  }

  private addItem(start: number, end: number): void {
    const at = this.itemCount++ * 2
    if (at === this.items.length) {
      const larger = new Int32Array(at * 2)
      larger.set(this.items)
      this.items = larger
    }
    this.items[at] = start
    this.items[at + 1] = end
  }
}

const DECODER = new TextDecoder('utf-8', { ignoreBOM: true })

function memberNamed(shape: Shape, bytes: Uint8Array, start: number, end: number): number {
  const { names } = shape
  for (let member = 0; member < names.length; member++) {
    const name = names[member]!
    if (name.length === end - start && standsAt(bytes, start, name)) return member
  }
  return ABSENT
}
