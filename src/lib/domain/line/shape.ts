/**
 * Shapes: which values of a JSON text matter, and in which slot of a scan each of them is noted.
 *
 * A shape is written down as nested members and laid flat for the scan: every list of what belongs to a member is one
 * array of numbers, which a scan goes through without looking at any object.
 */

/** What a shape says of the value of a member. null is always allowed, and is the same as no member. */
export type Member =
  /** text; its slot has where it stands, without the quotes */
  | { is: 'text'; slot: number }
  /** an integer of at most 15 digits; its slot has where it stands */
  | { is: 'count'; slot: number }
  /** true or false; its slot has where it stands */
  | { is: 'flag'; slot: number }
  /** an object; its slot has where it stands */
  | { is: 'object'; slot: number; members: Members }
  /** a list of objects, whose slots are counted from `first`, then from `first + stride`, …; its slot has how many */
  | { is: 'each'; slot: number; members: Members; first: number; stride: number; most: number }
  /** a list of texts; its slot has the half-open range of its items */
  | { is: 'texts'; slot: number }
  /** as `texts`, of a list of objects: of each the text in `scratch`, or else the one behind it; none where both are absent */
  | { is: 'picked'; slot: number; members: Members; scratch: number }
  /** any list; its slot has where it stands */
  | { is: 'list'; slot: number }
  /** anything */
  | { is: 'skipped' }
  /** null or nothing */
  | { is: 'refused' }

/** The members of an object that matter or are common, by name; others may be anything. Names are ASCII without escapes. */
export type Members = Readonly<Record<string, Member>>

export const KIND = {
  text: 0,
  count: 1,
  flag: 2,
  object: 3,
  each: 4,
  texts: 5,
  picked: 6,
  list: 7,
  skipped: 8,
  refused: 9,
} as const satisfies Record<Member['is'], number>

/** Objects are numbered from 0, the outermost; members of all objects in one row, those of object o from first[o] to first[o + 1]. */
export interface Shape {
  readonly first: Int32Array
  /** as they stand in a text, with their quotes, one behind the other */
  readonly names: Uint8Array
  readonly nameStarts: Int32Array
  readonly nameLengths: Int32Array
  /** of KIND */
  readonly kinds: Uint8Array
  readonly slots: Int32Array
  /** the object that the member is, or has in its list; -1 where there is none */
  readonly objects: Int32Array
  readonly firstSlots: Int32Array
  readonly strides: Int32Array
  readonly mosts: Int32Array
  readonly scratches: Int32Array
}

export function shapeOf(members: Members): Shape {
  const objects: Members[] = [members]
  const first = [0]
  const all: [name: string, member: Member][] = []
  const objectOf: number[] = []
  // objects are found while they are gone through
  for (let object = 0; object < objects.length; object++) {
    for (const [name, member] of Object.entries(objects[object]!)) {
      objectOf.push('members' in member ? numberOf(objects, member.members) : -1)
      all.push([name, member])
    }
    first.push(all.length)
  }
  const names = all.map(([name]) => `"${name}"`)
  const numbers = (key: string) => Int32Array.from(all, ([, member]) => (member as unknown as Numbers)[key] ?? 0)
  return {
    first: Int32Array.from(first),
    names: new TextEncoder().encode(names.join('')),
    nameStarts: Int32Array.from(names, (_, i) => names.slice(0, i).join('').length),
    nameLengths: Int32Array.from(names, name => name.length),
    kinds: Uint8Array.from(all, ([, { is }]) => KIND[is]),
    slots: numbers('slot'),
    objects: Int32Array.from(objectOf),
    firstSlots: numbers('first'),
    strides: numbers('stride'),
    mosts: numbers('most'),
    scratches: numbers('scratch'),
  }
}

type Numbers = Readonly<Record<string, number | undefined>>

/** Two members of one shape share what is known of it. */
function numberOf(objects: Members[], members: Members): number {
  const found = objects.indexOf(members)
  return found === -1 ? objects.push(members) - 1 : found
}
