// Writes `--help` and the Markdown reference tables from a program's option tables.
import type { Option, OptionTable, Program } from './option.ts'

/** The text of `<program> --help`, or of `<program> <command> --help`. */
export function helpText(program: Program, command?: string): string {
  const { name, commands, defaultCommand } = program
  const shown = command ?? defaultCommand
  const width = Math.max(...Object.keys(commands).map((each) => each.length)) + 1
  const list = Object.entries(commands).map(([each, { about }]) => `  ${each.padEnd(width)} ${about}`)
  const options = shown === undefined ? undefined : commands[shown]?.options
  const usage = command ?? (defaultCommand === undefined ? '<command>' : '[command]')
  const operands = command === undefined ? undefined : commands[command]?.operands
  return [
    `Usage: ${name} ${usage} [options]${operands === undefined ? '' : ` ${operands}`}`,
    '',
    ...(command === undefined ? ['Commands:', ...list, ''] : [commands[command]?.about ?? '', '']),
    `Options${command === undefined && shown !== undefined ? ` of ${shown}` : ''}:`,
    ...(options === undefined ? [] : optionLines(options)),
    '  --help, -h',
    '      Prints this text.',
    '  --version',
    '      Prints the version.',
    '',
    ...(options === undefined
      ? [`See ${name} <command> --help for the options of a command.`]
      : ['Each option can also be set by its environment variable; the flag takes precedence.']),
    ...(shown === 'serve' ? ['Telemetry follows the OTEL_* variables, such as OTEL_METRICS_EXPORTER=otlp.'] : []),
    '',
  ].join('\n')
}

function optionLines(options: OptionTable): string[] {
  return Object.values(options).flatMap((option) => [
    `  --${option.flag}${option.placeholder === undefined ? '' : ` <${option.placeholder}>`}`,
    `      ${option.about}`,
    `      ${option.env}${option.fallback === '' ? '' : `, default ${option.fallback}`}`,
  ])
}

/** The options of a command as a Markdown table. */
export function optionTable(options: OptionTable): string {
  const rows = Object.values<Option<unknown>>(options).map(({ flag, placeholder, env, fallback, about }) =>
    [
      `\`--${flag}${placeholder === undefined ? '' : ` <${placeholder}>`}\``,
      `\`${env}\``,
      fallback === '' ? '' : `\`${fallback}\``,
      about,
    ].map((cell) => cell.replaceAll('|', '\\|')),
  )
  const lines = [['option', 'variable', 'default', 'what'], ['---', '---', '---', '---'], ...rows]
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
