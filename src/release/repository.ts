// Where this project is published; every manifest, link and image name is made from it.

/** Without `.git`: pages and clones have the same address. */
export const REPOSITORY = 'https://github.com/mcp-vitals/mcp-vitals'

/** Where container images and the Helm chart are pushed. */
export const IMAGES = 'ghcr.io/mcp-vitals'
