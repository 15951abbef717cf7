-- Sessions. A row whose data is null is a tombstone.
CREATE TABLE "session" (
  "session_key" TEXT NOT NULL,
  "data" TEXT,
  "expires_at" TIMESTAMPTZ(3) NOT NULL,
  -- An index on the exact time would turn every touch into a new entry in every index (no HOT update), and so would an
  -- index on an expression of it. The hour, as a column, changes once an hour.
  "expires_hour" TIMESTAMP(3) GENERATED ALWAYS AS (date_trunc('hour', "expires_at" AT TIME ZONE 'UTC')) STORED,
  -- epoch << 40 | counter. Below 2^53, so that it is exact in JavaScript and in Lua.
  "version" BIGINT NOT NULL DEFAULT 1099511627777 CHECK ("version" >= 1::bigint << 40 AND "version" < 8192::bigint << 40),
  "user_id" TEXT,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

  CONSTRAINT "session_pkey" PRIMARY KEY ("session_key")
) WITH (fillfactor = 70);

CREATE INDEX "session_expires_hour_idx" ON "session"("expires_hour");
CREATE INDEX "session_user_id_idx" ON "session"("user_id");

-- Who may act on a bucket of the keys here. A change of it waits for the statements that hold it (see the lock that the
-- controller takes) and is seen by every statement after.
CREATE TABLE "session_fence" (
  "bucket" SMALLINT NOT NULL CHECK ("bucket" BETWEEN 0 AND 255),
  "epoch" INTEGER NOT NULL CHECK ("epoch" BETWEEN 1 AND 8191),
  "state" TEXT NOT NULL CHECK ("state" IN ('auth', 'armed', 'gone', 'idle')),
  "merge" BOOLEAN NOT NULL DEFAULT false,
  "floor" BIGINT NOT NULL DEFAULT 0,
  "capture" BOOLEAN NOT NULL DEFAULT false,
  "move_id" UUID,

  CONSTRAINT "session_fence_pkey" PRIMARY KEY ("bucket")
);

-- Keys whose latest version the other database may lack; written in the same statement as the row, while capture is on.
CREATE TABLE "session_outbox" (
  "session_key" TEXT NOT NULL,
  "bucket" SMALLINT NOT NULL,
  "version" BIGINT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

  CONSTRAINT "session_outbox_pkey" PRIMARY KEY ("session_key")
);

CREATE INDEX "session_outbox_bucket_idx" ON "session_outbox"("bucket");

CREATE TABLE "session_lease" (
  "name" TEXT NOT NULL,
  "holder" TEXT NOT NULL,
  "token" BIGINT NOT NULL,
  "expires_at" TIMESTAMPTZ(3) NOT NULL,

  CONSTRAINT "session_lease_pkey" PRIMARY KEY ("name")
);

-- Whoever lists a change wakes the worker that carries it across, but only while that one sleeps and says so: a NOTIFY in
-- every commit would make the commits wait for each other. Nothing is listed, and nothing runs, while no move is under way.
CREATE FUNCTION "session_outbox_wake"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM "session_lease" WHERE "name" = 'outbox/asleep' AND "expires_at" > clock_timestamp()) THEN
    NOTIFY switchyard_outbox;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER "session_outbox_filled" AFTER INSERT ON "session_outbox" FOR EACH ROW
  EXECUTE FUNCTION "session_outbox_wake"();

CREATE TABLE "session_audit" (
  "id" BIGSERIAL NOT NULL,
  "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "actor" TEXT NOT NULL,
  "action" TEXT NOT NULL,
  "move_id" UUID,
  "detail" JSONB NOT NULL DEFAULT '{}',

  CONSTRAINT "session_audit_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "session_audit_move_id_idx" ON "session_audit"("move_id");

CREATE TABLE "session_move_cursor" (
  "bucket" SMALLINT NOT NULL,
  "move_id" UUID NOT NULL,
  "last_key" TEXT NOT NULL DEFAULT '',
  "copied" BIGINT NOT NULL DEFAULT 0,
  "done" BOOLEAN NOT NULL DEFAULT false,
  "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

  CONSTRAINT "session_move_cursor_pkey" PRIMARY KEY ("bucket")
);

-- Every write raises the version: that is what tells the newer of two rows. The condition is checked without a call, so
-- the ordinary write pays next to nothing.
CREATE FUNCTION "session_refuse_version"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a write to "session" must raise its version'
    USING ERRCODE = 'SY001', HINT = 'Write sessions through the session store, or add "version" = "version" + 1.';
END $$;

CREATE TRIGGER "session_version_rises" BEFORE UPDATE ON "session" FOR EACH ROW
  WHEN (NEW."version" <= OLD."version") EXECUTE FUNCTION "session_refuse_version"();

-- While a move has claimed this database, rows go only by the purge, which names itself; anything else would be lost to
-- the other database.
CREATE FUNCTION "session_refuse_delete"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('switchyard.may_delete', true) IS DISTINCT FROM 'yes'
    AND EXISTS (SELECT FROM "session_fence" WHERE "move_id" IS NOT NULL) THEN
    RAISE EXCEPTION 'a plain % of "session" is refused while its move is under way', TG_OP
      USING ERRCODE = 'SY002', HINT = 'Destroy sessions through the session store; purge with "switchyard sessions purge".';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER "session_delete_refused" AFTER DELETE ON "session" FOR EACH STATEMENT
  EXECUTE FUNCTION "session_refuse_delete"();
CREATE TRIGGER "session_truncate_refused" BEFORE TRUNCATE ON "session" FOR EACH STATEMENT
  EXECUTE FUNCTION "session_refuse_delete"();

-- No move has claimed this database yet.
INSERT INTO "session_fence" ("bucket", "epoch", "state") SELECT "bucket", 1, 'idle' FROM generate_series(0, 255) AS "bucket";
