// Loaded into the suite's process: puts a store of ours where express-session's own modules look for its MemoryStore.
const Module = require('node:module');
const path = require('node:path');

require('tsx/cjs');

const load = Module._load;
Module._load = function patched(request, parent, isMain) {
  const isMemory = request === './session/memory' && parent?.filename === path.join(process.cwd(), 'index.js');
  if (!isMemory) return Reflect.apply(load, this, [request, parent, isMain]);
  const Store = Reflect.apply(load, this, ['./session/store', parent, false]);
  const { openSuiteStore } = require('./open-suite-store.ts');
  return function SuiteStore() {
    return openSuiteStore(Store);
  };
};
