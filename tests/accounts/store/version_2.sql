BEGIN TRANSACTION;
CREATE TABLE broken (
        owner INTEGER PRIMARY KEY REFERENCES grants (id) ON DELETE CASCADE,
        at REAL NOT NULL,
        code TEXT NOT NULL,
        sentence TEXT NOT NULL,
        hint TEXT NOT NULL
    );
INSERT INTO "broken" VALUES(3,1780000010.0,'invalid_grant','Fitbit Web API refused the refresh token: it was revoked, has expired, was used already, or belongs to another application.','Each refresh token works once: no other program may use the same ones, and a copy of the store that was put back holds used ones. Have the person consent again: tokcheck login fitbit --name refused');
INSERT INTO "broken" VALUES(4,1780000020.0,'invalid_grant','Fitbit Web API refused the refresh token: it was revoked, has expired, was used already, or belongs to another application. It says: Refresh token invalid: it''s old.','Each refresh token works once: no other program may use the same ones, and a copy of the store that was put back holds used ones. Have the person consent again: tokcheck login fitbit --name ''kim o''"''"''s''');
INSERT INTO "broken" VALUES(5,1780003700.0,'invalid_grant','The refresh token 168904903703 was sent at 2026-05-28 20:27 UTC by process 11731, and no answer was written down. Fitbit Web API repeats an answer for 2 min; asked again after 1 h 1 min, it refused. The refresh token that followed is lost, and with it the consent.','Have the person consent again: tokcheck login fitbit --name interrupted');
INSERT INTO "broken" VALUES(6,1780000040.0,'invalid_grant','Google Health API refused the refresh token: it was revoked, has expired, was used already, or belongs to another application. It says: Token has been expired.','While an application is in testing, a consent lasts 7 days; it also ends after 6 months without use. Have the person consent again: tokcheck login google-health --name ''google refused''');
INSERT INTO "broken" VALUES(7,1780000050.0,'invalid_grant','Google Health API wants the person to sign in anew: their organization limits how long a session lasts.','While an application is in testing, a consent lasts 7 days; it also ends after 6 months without use. Have the person consent again: tokcheck login google-health --name ''session ended''');
INSERT INTO "broken" VALUES(8,1780000060.0,'duplicate','The account fine has the same refresh token: both come from one consent.','Use that account, and forget this one: tokcheck accounts remove copy --forget');
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
INSERT INTO "grants" VALUES(4,'kim o''s',1,'fitbit','23TEST','4/1/client_secret','4/1/access','4/1/refresh','95d8d5a9651a',1780028800.0,NULL,'settings
sleep','7TESTS',1780000000.0);
INSERT INTO "grants" VALUES(5,'interrupted',1,'fitbit','23TEST','5/1/client_secret','5/1/access','5/1/refresh','168904903703',1780028800.0,NULL,'settings
sleep','7TESTS',1780000000.0);
INSERT INTO "grants" VALUES(6,'google refused',1,'google-health','23TEST','6/1/client_secret','6/1/access','6/1/refresh','0f881ae1a53d',1780028800.0,NULL,'settings
sleep','7TESTS',1780000000.0);
INSERT INTO "grants" VALUES(7,'session ended',1,'google-health','23TEST','7/1/client_secret','7/1/access','7/1/refresh','1a4370c5a609',1780028800.0,NULL,'settings
sleep','7TESTS',1780000000.0);
INSERT INTO "grants" VALUES(8,'copy',1,'fitbit','23TEST','8/1/client_secret','8/1/access','8/1/refresh','f5d0bf13ffb6',1780028800.0,NULL,'settings
sleep','7TESTS',1780000000.0);
CREATE TABLE intents (
        owner INTEGER PRIMARY KEY REFERENCES grants (id) ON DELETE CASCADE,
        fingerprint TEXT NOT NULL,
        began_at REAL NOT NULL,
        holder TEXT NOT NULL
    );
INSERT INTO "intents" VALUES(2,'32b96ea2dfce',1780000005.0,'process 11731');
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
INSERT INTO "secrets" VALUES('4/1/access','made-up-kim-os-access');
INSERT INTO "secrets" VALUES('4/1/client_secret','made-up-client-secret');
INSERT INTO "secrets" VALUES('4/1/refresh','made-up-kim-os-refresh');
INSERT INTO "secrets" VALUES('5/1/access','made-up-interrupted-access');
INSERT INTO "secrets" VALUES('5/1/client_secret','made-up-client-secret');
INSERT INTO "secrets" VALUES('5/1/refresh','made-up-interrupted-refresh');
INSERT INTO "secrets" VALUES('6/1/access','made-up-google-refused-access');
INSERT INTO "secrets" VALUES('6/1/client_secret','made-up-client-secret');
INSERT INTO "secrets" VALUES('6/1/refresh','made-up-google-refused-refresh');
INSERT INTO "secrets" VALUES('7/1/access','made-up-session-ended-access');
INSERT INTO "secrets" VALUES('7/1/client_secret','made-up-client-secret');
INSERT INTO "secrets" VALUES('7/1/refresh','made-up-session-ended-refresh');
INSERT INTO "secrets" VALUES('8/1/access','made-up-copy-access');
INSERT INTO "secrets" VALUES('8/1/client_secret','made-up-client-secret');
INSERT INTO "secrets" VALUES('8/1/refresh','made-up-copy-refresh');
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('grants',8);
COMMIT;
PRAGMA user_version = 2;
