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
INSERT INTO "broken" VALUES(3,1780000010.0,'refused','Refresh token invalid.',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "broken" VALUES(4,1780000020.0,'application','Client secret invalid.',NULL,NULL,NULL,'invalid_client','https://api.fitbit.com','abababababab,');
INSERT INTO "broken" VALUES(5,1780000030.0,'service_gone','',NULL,NULL,NULL,'service_gone','https://api.fitbit.com','');
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
    );
INSERT INTO "grants" VALUES(1,'fine',1,'fitbit','23TEST','1/1/client_secret','1/1/access','1/1/refresh','4f6ca6395615',1780028800.0,NULL,'settings
sleep','7TESTS',1780000000.0);
INSERT INTO "grants" VALUES(2,'unfinished',1,'fitbit','23TEST','2/1/client_secret','2/1/access','2/1/refresh','32b96ea2dfce',1780028800.0,NULL,'settings
sleep','7TESTS',1780000000.0);
INSERT INTO "grants" VALUES(3,'refused',1,'fitbit','23TEST','3/1/client_secret','3/1/access','3/1/refresh','3ea7c5aff265',1780028800.0,NULL,'settings
sleep','7TESTS',1780000000.0);
INSERT INTO "grants" VALUES(4,'no secret',1,'fitbit','23TEST','4/1/client_secret','4/1/access','4/1/refresh','244f09a1c264',1780028800.0,NULL,'settings
sleep','7TESTS',1780000000.0);
INSERT INTO "grants" VALUES(5,'gone',1,'fitbit','23TEST','5/1/client_secret','5/1/access','5/1/refresh','180229cfbded',1780028800.0,NULL,'settings
sleep','7TESTS',1780000000.0);
CREATE TABLE intents (
        owner INTEGER PRIMARY KEY REFERENCES grants (id) ON DELETE CASCADE,
        fingerprint TEXT NOT NULL,
        began_at REAL NOT NULL,
        holder TEXT NOT NULL
    );
INSERT INTO "intents" VALUES(2,'32b96ea2dfce',1780000005.0,'process 1');
CREATE TABLE secrets (reference TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO "secrets" VALUES('1/1/access','made-up-fine-access');
INSERT INTO "secrets" VALUES('1/1/client_secret','made-up-client-secret');
INSERT INTO "secrets" VALUES('1/1/refresh','made-up-fine-refresh');
INSERT INTO "secrets" VALUES('2/1/access','made-up-unfinished-access');
INSERT INTO "secrets" VALUES('2/1/client_secret','made-up-client-secret');
INSERT INTO "secrets" VALUES('2/1/refresh','made-up-unfinished-refresh');
INSERT INTO "secrets" VALUES('3/1/access','made-up-refused-access');
INSERT INTO "secrets" VALUES('3/1/client_secret','made-up-client-secret');
INSERT INTO "secrets" VALUES('3/1/refresh','made-up-refused-refresh');
INSERT INTO "secrets" VALUES('4/1/access','made-up-no-secret-access');
INSERT INTO "secrets" VALUES('4/1/client_secret','made-up-client-secret');
INSERT INTO "secrets" VALUES('4/1/refresh','made-up-no-secret-refresh');
INSERT INTO "secrets" VALUES('5/1/access','made-up-gone-access');
INSERT INTO "secrets" VALUES('5/1/client_secret','made-up-client-secret');
INSERT INTO "secrets" VALUES('5/1/refresh','made-up-gone-refresh');
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('grants',5);
COMMIT;
PRAGMA user_version = 4;
