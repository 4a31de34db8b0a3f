/** Keeps the session: it refreshes the access token before a page sees it. */
import { authkitProxy } from '@workos-inc/authkit-nextjs';

export default authkitProxy();

export const config = { matcher: ['/', '/sign-in', '/callback'] };
