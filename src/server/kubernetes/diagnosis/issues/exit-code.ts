// An exit code in, what it says out.

const MEANINGS: Readonly<Record<number, string>> = {
  0: 'The process ended by itself without an error; a container that is to go on must not end.',
  1: 'The application failed by itself: an error that it did not handle, or wrong configuration.',
  2: 'The application or its shell was called wrongly: a wrong flag or a missing argument.',
  126: 'The command was found but could not be run: no execute permission, or the wrong architecture.',
  127: 'The command was not found: a wrong path, or a library that the image lacks.',
  128: 'The container could not be started, or gave an exit code that is none.',
  134: 'The process aborted itself (SIGABRT): a failed assertion or a fatal error of its runtime.',
  135: 'The process had a bus error (SIGBUS): often a memory-mapped file on a full or lost volume.',
  136: 'The process had an arithmetic error (SIGFPE).',
  137: 'The process was killed (SIGKILL): for memory, by the kubelet after its grace period, or from outside.',
  139: 'The process had a segmentation fault (SIGSEGV): a bug in native code, or a wrong library.',
  143: 'The process was asked to end (SIGTERM) and did: something stopped the container from outside.',
  255: 'The process ended with an error out of range, which some runtimes use for a wrong architecture or a lost container.',
}

/** A sentence of ours for an exit code. */
export function exitCodeMeaning(code: number | undefined): string {
  if (code === undefined) return 'The process ended; no exit code was recorded.'
  const known = MEANINGS[code]
  if (known !== undefined) return `Exit code ${code}: ${known}`
  if (code > 128 && code < 160) return `Exit code ${code}: the process was ended by signal ${code - 128}.`
  return `Exit code ${code}: chosen by the application; its documentation or log says what it means.`
}
