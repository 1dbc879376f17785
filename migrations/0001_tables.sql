-- Up Migration

-- Times have milliseconds, as the application's do: what is read back is what was written, and pages can go on from it exactly.
CREATE TABLE reports (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL CHECK (kind <> ''),
  period text NOT NULL CHECK (period <> ''),
  payload jsonb NOT NULL,
  created_at timestamptz(3) NOT NULL
);

-- What users did: chats begun, messages sent, people coming and going.
CREATE TABLE events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL CHECK (kind <> ''),
  user_id text NOT NULL CHECK (user_id <> ''),
  at timestamptz(3) NOT NULL,
  payload jsonb NOT NULL
);

CREATE TABLE lease_history (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  lease_id text NOT NULL CHECK (lease_id <> ''),
  owner text NOT NULL CHECK (owner <> ''),
  status text NOT NULL CHECK (status <> ''),
  at timestamptz(3) NOT NULL
);

-- Down Migration

DROP TABLE lease_history;
DROP TABLE events;
DROP TABLE reports;
