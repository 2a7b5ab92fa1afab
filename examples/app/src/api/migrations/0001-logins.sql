CREATE TABLE logins (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  username text NOT NULL,
  logged_in_at timestamptz NOT NULL DEFAULT now()
);
