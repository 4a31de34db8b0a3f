/** Headers that clients may rely on, of answers, refusals and reads. */
import { member } from '../../../callback/token/json-object.ts';
import { sendCallback } from '../../replay/send.ts';
import { jsonOf } from '../trial/asking.ts';
import type { Trial } from '../trial/trial.ts';
import { type Claim, should } from '../trial/verdict.ts';

/** Reads and their refusals have the headers of all answers. */
export async function headersOfRead(trial: Trial, route: string, token: string): Promise<readonly Claim[]> {
  const claims: Claim[] = [];
  for (const authorization of [{ authorization: `Bearer ${token}` }, {}]) {
    const requestId = `check-${trial.id()}`;
    const { status, headers, text } = await trial.ask({
      path: route,
      headers: { ...authorization, 'x-request-id': requestId },
    });
    const what = `GET ${route}, answered with ${status},`;
    const cache = headers['cache-control'] ?? 'nothing';
    const shown = headers['x-request-id'] ?? 'nothing';
    claims.push(
      should(/\bno-store\b/i.test(cache), `${what} has Cache-Control: ${cache}, not no-store`),
      should(shown === requestId, `${what} shows the X-Request-Id ${requestId} as ${String(shown)}`),
    );
    if (status === 200) continue;
    const inError = member(member(jsonOf(text), 'error'), 'request_id');
    claims.push(
      should(/^bearer\b/i.test(headers['www-authenticate'] ?? ''), `${what} has no WWW-Authenticate: Bearer`),
      should(inError === shown, `${what} has another error.request_id than X-Request-Id`),
    );
  }
  return claims;
}

/** The answer has the request id of the caller, so that both sides find the same callback in their logs. */
export async function requestIds(trial: Trial, token: string): Promise<readonly Claim[]> {
  const requestId = `check-${trial.id()}`;
  const bad = `${token.slice(0, token.lastIndexOf('.'))}.AAAA`;
  // Characters and lengths that a log could not take.
  const odd = ['short', `${requestId}.with/others`, requestId.repeat(8)];
  const claims: Claim[] = [];
  for (const id of odd) {
    const { requestId: shown } = (await trial.settle(() => sendCallback({ url: trial.url, token, requestId: id })))
      .headers;
    claims.push(should(shown !== id, `the X-Request-Id ${id.slice(0, 50)} is taken as it is`));
  }
  for (const [what, sent] of [
    ['an answer', token],
    ['a refusal', bad],
  ] as const) {
    const answer = await trial.settle(() => sendCallback({ url: trial.url, token: sent, requestId }));
    const { requestId: shown } = answer.headers;
    const inError = member(member(answer.body, 'error'), 'request_id');
    claims.push(
      should(shown === requestId, `${what} has the X-Request-Id ${requestId} as ${shown ?? 'nothing'}`, answer),
      should(
        inError === undefined || inError === shown,
        `${what} has another error.request_id than X-Request-Id`,
        answer,
      ),
    );
  }
  return claims;
}
