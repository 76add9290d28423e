// The option tables in, what `--help` prints and the reference table for readers out.
import type { CommandName, Option, OptionTable } from './options.ts'
import { COMMANDS } from './options.ts'

/** The text of `mcp-vitals --help`, or of `mcp-vitals <command> --help`. */
export function helpText(of?: CommandName): string {
  const command = of ?? 'serve'
  const commands = Object.entries(COMMANDS).map(([name, { about }]) => `  ${name.padEnd(9)} ${about}`)
  return [
    of === undefined ? 'Usage: mcp-vitals [command] [options]' : `Usage: mcp-vitals ${of} [options]`,
    '',
    ...(of === undefined ? ['Commands:', ...commands, ''] : [COMMANDS[of].about, '']),
    `Options${of === undefined ? ' of serve' : ''}:`,
    ...optionLines(COMMANDS[command].options),
    '  --help, -h',
    '      Prints this.',
    '  --version',
    '      Prints the version.',
    '',
    'Each option may be given by its variable instead; the flag wins.',
    ...(command === 'serve' ? ['Telemetry follows the OTEL_* variables, such as OTEL_METRICS_EXPORTER=otlp.'] : []),
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

/** A command's options as a Markdown table, as the README has it. */
export function optionTable(command: CommandName): string {
  const rows = Object.values<Option<unknown>>(COMMANDS[command].options).map(
    ({ flag, placeholder, env, fallback, about }) =>
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
