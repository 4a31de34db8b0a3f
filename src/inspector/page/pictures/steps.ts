/** What happened during a callback, in order: who asked whom. Only what is known is told. */
import type { CallbackDetail, CallbackRow, Span } from '../../api-types.ts';
import { WORDS } from '../parts/outcomes.ts';
import { duration, shortened } from '../parts/short.ts';

export const LANES = ['client', 'API', 'JWKS', 'WorkOS', 'store'] as const;
export type Lane = (typeof LANES)[number];

export type Step =
  | { readonly kind: 'call' | 'answer'; readonly from: Lane; readonly to: Lane; readonly text: string }
  /** Something that the API did by itself. */
  | { readonly kind: 'note'; readonly text: string; readonly tone: 'plain' | 'good' | 'bad' };

/** Checks that come before the signature, and what was read before them. */
const KEY = 'key';

export function stepsOf(row: CallbackRow, detail: CallbackDetail): readonly Step[] {
  return [
    { kind: 'call', from: 'client', to: 'API', text: 'POST callback' },
    ...keySteps(detail),
    ...checkNotes(detail),
    ...detail.spans
      .filter(({ name }) => !['read', 'verify', 'keys.fetch', 'send'].includes(name))
      .flatMap(spanSteps(detail)),
    { kind: 'answer', from: 'API', to: 'client', text: `${row.status} ${row.reason ?? WORDS[row.outcome]}` },
  ];
}

function keySteps({ spans, checks, header, verification }: CallbackDetail): readonly Step[] {
  const fetched = spans.find(({ name }) => name === 'keys.fetch');
  const kid = typeof header?.kid === 'string' ? ` ${shortened(header.kid, 9)}` : '';
  if (fetched !== undefined)
    return [
      { kind: 'call', from: 'API', to: 'JWKS', text: `key${kid}` },
      { kind: 'answer', from: 'JWKS', to: 'API', text: duration(fetched.duration_us) },
    ];
  if (verification === 'remembered') return [{ kind: 'note', text: 'token accepted before', tone: 'good' }];
  const isFound = checks.some(({ name, result }) => name === KEY && result === 'passed');
  return isFound ? [{ kind: 'note', text: `key${kid} was in memory`, tone: 'plain' }] : [];
}

function checkNotes({ checks, verification, spans }: CallbackDetail): readonly Step[] {
  const failed = checks.find(({ result }) => result === 'failed');
  const isSigned = checks.some(({ name, result }) => name === 'signature' && result === 'passed');
  const notes: Step[] = [];
  if (isSigned && verification !== 'remembered') notes.push({ kind: 'note', text: 'signature ✓', tone: 'good' });
  const userAsked = spans.some(({ name }) => name === 'user');
  if (failed !== undefined && !(failed.name === 'user' && userAsked))
    notes.push({ kind: 'note', text: `${failed.name}: refused`, tone: 'bad' });
  return notes;
}

function spanSteps(detail: CallbackDetail): (span: Span) => readonly Step[] {
  return ({ name, duration_us }) => {
    const took = duration(duration_us);
    switch (name) {
      case 'user':
        return [
          { kind: 'call', from: 'API', to: 'WorkOS', text: 'user?' },
          { kind: 'answer', from: 'WorkOS', to: 'API', text: took },
        ];
      case 'wait':
        return [
          { kind: 'note', text: `waited ${took} for ${shortened(detail.leader ?? 'the same key', 16)}`, tone: 'plain' },
        ];
      case 'record.read':
        return [
          { kind: 'call', from: 'API', to: 'store', text: 'record of the key?' },
          { kind: 'answer', from: 'store', to: 'API', text: took },
        ];
      case 'transaction':
        return [
          { kind: 'call', from: 'API', to: 'store', text: 'transaction' },
          { kind: 'answer', from: 'store', to: 'API', text: `committed, ${took}` },
        ];
      case 'queue':
      case 'lock':
        return duration_us < 1000 ? [] : [{ kind: 'note', text: `${name} ${took}`, tone: 'plain' }];
      default:
        return name.startsWith('hold') ? [{ kind: 'note', text: `held ${took}`, tone: 'plain' }] : [];
    }
  };
}
