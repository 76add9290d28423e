// What each folder of src may import, and how to fix what breaks its rule.

interface Rule {
  /** Files that the rule is for: the longest prefix that fits a file is its rule. */
  readonly folder: string
  /** Project files and packages, each as a prefix. `node:` modules are free unless `pure`. */
  readonly may: readonly string[]
  readonly pure?: boolean
  readonly fix: string
}

export const INSTRUMENTATION = 'src/instrumentation'
export const SERVER = 'src/server'
const LIBRARY = ['mcp-vitals', 'mcp-vitals/command-line']
const WRAP = ['src/index.ts', 'src/telemetry/', '@mcp-vitals/instrumentation', '@opentelemetry/api', 'cross-spawn']
const PAGE = ['src/page/page.ts', 'src/page/in-process/']
const OPTIONS = ['src/command-line/', 'src/program/options.ts', `${SERVER}/options.ts`]
const PROGRAM = [
  'src/program/',
  'src/attach/',
  'src/page/hub/',
  'src/telemetry/listener/check-sender.ts',
  'src/command-line/',
  'src/telemetry/configuration/',
  'jsonc-parser',
]

export const RULES: readonly Rule[] = [
  {
    folder: `${INSTRUMENTATION}/catalog/`,
    may: [`${INSTRUMENTATION}/catalog/`],
    pure: true,
    fix: 'The catalog is data: move what needs another module to the folder that uses it.',
  },
  {
    folder: `${INSTRUMENTATION}/outcome/`,
    may: [`${INSTRUMENTATION}/catalog/`, `${INSTRUMENTATION}/outcome/`],
    pure: true,
    fix: 'An outcome is judged by pure functions: hand in what they need to know.',
  },
  {
    folder: `${INSTRUMENTATION}/record/`,
    may: [
      `${INSTRUMENTATION}/catalog/`,
      `${INSTRUMENTATION}/outcome/`,
      `${INSTRUMENTATION}/record/`,
      '@opentelemetry/api',
    ],
    fix: 'Recording knows neither messages nor servers: let src/instrumentation/wire call it.',
  },
  {
    folder: `${INSTRUMENTATION}/wire/`,
    may: [
      `${INSTRUMENTATION}/catalog/`,
      `${INSTRUMENTATION}/outcome/`,
      `${INSTRUMENTATION}/record/`,
      `${INSTRUMENTATION}/wire/`,
      '@opentelemetry/api',
    ],
    fix: 'The wire knows messages and directions alone: hand in what an adapter knows as a parameter.',
  },
  {
    folder: `${INSTRUMENTATION}/`,
    may: [`${INSTRUMENTATION}/`, '@opentelemetry/api'],
    fix: 'Instrumentation knows the OpenTelemetry API alone: write a structural type for an SDK, or move the code to src/telemetry.',
  },
  {
    folder: 'src/telemetry/',
    may: ['src/telemetry/', ...PAGE, '@mcp-vitals/instrumentation', '@opentelemetry/', 'pino'],
    fix: 'Telemetry takes the catalog from @mcp-vitals/instrumentation and knows no servers: export there what is missing.',
  },
  {
    folder: 'src/telemetry/configuration/',
    may: [
      'src/telemetry/configuration/',
      'src/telemetry/listener/check-sender.ts',
      '@mcp-vitals/instrumentation',
      '@opentelemetry/',
    ],
    fix: 'Configuration is read first and needs none of the later stages.',
  },
  {
    folder: 'src/page/',
    may: ['src/page/', '@mcp-vitals/instrumentation', '@opentelemetry/'],
    fix: "The page knows OpenTelemetry's data model alone: hand in what telemetry or a program knows.",
  },
  {
    folder: 'src/page/hub/',
    may: ['src/page/', 'src/telemetry/listener/', '@mcp-vitals/instrumentation', '@grpc/grpc-js'],
    fix: 'The hub receives OTLP and shows the page: commands are for src/program.',
  },
  {
    folder: 'src/page/browser/',
    may: ['src/page/browser/', 'uplot'],
    pure: true,
    fix: 'Browsers get these files as they are: they import each other alone.',
  },
  {
    folder: 'src/index.ts',
    may: ['src/telemetry/', '@mcp-vitals/instrumentation', '@opentelemetry/api'],
    fix: 'The public API knows the library alone: programs and servers use it, not the other way round.',
  },
  {
    folder: 'src/command-line/',
    may: ['src/command-line/', 'src/telemetry/configuration/'],
    fix: 'The command line knows options and exit codes alone: commands are for src/program and src/server.',
  },
  {
    folder: 'src/attach/',
    may: ['src/attach/', '@cfworker/json-schema', 'mcp-vitals', ...WRAP],
    fix: 'What attaches a server brings messages to the wire and starts telemetry: commands are for src/program.',
  },
  {
    folder: 'src/program/',
    may: [...PROGRAM, '@mcp-vitals/instrumentation', 'eventsource-parser'],
    fix: 'The program mcp-vitals installs neither an MCP SDK nor the Kubernetes client.',
  },
  {
    folder: `${SERVER}/tools/`,
    may: [
      `${SERVER}/tools/`,
      `${SERVER}/kubernetes/`,
      ...LIBRARY,
      'zod',
      '@modelcontextprotocol/sdk',
      '@kubernetes/client-node',
    ],
    fix: 'A tool is measured without its help: import what it has to record from mcp-vitals.',
  },
  {
    folder: `${SERVER}/kubernetes/`,
    may: [`${SERVER}/kubernetes/`, `${SERVER}/simulated/`, ...LIBRARY, 'zod', '@kubernetes/client-node'],
    fix: 'Code that talks to Kubernetes knows neither tools nor the rest of the server: import what it has to record from mcp-vitals.',
  },
  {
    folder: `${SERVER}/simulated/`,
    may: [`${SERVER}/simulated/`, `${SERVER}/kubernetes/api-path.ts`, '@kubernetes/client-node'],
    fix: 'The simulated cluster is independent, as a real one is: the server reaches it over HTTP alone.',
  },
  {
    folder: `${SERVER}/kubernetes/diagnosis/`,
    may: [`${SERVER}/kubernetes/diagnosis/`, '@kubernetes/client-node', 'mcp-vitals'],
    pure: true,
    fix: 'Diagnosis is pure functions over objects: reading and recording are for src/server/kubernetes.',
  },
  {
    folder: `${SERVER}/`,
    may: [`${SERVER}/`, ...LIBRARY, '@modelcontextprotocol/sdk', '@modelcontextprotocol/server', 'zod'],
    fix: 'The server is a customer of the library: import from mcp-vitals, and export there what is missing.',
  },
  {
    folder: 'src/dashboards/',
    may: ['src/dashboards/', `${INSTRUMENTATION}/catalog/`],
    pure: true,
    fix: 'A dashboard is data made of the catalog: writing it to a file is for src/generate.ts.',
  },
  {
    folder: 'src/alerts/',
    may: ['src/alerts/'],
    fix: 'Rules are written in alerts/; what is made of them needs nothing else.',
  },
  {
    folder: 'src/generate.ts',
    may: [
      ...OPTIONS,
      'src/alerts/',
      `${INSTRUMENTATION}/catalog/`,
      'src/dashboards/',
      `${SERVER}/kubernetes/diagnosis/`,
      'src/release/',
      'src/protocol-reference.ts',
      'test/matrix/',
    ],
    fix: 'What is generated derives from the catalog, the issue types, the rules, the options, the manifests and the results of the matrix alone.',
  },
  {
    folder: 'src/release/',
    may: ['src/release/'],
    fix: 'The build uses it before anything is installed but the compiler: read what is missing from a manifest.',
  },
  {
    folder: 'src/build-packages.ts',
    may: ['src/release/', 'rolldown'],
    fix: 'The build needs the compiler and the bundler, and nothing of what it builds.',
  },
  {
    folder: 'src/protocol-reference.ts',
    may: [`${INSTRUMENTATION}/catalog/`],
    pure: true,
    fix: 'The reference of the protocol is a text made of the catalog: writing it to a file is for src/generate.ts.',
  },
]
