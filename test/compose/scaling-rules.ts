/**
 * Containers wait here, they do not compute: so that what is seen is the scaler, and not how many cores the machine has. Many requests in
 * flight in each container ask for more of them, few for less.
 */
export const RULES = {
  rules: [
    {
      name: 'many-in-flight',
      metric: 'inFlight',
      windowMs: 3_000,
      operator: 'gte',
      threshold: 10,
      action: 'scale-up',
      scaleAmount: 2,
      cooldownPeriod: 5_000,
      priority: 10,
    },
    {
      name: 'few-in-flight',
      metric: 'inFlight',
      windowMs: 5_000,
      operator: 'lte',
      threshold: 2,
      action: 'scale-down',
      scaleAmount: 1,
      cooldownPeriod: 3_000,
      priority: 5,
    },
  ],
};
