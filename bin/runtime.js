// Whether this runtime can run the program: undefined, or a sentence. CommonJS and old syntax: an old Node must get through.
// The version is that of `engines` in package.json, which would be one more file to read at each start.
const required = [24, 15];

const needed = `agent-paste needs Node ${required.join('.')} or newer`;

module.exports = function unsupported() {
  const running = process.version.match(/\d+/g).map(Number);
  // Other runtimes give a version of Node as well, and lack parts of it.
  const other = ['bun', 'deno'].filter((name) => process.versions[name] !== undefined)[0];
  if (other !== undefined) return `${needed}; this is ${other} ${process.versions[other]} (${process.execPath}).`;
  if (running[0] < required[0] || (running[0] === required[0] && running[1] < required[1]))
    return `${needed}; this is ${process.version} (${process.execPath}).`;
  if (require('node:module').isBuiltin('node:sqlite')) return undefined;
  return `${needed}, with SQLite: this one was built or started without it (--no-experimental-sqlite).`;
};
