// slow.cjs, with OBJECTS small objects in its heap from the start on.
globalThis.kept = Array.from({ length: Number(process.env.OBJECTS) }, (_, id) => ({
  id,
  name: `item ${id}`,
  of: [{ id }],
}));
require('./slow.cjs');
