// Explains exit codes of containers.

const MEANINGS: Readonly<Record<number, string>> = {
  0: 'The process ended without an error, but a long-running container must not end.',
  1: 'The application failed: an unhandled error or a wrong configuration.',
  2: 'The application or its shell was called incorrectly: a wrong flag or a missing argument.',
  126: 'The command exists but cannot be executed: no execute permission, or the wrong architecture.',
  127: 'The command was not found: a wrong path, or a library missing from the image.',
  128: 'The container could not be started, or returned an invalid exit code.',
  134: 'The process aborted itself (SIGABRT): a failed assertion or a fatal error of its runtime.',
  135: 'The process had a bus error (SIGBUS): often a memory-mapped file on a full or lost volume.',
  136: 'The process had an arithmetic error (SIGFPE).',
  137: 'The process was killed (SIGKILL): out of memory, by the kubelet after the grace period, or from outside.',
  139: 'The process had a segmentation fault (SIGSEGV): a bug in native code, or a wrong library.',
  143: 'The process was terminated (SIGTERM): something stopped the container from outside.',
  255: 'The process returned an exit code out of range. Some runtimes use it for a wrong architecture or a lost container.',
}

/** A sentence of ours for an exit code. */
export function exitCodeMeaning(code: number | undefined): string {
  if (code === undefined) return 'The process ended; no exit code was recorded.'
  const known = MEANINGS[code]
  if (known !== undefined) return `Exit code ${code}: ${known}`
  if (code > 128 && code < 160) return `Exit code ${code}: signal ${code - 128} ended the process.`
  return `Exit code ${code}: defined by the application; see its documentation or log.`
}
