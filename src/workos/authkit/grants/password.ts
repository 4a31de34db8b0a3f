/** Exchanges an address and its password for a session, or for the next step towards one. */
import { isPasswordOf } from '../password.ts';
import { codedRefusal, type Refusal } from '../refusal.ts';
import { signInOrStepUp } from '../step-up.ts';
import type { Grant } from './grant.ts';

export const byPassword: Grant = {
  needs: ['email', 'password'],
  isOpen: () => false,
  async redeem({ values: { email = '', password = '' }, client, signIns, context }) {
    const found = await signIns.read(({ users }) => {
      const sharing = users.sharing(email).map(({ id }) => ({ id, hash: users.hiddenOf(id).passwordHash ?? null }));
      return sharing.find(({ hash }) => hash !== null);
    });
    // Checked between two transactions, because it takes long and other requests must not wait for it.
    const isRight = await isPasswordOf(found?.hash ?? null, password);
    if (found === undefined || !isRight) return WRONG;
    return signIns.write((rows) => {
      const user = rows.users.find(found.id);
      if (user === undefined || rows.users.hiddenOf(user.id).passwordHash !== found.hash) return WRONG;
      return signInOrStepUp(rows, user, { method: 'Password', signedInAt: context.now, client }, context);
    });
  },
};

const WRONG: Refusal = codedRefusal(400, 'invalid_credentials', 'Invalid credentials.');
