/** What WorkOS says of an address, or an external id, that another user has. */
import { json, type RequestOf } from '../http/answers.ts';

const TAKEN = {
  email: { code: 'email_not_available', message: 'Email not available.' },
  external_id: { code: 'external_id_already_used', message: 'External ID already used.' },
};

export function userTaken(c: RequestOf, doing: 'create' | 'update', what: keyof typeof TAKEN): Response {
  const code = doing === 'create' ? 'user_creation_error' : 'user_update_error';
  return json(c, { message: `Could not ${doing} user.`, code, errors: [TAKEN[what]] }, 400);
}
