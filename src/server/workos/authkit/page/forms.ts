/** Only its own page can send a form: its token is bound to the browser, the request and the step. */
import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import { getCookie } from 'hono/cookie';
import type { RandomSource } from '../../../../machine/random.ts';
import { CODE_LIFETIME_MS } from '../../../../workos/authkit/authkit.ts';
import { DEVICE_PATH } from '../../../contract/authkit-routes.ts';
import type { RequestOf } from '../../../http/answers.ts';

const COOKIE = 'agent_paste_page';
const COOKIE_BYTES = 16;

interface FormPlace {
  /** Value of the cookie. */
  readonly browser: string;
  /** The query of the request. */
  readonly query: string;
  /** The form and the values that it was made for. */
  readonly step: string;
}

export interface PageForms {
  /** The value of the browser's cookie: the existing one, or a new one, which `cookieHeader` sets. */
  browserOf(c: RequestOf): string;
  cookieHeader(c: RequestOf): Readonly<Record<string, string>>;
  tokenFor(place: FormPlace, now: number): string;
  isTokenFor(token: string, place: FormPlace, now: number): boolean;
  /** The query, sealed, for a form that is sent by GET: such a form sends only its fields, and the page must not show the query. */
  sealQuery(query: string): string;
  /** @returns undefined for a text that this process has not sealed */
  openQuery(text: string): string | undefined;
}

/** The keys live as long as the process. */
export function createPageForms(random: Pick<RandomSource, 'bytes'>): PageForms {
  const macKey = random.bytes(32);
  const sealKey = random.bytes(32);

  const mac = ({ browser, query, step }: FormPlace, expiresAt: number): Buffer =>
    createHmac('sha256', macKey)
      .update(JSON.stringify([browser, query, step, expiresAt]))
      .digest();

  /** Made once for a request, however often it is asked for. */
  const made = new WeakMap<RequestOf, string>();
  const browserOf = (c: RequestOf): string => {
    const known = getCookie(c, COOKIE);
    if (known !== undefined && /^[A-Za-z0-9_-]{22}$/.test(known)) return known;
    const browser = made.get(c) ?? random.bytes(COOKIE_BYTES).toString('base64url');
    made.set(c, browser);
    return browser;
  };

  return {
    browserOf,
    cookieHeader: (c) => ({
      'Set-Cookie': `${COOKIE}=${browserOf(c)}; HttpOnly; SameSite=Strict; Path=${pathOf(c)}; Max-Age=${CODE_LIFETIME_MS / 1000}`,
    }),
    tokenFor(place, now) {
      const expiresAt = now + CODE_LIFETIME_MS;
      return `${expiresAt}.${mac(place, expiresAt).toString('base64url')}`;
    },
    isTokenFor(token, place, now) {
      const [, time = '', given = ''] = /^(\d{1,15})\.([\w-]{43})$/.exec(token) ?? [];
      return (
        given !== '' && Number(time) > now && timingSafeEqual(Buffer.from(given, 'base64url'), mac(place, Number(time)))
      );
    },
    sealQuery(query) {
      const nonce = random.bytes(12);
      const cipher = createCipheriv('aes-256-gcm', sealKey, nonce);
      return Buffer.concat([nonce, cipher.update(query), cipher.final(), cipher.getAuthTag()]).toString('base64url');
    },
    openQuery(text) {
      const bytes = Buffer.from(text, 'base64url');
      if (bytes.length < 28) return undefined;
      const decipher = createDecipheriv('aes-256-gcm', sealKey, bytes.subarray(0, 12));
      decipher.setAuthTag(bytes.subarray(-16));
      try {
        return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString();
      } catch {
        return undefined; // sealed before a restart, or forged
      }
    },
  };
}

/** The forms of a page lead to its own path. */
function pathOf({ req: { path } }: RequestOf): string {
  return path === DEVICE_PATH ? DEVICE_PATH : '/user_management';
}

export function hasPageCookie(c: RequestOf): boolean {
  return getCookie(c, COOKIE) !== undefined;
}
