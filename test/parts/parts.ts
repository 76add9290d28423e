// The real programs that the tests run against: which version, from which Go module, how it is built. Each has a folder
// with the `go.mod` and `go.sum` that pin it, or with the `requirements.txt` of Python packages.

export type Program =
  | 'prometheus'
  | 'promtool'
  | 'otelcol'
  | 'alertmanager'
  | 'amtool'
  | 'etcd'
  | 'kube-apiserver'
  | 'kubectl'
  | 'jaeger'
  | 'compose-spec'
  | 'operator-crds'
  | 'pint'
  | 'go-server'
  | 'go-client'
  | 'fastmcp-python'
  | 'actionlint'
  | 'zizmor'
  | 'registry-schemas'

export interface Part {
  /** Also the folder with its `go.mod`. */
  readonly name: string
  readonly version: string
  /** Program → Go package; or folder of the module, where its files are all that is wanted. */
  readonly programs: Readonly<Partial<Record<Program, string>>>
  readonly tags?: readonly string[]
  /** Linker variables: a module knows its version, its program often does not. */
  readonly stamps?: Readonly<Record<string, string>>
  /** What a program of the user's prints of its version, and how it is asked; without it, no other binary is taken. */
  readonly asked?: {
    readonly argument: string
    readonly pattern: RegExp
    /** Programs of the part that are asked by other arguments. */
    readonly otherwise?: Readonly<Partial<Record<Program, readonly string[]>>>
  }
  /** Go sources made by another program of a module of its own, by a manifest: the Collector. */
  readonly generated?: { readonly by: string; readonly manifest: string }
  /** The module whose files are taken as they are, and nothing built. */
  readonly copied?: string
  /** Files that the module lacks and its sources embed: its own build makes them with another toolchain. */
  readonly missing?: { readonly module: string; readonly files: Readonly<Record<string, string>> }
  /** Python packages, installed in a virtual environment; its programs are in the environment. */
  readonly isPython?: true
  /** Seen on two cores with nothing cached: a hint for whoever waits. */
  readonly seconds: number
}

const NO_PAGE = '<!doctype html><title>Alertmanager</title>This build has no web page; its API is at /api/v2.'

export const PARTS: readonly Part[] = [
  {
    name: 'prometheus',
    version: '3.15.0',
    programs: {
      prometheus: 'github.com/prometheus/prometheus/cmd/prometheus',
      promtool: 'github.com/prometheus/prometheus/cmd/promtool',
    },
    // Without the service discoveries of all clouds, it builds in a third of the time.
    tags: ['remove_all_sd', 'netgo'],
    stamps: { 'github.com/prometheus/common/version.Version': '3.15.0' },
    asked: { argument: '--version', pattern: /version (\d+\.\d+\.\d+)/ },
    seconds: 285,
  },
  {
    name: 'collector',
    version: '0.159.0',
    programs: { otelcol: 'mcp-vitals/otelcol' },
    stamps: {},
    asked: { argument: '--version', pattern: /version (\d+\.\d+\.\d+)/ },
    generated: { by: 'go.opentelemetry.io/collector/cmd/builder', manifest: 'otel/builder.yaml' },
    seconds: 240,
  },
  {
    name: 'alertmanager',
    version: '0.34.0',
    programs: {
      alertmanager: 'github.com/prometheus/alertmanager/cmd/alertmanager',
      amtool: 'github.com/prometheus/alertmanager/cmd/amtool',
    },
    stamps: { 'github.com/prometheus/common/version.Version': '0.34.0' },
    asked: { argument: '--version', pattern: /version (\d+\.\d+\.\d+)/ },
    missing: { module: 'github.com/prometheus/alertmanager', files: { 'ui/app/dist/index.html': NO_PAGE } },
    seconds: 110,
  },
  {
    name: 'jaeger',
    version: '1.76.0',
    programs: { jaeger: 'github.com/jaegertracing/jaeger/cmd/jaeger' },
    seconds: 220,
  },
  {
    name: 'etcd',
    version: '3.7.1',
    programs: { etcd: 'go.etcd.io/etcd/server/v3' },
    asked: { argument: '--version', pattern: /etcd Version: (\d+\.\d+\.\d+)/ },
    seconds: 41,
  },
  {
    name: 'kubernetes',
    version: '1.36.3',
    programs: {
      'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
      kubectl: 'k8s.io/kubernetes/cmd/kubectl',
    },
    stamps: {
      'k8s.io/component-base/version.gitVersion': 'v1.36.3',
      'k8s.io/component-base/version.gitMajor': '1',
      'k8s.io/component-base/version.gitMinor': '36',
    },
    asked: {
      argument: '--version',
      pattern: /v(\d+\.\d+\.\d+)/,
      otherwise: { kubectl: ['version', '--client'] },
    },
    seconds: 240,
  },
  {
    name: 'operator-crds',
    version: '0.93.1',
    programs: { 'operator-crds': 'example/prometheus-operator-crd' },
    copied: 'github.com/prometheus-operator/prometheus-operator',
    seconds: 10,
  },
  {
    name: 'compose',
    version: '2.16.2',
    programs: { 'compose-spec': 'github.com/compose-spec/compose-go/v2/cmd' },
    seconds: 15,
  },
  {
    name: 'pint',
    version: '0.87.0',
    programs: { pint: 'github.com/cloudflare/pint/cmd/pint' },
    stamps: { 'main.version': '0.87.0' },
    asked: { argument: 'version', pattern: /^(\d+\.\d+\.\d+)/ },
    seconds: 40,
  },
  {
    // A server and a client of the tests on the official Go SDK, whose version this is.
    name: 'go-server',
    version: '1.8.0',
    programs: { 'go-server': '.', 'go-client': './client' },
    seconds: 40,
  },
  {
    name: 'fastmcp',
    version: '4.2.3',
    programs: { 'fastmcp-python': 'bin/python' },
    isPython: true,
    seconds: 50,
  },
  {
    name: 'actionlint',
    version: '1.7.12',
    programs: { actionlint: 'github.com/rhysd/actionlint/cmd/actionlint' },
    stamps: { 'github.com/rhysd/actionlint.version': '1.7.12' },
    asked: { argument: '-version', pattern: /^v?(\d+\.\d+\.\d+)/ },
    seconds: 15,
  },
  {
    name: 'zizmor',
    version: '1.32.0',
    programs: { zizmor: 'bin/zizmor' },
    isPython: true,
    seconds: 15,
  },
  {
    // The schema of server.json, by version.
    name: 'mcp-registry',
    version: '1.8.9',
    programs: { 'registry-schemas': 'internal/validators/schemas' },
    copied: 'github.com/modelcontextprotocol/registry',
    seconds: 10,
  },
]

/** The variable that names a binary to take instead of building one. */
export function binaryVariable(program: Program): string {
  return `MCP_VITALS_PART_${program.toUpperCase().replaceAll('-', '_')}`
}
