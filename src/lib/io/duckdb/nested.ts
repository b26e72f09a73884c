/**
 * Lists, structs, maps and arrays of a DuckDB result, in Arrow's layout.
 *
 * Each hands positions down to its children. Below a null nothing is looked at: DuckDB leaves lengths and
 * pointers there as they happen to be.
 */
import { type Data, Field, List, Map_, makeData, Struct } from 'apache-arrow'
import type { DuckDbNative } from './native.ts'
import { type ArrowColumn, NO_POSITION, Validity } from './vectors.ts'

/** An entry of a struct. */
export interface NamedColumn {
  name: string
  column: ArrowColumn
}

/** A struct is null or has every entry, each null or not. */
export function structColumn(native: DuckDbNative, entries: readonly NamedColumn[]): ArrowColumn {
  const validity = new Validity(native)
  return {
    append(vector, vectorRows, picks) {
      if (picks.length === 0) return
      const flags = validity.append(vector, vectorRows, picks)
      const below = picks.map((at, index) => (flags[index] === 0 ? NO_POSITION : at))
      entries.forEach(({ column }, entry) => {
        column.append(native.bindings.struct_vector_get_child(vector, entry), vectorRows, below)
      })
    },
    finish() {
      const children = entries.map(({ column }) => column.finish())
      const fields = children.map((child, entry) => new Field(entries[entry]?.name ?? '', child.type, true))
      return makeData({ type: new Struct(fields), ...validity.finish(), children })
    },
  }
}

/** Items are nullable, as everything in SQL. */
export function listColumn(native: DuckDbNative, items: ArrowColumn): ArrowColumn {
  return listLike(native, items, (layout, child) =>
    makeData({ type: new List(new Field('item', child.type, true)), ...layout, child }),
  )
}

/** DuckDB keeps a map as a list of (key, value). */
export function mapColumn(native: DuckDbNative, keys: ArrowColumn, values: ArrowColumn): ArrowColumn {
  const entries = structColumn(native, [
    { name: 'key', column: keys },
    { name: 'value', column: values },
  ])
  return listLike(native, entries, (layout, child) => {
    // Arrow wants a key that is never null, which in DuckDB it never is
    const fields = child.children.map(({ type }, at) => new Field(at === 0 ? 'key' : 'value', type, at > 0))
    const entriesType = new Struct(fields)
    const entriesData = makeData({ type: entriesType, length: child.length, nullCount: 0, children: child.children })
    const type = new Map_(new Field('entries', entriesType, false) as never)
    return makeData({ type, ...layout, child: entriesData as never })
  })
}

type ListLayout = ReturnType<Validity['finish']> & { valueOffsets: Int32Array }

function listLike(
  native: DuckDbNative,
  items: ArrowColumn,
  toData: (layout: ListLayout, child: Data) => Data,
): ArrowColumn {
  const validity = new Validity(native)
  const ends = [0]
  return {
    append(vector, vectorRows, picks) {
      if (picks.length === 0) return
      const flags = validity.append(vector, vectorRows, picks)
      const entries = native.bindings.vector_get_data(vector, vectorRows * 16)
      // offset and length, 64 bits each; a vector has far less than 2^32 values, so the lower halves say it all
      const words = new Uint32Array(entries.buffer, entries.byteOffset, vectorRows * 4)
      const below: number[] = []
      picks.forEach((at, index) => {
        const start = words[at * 4] ?? 0
        const length = flags[index] === 0 ? 0 : (words[at * 4 + 2] ?? 0)
        for (let item = 0; item < length; item++) below.push(start + item)
        ends.push((ends.at(-1) ?? 0) + length)
      })
      const itemRows = native.bindings.list_vector_get_size(vector)
      items.append(native.bindings.list_vector_get_child(vector), itemRows, Uint32Array.from(below))
    },
    finish: () => toData({ ...validity.finish(), valueOffsets: Int32Array.from(ends) }, items.finish()),
  }
}

/** DuckDB's arrays of a fixed length, as lists: one thing less for whoever prints them. */
export function arrayColumn(native: DuckDbNative, items: ArrowColumn, itemsEach: number): ArrowColumn {
  const validity = new Validity(native)
  const ends = [0]
  return {
    append(vector, vectorRows, picks) {
      if (picks.length === 0) return
      const flags = validity.append(vector, vectorRows, picks)
      const below: number[] = []
      picks.forEach((at, index) => {
        const length = flags[index] === 0 ? 0 : itemsEach
        for (let item = 0; item < length; item++) below.push(at * itemsEach + item)
        ends.push((ends.at(-1) ?? 0) + length)
      })
      const child = native.bindings.array_vector_get_child(vector)
      items.append(child, vectorRows * itemsEach, Uint32Array.from(below))
    },
    finish() {
      const child = items.finish()
      const type = new List(new Field('item', child.type, true))
      return makeData({ type, ...validity.finish(), valueOffsets: Int32Array.from(ends), child })
    },
  }
}
