/** The blocks of a PEM file, and what stands around them (RFC 7468 section 2). */

export interface PemFile {
  readonly blocks: readonly PemBlock[];
  /** The text outside of the blocks, such as the bag attributes of OpenSSL. */
  readonly rest: string;
}

interface PemBlock {
  readonly label: string;
  readonly text: string;
}

/** A block that has no end does not reach into the next one. */
const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----(?:(?!-----BEGIN )[\s\S])*?-----END \1-----/g;

/** undefined for a text that is not PEM. */
export function readPem(text: string): PemFile | undefined {
  if (text.trimStart().startsWith('{') || !text.includes('-----BEGIN ')) return undefined;
  const blocks = [...text.matchAll(BLOCK)].map(([block, label = '']) => ({ text: block, label }));
  return { blocks, rest: text.replace(BLOCK, '') };
}

export function isPrivateKey({ label }: PemBlock): boolean {
  return label.endsWith('PRIVATE KEY');
}

/** Whether a block has lost its beginning or its end. */
export function hasTornBlock({ rest }: PemFile): boolean {
  return /-----(?:BEGIN|END) /.test(rest);
}
