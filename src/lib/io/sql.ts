/** The contract of a SQL engine: text in, one Arrow table out. */
import type { Table } from 'apache-arrow'

export interface SqlEngine {
  /** whose SQL it takes where engines differ */
  readonly dialect: 'duckdb' | 'spark'
  /**
   * Run one or more statements; the answer is that of the last one. Integers stay exact, instants are
   * TimestampMillisecond('UTC') or finer, wall clocks have no zone.
   * @throws TwdwError E_USAGE with the engine's sentence when the statement is wrong (a SqlError where the engine says at
   *   which place), E_LAKE when a file cannot be read
   */
  query(sql: string, signal?: AbortSignal): Promise<Table>
  /** The same, with the answers of all statements that give one: a `SET` or a `CREATE` gives none. */
  queryAll(sql: string, signal?: AbortSignal): Promise<Table[]>
  /** Have a SELECT write its rows into a new Parquet file. @param location in a folder that the engine may read */
  copy(select: string, location: string): Promise<void>
  /**
   * Parquet files become a table under a name, however many they are; only where SQL that lists them would take long.
   * @param columns their names and types in the engine's words: `tag STRING, tweets BIGINT`; undefined: as the first file has them
   * @throws TwdwError E_LAKE when one of the files is not there
   */
  nameFiles?(
    name: string,
    locations: readonly string[],
    columns: string | undefined,
    options?: NamingOptions,
  ): Promise<void>
  close(): Promise<void>
}

export interface NamingOptions {
  /** a folder above the files: names of folders below it, such as `utc_hour=10`, are columns */
  partitionedBelow?: string
  signal?: AbortSignal | undefined
}
