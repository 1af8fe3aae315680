import { createHash } from 'node:crypto';
import { derivedUuid } from '../derived-uuid.ts';
import type { Workflow } from '../workflow.ts';

/** What of a workflow never changes, and is costly to write: made once a workflow. */
export interface NoxusDefinition {
  readonly nodeIds: readonly string[];
  readonly definition: { readonly nodes: readonly unknown[]; readonly edges: readonly unknown[] };
  readonly hash: string;
  readonly versionId: string;
  readonly authorName: string;
}

/** @param bytes about how long a definition is as JSON; one of a few hundred bytes is as short as it gets */
export function createDefinitions(bytes: number): (workflow: Workflow) => NoxusDefinition {
  const made = new Map<string, NoxusDefinition>();
  return (workflow) => {
    const known = made.get(workflow.id);
    if (known !== undefined) return known;
    const definition = define(workflow, bytes);
    made.set(workflow.id, definition);
    return definition;
  };
}

function define(workflow: Workflow, bytes: number): NoxusDefinition {
  const nodeIds = Array.from({ length: workflow.stepCount }, (_, index) => derivedUuid(`${workflow.id} node ${index}`));
  const promptLength = Math.max(0, Math.floor(bytes / nodeIds.length) - BYTES_BESIDE_PROMPT);
  const prompt = SENTENCE.repeat(Math.ceil(promptLength / SENTENCE.length)).slice(0, promptLength);
  const nodes = nodeIds.map((id, index) => ({
    id,
    name: `Step ${index + 1}`,
    type: index === 0 ? 'InputNode' : 'TextGenerationNode',
    prompt,
  }));
  const edges = nodeIds.slice(1).map((to, index) => ({ from: nodeIds[index], to }));
  return {
    nodeIds,
    definition: { nodes, edges },
    hash: createHash('sha256').update(workflow.id).digest('hex'),
    versionId: derivedUuid(`${workflow.id} version 1`),
    authorName: 'Ada Example',
  };
}

const SENTENCE = 'Read the text below, keep to what it says, and answer in the form that was asked for. ';
/** A node's and an edge's other keys and ids. */
const BYTES_BESIDE_PROMPT = 200;
