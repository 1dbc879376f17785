/** Waits for `what`, but not for longer than `limitMs`. */
export async function withinMs(what: Promise<unknown>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  try {
    await Promise.race([what, limit]);
  } finally {
    clearTimeout(timer);
  }
}
