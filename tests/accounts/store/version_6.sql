BEGIN TRANSACTION;
CREATE TABLE broken (
        owner INTEGER PRIMARY KEY REFERENCES grants (id) ON DELETE CASCADE,
        at REAL NOT NULL,
        reason TEXT NOT NULL,
        detail TEXT NOT NULL,
        fingerprint TEXT,
        began_at REAL,
        holder TEXT
    , code TEXT, address TEXT, secrets TEXT);
INSERT INTO "broken" VALUES(4,1780000020.0,'refused','Refresh token invalid.',NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE grants (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL UNIQUE,
        revision INTEGER NOT NULL,
        provider TEXT NOT NULL,
        client_id TEXT NOT NULL,
        client_secret TEXT,
        access TEXT NOT NULL,
        refresh TEXT,
        fingerprint TEXT UNIQUE,
        expires_at REAL,
        refresh_expires_at REAL,
        scopes TEXT NOT NULL,
        user_id TEXT,
        obtained_at REAL NOT NULL
    , clock_skew REAL, booted_at REAL);
INSERT INTO "grants" VALUES(1,'fine',1,'fitbit','23TEST','1/1/client_secret','1/1/access','1/1/refresh','4f6ca6395615',1780028800.0,NULL,'settings
sleep','7TESTS',1780000000.0,NULL,1779999900.0);
INSERT INTO "grants" VALUES(2,'limited',1,'fitbit','23TEST','2/1/client_secret','2/1/access','2/1/refresh','7caee93e8ba7',1780028800.0,NULL,'settings
sleep','7TESTS',1780000000.0,NULL,1779999900.0);
INSERT INTO "grants" VALUES(3,'unfinished and limited',1,'fitbit','23TEST','3/1/client_secret','3/1/access','3/1/refresh','e8b23e26965e',1780028800.0,NULL,'settings
sleep','7TESTS',1780000000.0,NULL,1779999900.0);
INSERT INTO "grants" VALUES(4,'refused',1,'fitbit','23TEST','4/1/client_secret','4/1/access','4/1/refresh','3ea7c5aff265',1780028800.0,NULL,'settings
sleep','7TESTS',1780000000.0,NULL,1779999900.0);
CREATE TABLE intents (
        owner INTEGER PRIMARY KEY REFERENCES grants (id) ON DELETE CASCADE,
        fingerprint TEXT NOT NULL,
        began_at REAL NOT NULL,
        holder TEXT NOT NULL
    );
INSERT INTO "intents" VALUES(3,'e8b23e26965e',1780000005.0,'process 1');
CREATE TABLE refresh_limits (
        owner INTEGER PRIMARY KEY REFERENCES grants (id) ON DELETE CASCADE,
        since REAL NOT NULL,
        until REAL NOT NULL,
        address TEXT NOT NULL
    );
INSERT INTO "refresh_limits" VALUES(2,1780000010.0,1780001810.0,'https://api.fitbit.com');
INSERT INTO "refresh_limits" VALUES(3,1780000010.0,1780001810.0,'https://api.fitbit.com');
CREATE TABLE secrets (reference TEXT PRIMARY KEY, text TEXT NOT NULL, fingerprint TEXT) WITHOUT ROWID;
INSERT INTO "secrets" VALUES('1/1/access','made-up-fine-access','c7d3b94af767');
INSERT INTO "secrets" VALUES('1/1/client_secret','made-up-client-secret','992676965bc6');
INSERT INTO "secrets" VALUES('1/1/refresh','made-up-fine-refresh','4f6ca6395615');
INSERT INTO "secrets" VALUES('2/1/access','made-up-limited-access','9053d1fe9e39');
INSERT INTO "secrets" VALUES('2/1/client_secret','made-up-client-secret','992676965bc6');
INSERT INTO "secrets" VALUES('2/1/refresh','made-up-limited-refresh','7caee93e8ba7');
INSERT INTO "secrets" VALUES('3/1/access','made-up-unfinished-and-limited-access','05a1259a908e');
INSERT INTO "secrets" VALUES('3/1/client_secret','made-up-client-secret','992676965bc6');
INSERT INTO "secrets" VALUES('3/1/refresh','made-up-unfinished-and-limited-refresh','e8b23e26965e');
INSERT INTO "secrets" VALUES('4/1/access','made-up-refused-access','035b3147cd33');
INSERT INTO "secrets" VALUES('4/1/client_secret','made-up-client-secret','992676965bc6');
INSERT INTO "secrets" VALUES('4/1/refresh','made-up-refused-refresh','3ea7c5aff265');
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('grants',4);
COMMIT;
PRAGMA user_version = 6;
