import * as core from '@opentelemetry/semantic-conventions'
import * as incubating from '@opentelemetry/semantic-conventions/incubating'
import { describe, expect, it } from 'vitest'
import type { AttributeDefinition } from '../../../../src/instrumentation/catalog/attributes.ts'
import { ATTRIBUTES } from '../../../../src/instrumentation/catalog/attributes.ts'
import { CONVENTION_METRICS } from '../../../../src/instrumentation/catalog/convention-metrics.ts'

const valuesOf = (exported: Readonly<Record<string, unknown>>, prefix: string) =>
  Object.entries(exported).flatMap(([name, value]) => (name.startsWith(prefix) ? [value] : []))

const conventional = Object.values<AttributeDefinition>(ATTRIBUTES).filter(({ description }) =>
  description.includes('(semconv)'),
)
/** The package has these only as deprecated copies, or not at all. */
const isGenAi = (key: string) => /^(mcp|gen_ai|jsonrpc)\./.test(key)

describe('ATTRIBUTES', () => {
  it('names each core attribute as the stable conventions do', () => {
    const keys = conventional.map(({ key }) => key).filter((key) => !isGenAi(key) && key !== 'url.template')
    expect(keys).toContain('rpc.status_code')
    expect(valuesOf(core, 'ATTR_')).toEqual(expect.arrayContaining(keys))
  })

  it('names what is in development as its copies in the package do', () => {
    const keys = conventional.map(({ key }) => key).filter((key) => isGenAi(key) || key === 'url.template')
    expect(keys).toContain('mcp.method.name')
    expect(valuesOf(incubating, 'ATTR_')).toEqual(expect.arrayContaining(keys))
  })

  it('knows each method of the conventions', () => {
    expect(ATTRIBUTES.mcpMethod.values).toEqual(expect.arrayContaining(valuesOf(incubating, 'MCP_METHOD_NAME_VALUE_')))
  })
})

describe('CONVENTION_METRICS', () => {
  it('names each metric as the conventions do', () => {
    const names = Object.values(CONVENTION_METRICS).map(({ name }) => name)
    const known = [...valuesOf(core, 'METRIC_'), ...valuesOf(incubating, 'METRIC_MCP_')]
    expect(known).toEqual(expect.arrayContaining(names))
  })
})
