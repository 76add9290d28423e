// Tasks: calls that are answered before the work is done.
import { TASK_SECONDS } from './buckets.ts'
import type { MetricDefinition } from './metric-definition.ts'

export const TASK_METRICS = {
  tasks: {
    name: 'mcp.tasks',
    kind: 'counter',
    unit: '{task}',
    integer: true,
    description: 'Tasks that ended, by how they ended. Polls do not count again.',
    attributes: ['toolName', 'taskStatus'],
    stability: 'development',
  },
  taskDuration: {
    name: 'mcp.task.duration',
    kind: 'histogram',
    unit: 's',
    description: 'Time from the answer that creates a task to the first message that tells its end.',
    attributes: ['toolName', 'taskStatus'],
    buckets: TASK_SECONDS,
    stability: 'development',
  },
  activeTasks: {
    name: 'mcp.active_tasks',
    kind: 'upDownCounter',
    unit: '{task}',
    integer: true,
    description: 'Tasks that were created in this process and have not ended.',
    attributes: ['toolName'],
    stability: 'development',
  },
} as const satisfies Record<string, MetricDefinition>
