/** The three POST routes of the page. */
import type { UserLookup } from '../../callback/user.ts';
import type { Inspected } from '../inspected.ts';
import type { Stream } from '../web/stream.ts';
import type { SendingParts } from './parts.ts';
import { planOf } from './plan.ts';
import { predict } from './predict.ts';
import { invalid, wishOf } from './request.ts';
import { openRuns } from './runs.ts';

type Body = Readonly<Record<string, unknown>>;

type Result =
  | { readonly json: object }
  | { readonly stream: (stream: Stream) => Promise<void>; readonly abandon: () => void };

export type Posts = Readonly<Record<string, (body: Body, ticket: string | undefined) => Promise<Result>>>;

export function postsOver(
  { reads, now, commandOptions }: Inspected,
  parts: SendingParts & { readonly lookup: UserLookup },
): Posts {
  const runs = openRuns(parts, reads, now);
  const plan = (body: Body) => planOf(wishOf(body), { reads, now, options: commandOptions }, parts);
  return {
    '/api/predict': async (body) => ({ json: await predict(await plan(body), { reads, now }, parts) }),
    async '/api/sending'({ on, ...others }) {
      if (typeof on !== 'boolean' || Object.keys(others).some((name) => name !== 'ticket'))
        throw invalid('on must be true or false');
      return { json: runs.switchTo(on) };
    },
    async '/api/send'(body, ticket) {
      const end = runs.begin(ticket);
      try {
        const planned = await plan(body);
        const predicted = await predict(planned, { reads, now }, parts);
        if (planned.newEmail !== undefined) await addUser(planned.newEmail, planned.subject, parts);
        return {
          stream: (stream) => runs.run(planned, predicted, stream).finally(end),
          abandon: end,
        };
      } catch (error) {
        end();
        throw error;
      }
    },
  };
}

/** As `mint` adds a user who is not there yet. */
async function addUser(email: string, sub: string, { minter }: SendingParts): Promise<void> {
  (await minter()).mint({ email, sub });
}
