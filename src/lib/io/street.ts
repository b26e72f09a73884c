/** The street: what the process was given when it started. main.ts makes it; everybody else is handed it. */

/** Both ends of a terminal, for whoever reads single keys of it. */
export interface Terminal {
  input: NodeJS.ReadStream
  output: NodeJS.WriteStream
}

export interface Street {
  env: Readonly<Record<string, string | undefined>>
  /** the folder that relative paths are meant from */
  cwd: string
  stdin: AsyncIterable<Uint8Array>
  /** where a person types and reads: stdin, and stdout or else stderr; undefined where one of them is no terminal */
  terminal?: Terminal | undefined
  stdout: Outlet
  stderr: Outlet
  /** this program's version, for `--version` and the user agent */
  version: string
  /** absolute path of the running executable, for unit files */
  executable: string
  /** The work is done: let go of what would keep the process from ending. */
  leave(): void
  /** aborts when SIGINT or SIGTERM arrives, or SIGHUP from a terminal; `reason` is the signal's name */
  stopSignal: AbortSignal
  /** Calls back whenever the process is asked to read its settings again (SIGHUP). Without a call SIGHUP ends it. */
  onReload(listener: () => void): void
}

/** stdout or stderr. */
export interface Outlet {
  /**
   * Resolves when the text was taken; false when nobody reads any more (a closed pipe).
   * @throws TwdwError E_LAKE when stdout is a file whose disk is full
   */
  write(text: string | Uint8Array): Promise<boolean>
  /** true when a person looks at it */
  isTerminal: boolean
  /** width of the terminal in cells, as it is now; undefined where there is none */
  readonly columns: number | undefined
  /** height of the terminal in lines, likewise */
  readonly rows?: number | undefined
  /** true when journald reads it, and takes `<N>` at the start of a line for a priority */
  isJournal?: boolean
}
