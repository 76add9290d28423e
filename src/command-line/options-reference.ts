// Writes docs/options.md: the commands of the programs with their options.
import { optionTable } from './help.ts'
import type { Command, Program } from './option.ts'

/** The text of docs/options.md. */
export function optionsReference(programs: readonly Program[]): string {
  return `# Options of the programs

<!-- Written by \`npm run generate\` from src/program/options.ts and src/server/options.ts. -->

You can set each option on the command line or by its environment variable; the command line takes precedence. Both programs have
\`--help\` and \`--version\`. Telemetry follows the variables in [environment.md](environment.md).

| exit code | meaning |
| --- | --- |
| 0 | clean stop |
| 1 | failure, such as a port in use |
| 2 | invalid options or configuration; the message lists every fault |

\`mcp-vitals wrap\` exits with the code of the server that it runs.

${programs.map(programSection).join('\n')}`
}

function programSection(program: Program): string {
  const commands = Object.entries(program.commands).map(([name, command]) => commandSection(program, name, command))
  return [`## ${program.name}`, '', ...commands].join('\n')
}

function commandSection({ name: program, defaultCommand }: Program, name: string, command: Command): string {
  const operands = command.operands === undefined ? '' : ` ${command.operands}`
  const called = name === defaultCommand ? `[${name}]` : name
  return [
    `### ${program} ${name}`,
    '',
    command.about,
    '',
    '```sh',
    `${program} ${called} [options]${operands}`,
    '```',
    '',
    optionTable(command.options),
    '',
  ].join('\n')
}
