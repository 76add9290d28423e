// Tests how the real programs for test/real are found, checked and built.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { faultOf } from '../../parts/build-part.ts'
import { PARTS } from '../../parts/parts.ts'
import { cacheFolder, PartError, partFolder, provision } from '../../parts/provision.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mcp-vitals-provision-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Writes a program that prints a line, and returns its path. */
function printing(name: string, line: string): string {
  const path = join(folder, name)
  writeFileSync(path, `#!/bin/sh\necho '${line}'\n`)
  chmodSync(path, 0o755)
  return path
}

const etcd = PARTS.find(({ name }) => name === 'etcd') as (typeof PARTS)[number]

describe('provision', () => {
  it('returns a program built before from the cache, under XDG_CACHE_HOME or ~/.cache', async () => {
    const env = { XDG_CACHE_HOME: folder }
    mkdirSync(partFolder(etcd, env), { recursive: true })
    expect(await provision(['etcd'], { env })).toEqual({ etcd: join(partFolder(etcd, env), 'etcd') })
    expect(cacheFolder(env)).toBe(join(folder, 'mcp-vitals', 'parts'))
    expect(cacheFolder({ HOME: '/home/x' })).toBe('/home/x/.cache/mcp-vitals/parts')
  })

  it('returns a binary of the user when its version fits', async () => {
    const own = printing('etcd', `etcd Version: ${etcd.version}`)
    expect(await provision(['etcd'], { env: { MCP_VITALS_PART_ETCD: own } })).toEqual({ etcd: own })
  })

  it.each([
    ['etcd Version: 3.4.23', /is 3\.4\.23; etcd 3\.7\.1 or a newer one of its major is needed/],
    ['etcd Version: 4.0.0', /is 4\.0\.0; etcd 3\.7\.1/],
    ['something else', /does not say that it is etcd/],
  ])('rejects a binary that prints "%s", with a PartError', async (line, fault) => {
    const own = printing('etcd', line)
    const asked = provision(['etcd'], { env: { MCP_VITALS_PART_ETCD: own } })
    await expect(asked).rejects.toThrow(fault)
    await expect(asked).rejects.toBeInstanceOf(PartError)
  })

  it('rejects a missing binary, and a binary of a part that does not report its version', async () => {
    const missing = provision(['etcd'], { env: { MCP_VITALS_PART_ETCD: join(folder, 'none') } })
    await expect(missing).rejects.toThrow(/MCP_VITALS_PART_ETCD: .*none cannot be run \(ENOENT\)/)
    const untold = provision(['jaeger'], { env: { MCP_VITALS_PART_JAEGER: '/bin/true' } })
    await expect(untold).rejects.toThrow('MCP_VITALS_PART_JAEGER: jaeger does not tell its version; it has to be built')
  })

  it('reports that Go is required when it is missing, and leaves no partial build', async () => {
    const said: string[] = []
    const asked = provision(['etcd'], { env: { XDG_CACHE_HOME: folder, PATH: folder }, say: (line) => said.push(line) })
    await expect(asked).rejects.toThrow(
      'Go 1.26 or newer is needed to build the real parts, and there is no "go" on the PATH',
    )
    expect(said).toEqual([`etcd ${etcd.version}: building (about ${etcd.seconds} s on two cores, once)`])
    expect(readdirSync(cacheFolder({ XDG_CACHE_HOME: folder }))).toEqual([])
  })

  it('reports a failed build with the part and the reason', async () => {
    const go = join(folder, 'go')
    writeFileSync(
      go,
      '#!/bin/sh\necho "go: downloading a.example/b v1.0.0" >&2\necho "go: a.example/b@v1.0.0: reading a.zip: 404 Not Found" >&2\nexit 1\n',
    )
    chmodSync(go, 0o755)
    const asked = provision(['etcd'], { env: { XDG_CACHE_HOME: folder, PATH: folder } })
    await expect(asked).rejects.toThrow('etcd 3.7.1 cannot be built: the module a.example/b@v1.0.0 cannot be had (404)')
  })
})

describe('faultOf', () => {
  it.each([
    [
      'go: example.com/m@v1.2.3: reading https://proxy/x: 410 Gone',
      'the module example.com/m@v1.2.3 cannot be had (410)',
    ],
    [
      'go: example.com/m@v1.2.3: Get "https://proxy/x": dial tcp: lookup proxy: no such host',
      'the module example.com/m@v1.2.3 cannot be had (lookup)',
    ],
    ['main.go:1:2: undefined: x\nmore', 'main.go:1:2: undefined: x'],
    ['', 'it failed without a word'],
  ])('returns the reason from the output of Go', (stderr, fault) => {
    expect(faultOf(`go: downloading x v1\n${stderr}`)).toBe(fault)
  })
})

describe('each part', () => {
  it('has a Go module, or a list of Python packages, that pins the version it is listed with', () => {
    for (const { name, version, isPython } of PARTS) {
      if (isPython === true) {
        const packages = readFileSync(join('test/parts', name, 'requirements.txt'), 'utf8')
          .trim()
          .split('\n')
        expect(packages).toContain(`${name}==${version}`)
        expect(packages.filter((line) => !/^[\w.-]+==[\w.]+$/.test(line))).toEqual([])
        continue
      }
      for (const file of ['go.mod', 'go.sum'])
        expect(existsSync(join('test/parts', name, file)), `${name}/${file}`).toBe(true)
      const pinned = readFileSync(join('test/parts', name, 'go.mod'), 'utf8')
      // Prometheus counts its modules as 0.315 for 3.15.
      const spelt = name === 'prometheus' ? `0.${version.replace(/^(\d+)\.(\d+)\..*/, '$1$2')}.` : version
      expect(pinned, name).toContain(`v${spelt}`)
    }
  })
})

describe('the Collector', () => {
  it('is built with the components and versions of otel/builder.yaml', () => {
    const { dist, ...components } = parse(readFileSync('otel/builder.yaml', 'utf8')) as {
      dist: { version: string }
      [kind: string]: unknown
    }
    const wanted = Object.values(components as Record<string, { gomod: string }[]>).flatMap((list) =>
      list.map(({ gomod }) => gomod),
    )
    const pinned = readFileSync('test/parts/collector/go.mod', 'utf8')
    expect(wanted.length).toBeGreaterThan(10)
    expect(wanted.filter((module) => !pinned.includes(`\t${module}\n`))).toEqual([])
    expect(dist.version).toBe(PARTS.find(({ name }) => name === 'collector')?.version)
    expect(readFileSync('test/parts/collector-builder/go.mod', 'utf8')).toContain(`cmd/builder v${dist.version}`)
  })
})
