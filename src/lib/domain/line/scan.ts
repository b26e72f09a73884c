/**
 * A scan: where the values that a shape names stand in a JSON text, found without making an object.
 *
 * JSON.parse makes an object for every object of a line and a string for every string, most of which nobody asks for;
 * a scan writes down two numbers for each value that is wanted. It takes only texts in which nothing has to be decided:
 * all of the text is checked as JSON, and where a value is not of the kind that its shape says, a name stands twice or
 * has an escape in it, or a list is longer than foreseen, the scan says no, and the text is one for JSON.parse.
 */
import {
  bracketEnd,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COMMA,
  colonEnd,
  commaEnd,
  countEnd,
  endOfText,
  FAULT,
  flagEnd,
  integerAt,
  isEscaped,
  LOWER_N,
  MAX_DEPTH,
  nullEnd,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  spaceEnd,
  standsAt,
  textEnd,
  valueEnd,
} from './json-ends.ts'
import { KIND, type Shape } from './shape.ts'

const ABSENT = -1
/** A name that the shape does not have. */
const UNKNOWN = -1

export class Scan {
  /** the text of the last scan */
  bytes: Uint8Array = new Uint8Array(0)
  /** by slot: the first byte, times two, and one more where the text has escapes; or ABSENT. Then the byte after the last */
  private readonly slots: Int32Array
  /** slots that every text has; those of the elements of lists are cleared one by one */
  private readonly ownSlots: number
  /** as `slots`, for the items of lists of texts */
  private items = new Int32Array(256)
  private itemCount = 0
  /** by object, at its start and behind each member: the member that came next the last time. What is guessed need not be looked up */
  private readonly guesses: Int32Array
  private nameEnd = 0
  // of the shape, each at hand: they are asked for at every member
  private readonly shape: Shape
  private readonly names: Uint8Array
  private readonly nameStarts: Int32Array
  private readonly nameLengths: Int32Array
  private readonly kinds: Uint8Array
  private readonly memberSlots: Int32Array
  private readonly objects: Int32Array

  /**
   * @param slots how many slots the shape has in all
   * @param ownSlots how many of them, from the first on, are of no element of a list
   */
  constructor(shape: Shape, slots: number, ownSlots: number) {
    this.slots = new Int32Array(slots * 2)
    this.ownSlots = ownSlots
    this.guesses = new Int32Array(shape.kinds.length + shape.first.length).fill(UNKNOWN)
    this.shape = shape
    this.names = shape.names
    this.nameStarts = shape.nameStarts
    this.nameLengths = shape.nameLengths
    this.kinds = shape.kinds
    this.memberSlots = shape.slots
    this.objects = shape.objects
  }

  /**
   * @param bytes UTF-8 that is known to be well-formed
   * @returns true where the whole text is one JSON object of the shape: what was found is there until the next scan
   */
  read(bytes: Uint8Array): boolean {
    this.bytes = bytes
    this.slots.fill(ABSENT, 0, this.ownSlots * 2)
    this.itemCount = 0
    const start = spaceEnd(bytes, 0)
    if (bytes[start] !== OPEN_OBJECT) return false
    const end = this.readObject(bytes, start, 0, 0, 1)
    // most texts end with their object; nothing is read behind them
    return end === bytes.length || (end !== FAULT && spaceEnd(bytes, end) === bytes.length)
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

  itemStart(item: number): number {
    return this.items[item * 2]! >> 1
  }

  itemEnd(item: number): number {
    return this.items[item * 2 + 1]!
  }

  itemEscaped(item: number): boolean {
    return (this.items[item * 2]! & 1) === 1
  }

  /** Is there a list here, and something in it? */
  hasElements(slot: number): boolean {
    return this.has(slot) && this.bytes[spaceEnd(this.bytes, this.start(slot) + 1)] !== CLOSE_ARRAY
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
    const start = this.start(slot)
    return this.end(slot) - start === text.length && standsAt(this.bytes, start, text)
  }

  /** Have two values the same bytes? */
  areSame(slot: number, other: number): boolean {
    const { bytes } = this
    const start = this.start(slot)
    const otherStart = this.start(other)
    const length = this.end(slot) - start
    if (this.end(other) - otherStart !== length) return false
    for (let i = 0; i < length; i++) if (bytes[start + i] !== bytes[otherStart + i]) return false
    return true
  }

  /** @param start its opening brace @param base is added to every slot of the object @returns its end, or FAULT */
  private readObject(bytes: Uint8Array, start: number, object: number, base: number, depth: number): number {
    if (depth > MAX_DEPTH) return FAULT
    let at = spaceEnd(bytes, start + 1)
    if (bytes[at] === CLOSE_OBJECT) return at + 1
    let before = this.shape.first[object]! + object
    for (;;) {
      let member = this.guesses[before]!
      if (member !== UNKNOWN && this.isNamed(bytes, at, member)) at += this.nameLengths[member]!
      else {
        member = this.readName(bytes, at, object, before)
        at = this.nameEnd
      }
      at = this.readValue(bytes, at, member, base, depth)
      if (at === FAULT) return FAULT
      if (member !== UNKNOWN) before = member + object + 1
      at = spaceEnd(bytes, at)
      if (bytes[at] !== COMMA) return bytes[at] === CLOSE_OBJECT ? at + 1 : FAULT
      at = spaceEnd(bytes, at + 1)
    }
  }

  /**
   * A name that was not guessed; `nameEnd` is behind it, or FAULT where this is no name, or one with an escape.
   * @param before where `guesses` is to have it @returns the member, or UNKNOWN
   */
  private readName(bytes: Uint8Array, at: number, object: number, before: number): number {
    const text = bytes[at] === QUOTE ? textEnd(bytes, at) : FAULT
    this.nameEnd = text === FAULT || isEscaped(text) ? FAULT : endOfText(text)
    if (this.nameEnd === FAULT) return UNKNOWN
    const { first } = this.shape
    for (let member = first[object]!; member < first[object + 1]!; member++) {
      if (!this.isNamed(bytes, at, member)) continue
      this.guesses[before] = member
      return member
    }
    return UNKNOWN
  }

  /** @param nameEnd may be FAULT @returns the end of the value behind a name, or FAULT */
  private readValue(bytes: Uint8Array, nameEnd: number, member: number, base: number, depth: number): number {
    const at = nameEnd === FAULT ? FAULT : colonEnd(bytes, nameEnd)
    if (at === FAULT) return FAULT
    return member === UNKNOWN ? valueEnd(bytes, at, depth) : this.readMember(bytes, at, member, base, depth)
  }

  /** A name in quotes cannot be the beginning of another. */
  private isNamed(bytes: Uint8Array, at: number, member: number): boolean {
    const { names } = this
    const start = this.nameStarts[member]!
    const length = this.nameLengths[member]!
    for (let i = 0; i < length; i++) if (bytes[at + i] !== names[start + i]) return false
    return true
  }

  /** @param at where the value begins @returns its end, or FAULT */
  private readMember(bytes: Uint8Array, at: number, member: number, base: number, depth: number): number {
    const kind = this.kinds[member]!
    if (kind === KIND.skipped) return valueEnd(bytes, at, depth)
    const slot = base + this.memberSlots[member]!
    // null after a value takes it back, and so does a second value: which one counts is not decided here
    if (kind !== KIND.refused && this.slots[slot * 2] !== ABSENT) return FAULT
    if (bytes[at] === LOWER_N) return nullEnd(bytes, at)
    if (kind !== KIND.text) return this.readOther(bytes, at, member, base, depth)
    // most values are texts, and this is the one call of them that is spared
    const text = bytes[at] === QUOTE ? textEnd(bytes, at) : FAULT
    if (text === FAULT) return FAULT
    this.slots[slot * 2] = (at + 1) * 2 + (text & 1)
    this.slots[slot * 2 + 1] = endOfText(text) - 1
    return endOfText(text)
  }

  private readOther(bytes: Uint8Array, at: number, member: number, base: number, depth: number): number {
    const slot = base + this.memberSlots[member]!
    switch (this.kinds[member]) {
      case KIND.count:
        return this.note(slot, at, countEnd(bytes, at))
      case KIND.object:
        if (bytes[at] !== OPEN_OBJECT) return FAULT
        return this.note(slot, at, this.readObject(bytes, at, this.objects[member]!, base, depth + 1))
      case KIND.flag:
        return this.note(slot, at, flagEnd(bytes, at))
      case KIND.refused:
        return FAULT
      default:
        return this.readList(bytes, at, member, base, depth + 1)
    }
  }

  private note(slot: number, start: number, end: number): number {
    this.slots[slot * 2] = start * 2
    this.slots[slot * 2 + 1] = end
    return end
  }

  /** A list of any kind; what its slot has is as Member says. */
  private readList(bytes: Uint8Array, start: number, member: number, base: number, depth: number): number {
    if (bytes[start] !== OPEN_ARRAY || depth > MAX_DEPTH) return FAULT
    const firstItem = this.itemCount
    let count = 0
    let at = spaceEnd(bytes, start + 1)
    let end = at + 1
    if (bytes[at] !== CLOSE_ARRAY) {
      do {
        end = this.readElement(bytes, at, member, base + count++ * this.shape.strides[member]!, depth)
        if (end === FAULT || count > this.mostOf(member)) return FAULT
        at = commaEnd(bytes, end)
      } while (at !== FAULT)
      end = bracketEnd(bytes, end, CLOSE_ARRAY)
    }
    const slot = base + this.shape.slots[member]!
    const kind = this.shape.kinds[member]
    if (kind === KIND.list) this.note(slot, start, end)
    else if (kind === KIND.each) this.note(slot, 0, count)
    else this.note(slot, firstItem, this.itemCount)
    return end
  }

  private mostOf(member: number): number {
    return this.shape.kinds[member] === KIND.each ? this.shape.mosts[member]! : Number.POSITIVE_INFINITY
  }

  /** @param base of the element */
  private readElement(bytes: Uint8Array, at: number, member: number, base: number, depth: number): number {
    switch (this.shape.kinds[member]) {
      case KIND.each:
        return this.readEach(bytes, at, member, base, depth)
      case KIND.texts:
        return this.readTextItem(bytes, at)
      case KIND.picked:
        return this.readPicked(bytes, at, member, depth)
      default:
        return valueEnd(bytes, at, depth)
    }
  }

  private readEach(bytes: Uint8Array, at: number, member: number, base: number, depth: number): number {
    if (bytes[at] !== OPEN_OBJECT) return FAULT
    const { firstSlots, strides } = this.shape
    const slot = base + firstSlots[member]!
    if ((slot + strides[member]!) * 2 > this.slots.length) return FAULT
    this.slots.fill(ABSENT, slot * 2, (slot + strides[member]!) * 2)
    return this.readObject(bytes, at, this.objects[member]!, slot, depth + 1)
  }

  private readTextItem(bytes: Uint8Array, at: number): number {
    const text = bytes[at] === QUOTE ? textEnd(bytes, at) : FAULT
    if (text === FAULT) return FAULT
    this.addItem((at + 1) * 2 + (text & 1), endOfText(text) - 1)
    return endOfText(text)
  }

  private readPicked(bytes: Uint8Array, at: number, member: number, depth: number): number {
    if (bytes[at] !== OPEN_OBJECT) return FAULT
    const { slots } = this
    const scratch = this.shape.scratches[member]!
    slots[scratch * 2] = ABSENT
    slots[scratch * 2 + 2] = ABSENT
    const end = this.readObject(bytes, at, this.objects[member]!, 0, depth + 1)
    const picked = this.has(scratch) ? scratch : scratch + 1
    if (this.has(picked)) this.addItem(slots[picked * 2]!, slots[picked * 2 + 1]!)
    return end
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
