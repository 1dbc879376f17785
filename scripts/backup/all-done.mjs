/**
 * Like `Promise.all`, but where one fails it waits for the others first: what they still write is to be removed then.
 * @template T
 * @param {readonly (T | Promise<T>)[]} work
 * @returns {Promise<T[]>}
 */
export async function allDone(work) {
  await Promise.allSettled(work);
  return Promise.all(work);
}
