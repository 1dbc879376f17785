// Fails before it listens, as an app does whose configuration is missing.
throw new Error('DATABASE_URL is not set');
