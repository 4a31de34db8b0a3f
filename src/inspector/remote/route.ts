/** `POST /api/reads`: a read of `agent-paste inspect --url`, with the answer of `ReadStore` as it is. */
import { Failure } from '../../errors/failure.ts';
import type { FollowedList } from '../../store/read-store.ts';
import type { Inspected } from '../inspected.ts';
import type { Stream } from '../web/stream.ts';
import { answerTo, type FollowRequest, readRequest } from './read-request.ts';
import type { FailureFields } from './remote-reads.ts';
import { snapshotsOf } from './snapshots.ts';

type Answer = { readonly json: object } | { readonly stream: (stream: Stream) => Promise<void> };

export interface ReadsRoute extends Disposable {
  /** A state that cannot be read is an answer, too. @throws ApiError invalid_request, invalid_cursor, database_unavailable */
  answer(body: unknown): Promise<Answer>;
}

export function readsRouteOver({ reads, readAgain }: Pick<Inspected, 'reads' | 'readAgain'>): ReadsRoute {
  const snapshots = snapshotsOf(readAgain);
  return {
    async answer(body) {
      const asked = readRequest(body);
      if (asked.read === 'follow') return { stream: (stream) => followed(asked, stream) };
      if (asked.read === 'end') {
        snapshots.end(asked.snapshot);
        return { json: { schema_version: 1, result: null } };
      }
      const { snapshot } = asked;
      try {
        const from = snapshot === undefined ? reads : await snapshots.at(snapshot);
        return { json: { schema_version: 1, result: await answerTo(asked, from) } };
      } catch (error) {
        return { json: { schema_version: 1, failure: fieldsOf(error) } };
      }
    },
    [Symbol.dispose]: () => snapshots[Symbol.dispose](),
  };

  async function followed({ list, query }: FollowRequest, { write, ended }: Stream): Promise<void> {
    try {
      for await (const items of reads.follow<FollowedList>(list, query, ended)) write({ items });
    } catch (error) {
      write({ failure: fieldsOf(error) });
    }
  }
}

/** @throws any other error */
function fieldsOf(error: unknown): FailureFields {
  if (!(error instanceof Failure)) throw error;
  return { code: error.code, message: error.message, hint: error.hint ?? null };
}
