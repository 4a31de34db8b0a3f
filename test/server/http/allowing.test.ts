import { expect, test } from 'vitest';
import { resolveSettings } from '../../../src/machine/settings.ts';

test.each([
  ['allow-host', 'http://api.test'],
  ['allow-host', 'api.test/'],
  ['allow-host', 'api.test:port'],
  ['allow-host', 'api.test:99999'],
  ['allow-host', '*'],
  ['allow-host', '*.api.test'],
  ['allow-host', 'user@api.test'],
  ['allow-host', 'api test'],
  ['allow-host', ''],
  ['allow-host', '127.1'],
  ['allow-origin', '*'],
  ['allow-origin', 'null'],
  ['allow-origin', 'localhost:3000'],
  ['allow-origin', 'http://localhost:3000/'],
  ['allow-origin', 'http://localhost:3000/app'],
  ['allow-origin', 'http://LOCALHOST:3000'],
  ['allow-origin', 'https://app.test:443'],
  ['allow-origin', 'file://'],
  ['allow-origin', 'http://user@localhost:3000'],
])('rejects --%s %s, which would match nothing or too much, with an example', (name, value) => {
  const settings = () => resolveSettings({ [name]: [value] }, {}, undefined);
  expect(settings).toThrow(
    new RegExp(`^--${name}: must be .*, such as .*, not ${JSON.stringify(value).replaceAll('*', '\\*')}$`),
  );
});

test.each([
  ['allow-host', 'api.test', 'api.test'],
  ['allow-host', 'API.test:8787', 'api.test:8787'],
  ['allow-host', '192.168.1.5:8787', '192.168.1.5:8787'],
  ['allow-host', '[fe80::1]:8787', '[fe80::1]:8787'],
  ['allow-host', 'api.test:80', 'api.test:80'],
  ['allow-origin', 'http://localhost:3000', 'http://localhost:3000'],
  ['allow-origin', 'https://app.test', 'https://app.test'],
])('accepts --%s %s', (name, value, taken) => {
  expect(resolveSettings({ [name]: [value] }, {}, undefined).values[name as 'allow-host']).toEqual([taken]);
});
