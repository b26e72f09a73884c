/** Functions of the C library, for what the runtime has no words for: its file has a name that differs by platform. */
import { dlopen, type FFIFunction, type Library } from 'bun:ffi'

/** @throws what kept the last of the names from being opened */
export function openCLibrary<Functions extends Record<string, FFIFunction>>(
  functions: Functions,
): Library<Functions>['symbols'] {
  const names = process.platform === 'darwin' ? ['libSystem.dylib'] : ['libc.so.6', 'libc.so']
  let cause: unknown
  for (const name of names) {
    try {
      return dlopen(name, functions).symbols
    } catch (error) {
      cause = error
    }
  }
  throw cause
}
