/**
 * What `@duckdb/node-bindings` is inside the executable: a place where the unpacked library is put.
 *
 * The build leads that name here, because the package's own file asks for every platform's library. In a
 * checkout nothing leads here, and the package finds its library in node_modules by itself.
 */
import type * as DuckDbBindings from '@duckdb/node-bindings'

let bindings: typeof DuckDbBindings | undefined

/** Must be called before `@duckdb/node-api` is first imported. */
export function putBindings(loaded: typeof DuckDbBindings): void {
  bindings = loaded
}

export { bindings as default }
