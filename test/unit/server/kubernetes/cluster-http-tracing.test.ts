import { SpanKind } from '@opentelemetry/api'
import { describe, expect, it } from 'vitest'
import { namespaceScope } from '../../../../src/server/kubernetes/namespace-scope.ts'
import { cacheReads } from '../../../../src/server/kubernetes/read-cache.ts'
import { kubernetesTools } from '../../../../src/server/tools/kubernetes/kubernetes-tools.ts'
import { clientOfTools } from '../../../support/clients/client-of-tools.ts'
import { startTestCluster } from '../../../support/cluster/test-cluster.ts'
import { recordSpans } from '../../../support/telemetry/recorded-spans.ts'

describe('the cluster requests of a tool call', () => {
  it('are CLIENT spans under the span of the tool, and send the trace of the client to the API', async () => {
    const spans = recordSpans()
    const { api, kubeConfig } = await startTestCluster({ controllers: false })
    const sent: (string | undefined)[] = []
    const apply = kubeConfig.applySecurityAuthentication.bind(kubeConfig)
    kubeConfig.applySecurityAuthentication = async (request) => {
      await apply(request)
      // Tracing adds its headers after this call, so read them when the request is sent.
      setImmediate(() => sent.push(request.getHeaders()['traceparent']))
    }
    const tools = kubernetesTools({ reads: cacheReads(api), log: api.log, scope: namespaceScope(), now: Date.now })
    const { client } = await clientOfTools(tools, { deadlineMs: 20_000 })
    const traceId = '0af7651916cd43dd8448eb211c80319c'

    await client.callTool({
      name: 'list_nodes',
      arguments: {},
      _meta: { traceparent: `00-${traceId}-b7ad6b7169203331-01` },
    })

    const tool = spans.named('tools/call list_nodes', SpanKind.SERVER)
    const request = spans.named('GET /api/v1/nodes', SpanKind.CLIENT)
    expect(request.parentSpanContext?.spanId).toBe(tool.spanContext().spanId)
    expect(request.spanContext().traceId).toBe(traceId)
    expect(request.attributes).toMatchObject({
      'http.request.method': 'GET',
      'http.response.status_code': 200,
      'server.address': '127.0.0.1',
      'url.template': '/api/v1/nodes',
    })
    expect(sent).toEqual([`00-${traceId}-${request.spanContext().spanId}-01`])
  })
})
