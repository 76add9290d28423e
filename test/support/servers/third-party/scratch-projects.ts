// Installs the packed mcp-vitals next to third-party servers, as a user does.
import type { PackedPackages, ScratchProject } from '../../programs/packed-package.ts'
import { createProject, tarballsOf } from '../../programs/packed-package.ts'
import { FRAMEWORK_DEPENDENCIES } from './framework-subjects.ts'
import { HIDDEN_SERVER_DEPENDENCIES } from './hidden-server-subjects.ts'
import { MORE_PROGRAM_DEPENDENCIES, SMALL_PROGRAM_DEPENDENCIES } from './more-program-subjects.ts'
import { PROGRAM_DEPENDENCIES } from './program-subjects.ts'
import { SDK_DEPENDENCIES } from './sdk-subjects.ts'
import type { ProjectName, Subject } from './subject.ts'

/** SDK v1 before 1.23 and mcp-framework require zod 3; fastmcp and mcp-nest require zod 4. */
const DEPENDENCIES: Readonly<Record<ProjectName, Readonly<Record<string, string>>>> = {
  'zod-3': { ...FRAMEWORK_DEPENDENCIES['zod-3'], ...SDK_DEPENDENCIES['zod-3'], zod: '3.25.76' },
  'zod-4': {
    ...FRAMEWORK_DEPENDENCIES['zod-4'],
    ...PROGRAM_DEPENDENCIES,
    ...SMALL_PROGRAM_DEPENDENCIES,
    ...SDK_DEPENDENCIES['zod-4'],
    zod: '4.6.7',
  },
  programs: MORE_PROGRAM_DEPENDENCIES,
  ...HIDDEN_SERVER_DEPENDENCIES,
}

/** Creates the projects that the subjects need, and writes the subjects' files. */
export async function createScratchProjects(
  packages: PackedPackages,
  subjects: readonly Subject[],
): Promise<ReadonlyMap<ProjectName, ScratchProject>> {
  const projects = new Map<ProjectName, ScratchProject>()
  for (const { project: name, files } of subjects) {
    const project = projects.get(name) ?? (await createScratchProject(packages, name))
    projects.set(name, project)
    for (const [file, text] of Object.entries(files)) project.write(file, text)
  }
  return projects
}

function createScratchProject(packages: PackedPackages, name: ProjectName): Promise<ScratchProject> {
  return createProject({
    ...tarballsOf(packages, 'mcp-vitals'),
    '@opentelemetry/api': '1.10.0',
    ...DEPENDENCIES[name],
  })
}
