/**
 * Preloaded into a server: kills it around the statement of a first sign-in, as the driver sends it to PostgreSQL.
 * KILL_AT: `before…` before it is sent, `commit` when it is sent, `committed` when its answer has come.
 */
import net from 'node:net';

const { KILL_AT = '' } = process.env;
const STATEMENT = 'callback_provision';
/** CommandComplete of an INSERT of one row. */
const COMMITTED = 'INSERT 0 1\0';

const kill = () => process.kill(process.pid, 'SIGKILL');
const { write, emit } = net.Socket.prototype;
let sent = false;

net.Socket.prototype.write = function (data, ...rest) {
  const isStatement = Buffer.isBuffer(data) && data.includes(STATEMENT);
  if (isStatement && KILL_AT.startsWith('before')) kill();
  const result = write.call(this, data, ...rest);
  if (isStatement) {
    sent = true;
    if (KILL_AT === 'commit') setImmediate(() => setImmediate(kill));
  }
  return result;
};

net.Socket.prototype.emit = function (event, ...given) {
  if (sent && event === 'data' && KILL_AT === 'committed' && given[0].includes(COMMITTED)) kill();
  return emit.call(this, event, ...given);
};
