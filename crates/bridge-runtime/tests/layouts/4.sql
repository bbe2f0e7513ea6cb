-- A journal of layout 4: that of layout 3 beside this, brought up to date by the steps of that layout; simulated people only.
PRAGMA application_id = 1514293809;
BEGIN TRANSACTION;
CREATE TABLE _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL
);
INSERT INTO _sqlx_migrations VALUES(1,'journal','2026-11-26 04:50:35',1,X'f113198bb6cf53cb4027f4e5914b786f42be514f75a8015e350cf7e10aa01e5ccc7dfd2ecdd4b8a1628694961c9d3ef9',7248893);
INSERT INTO _sqlx_migrations VALUES(2,'recordings','2026-11-26 12:29:16',1,X'15f928d77fb830937d69e2872568595380cf467e24fe8cdccd45652d3bbc2a0ce90ed7af78fe83e6a3bc8488a8227fd3',5181177);
INSERT INTO _sqlx_migrations VALUES(3,'privacy','2026-11-26 15:19:43',1,X'c936ac6cd0ab6e75da57276a693a160969531cf45b3b7d0a03406a50854878ab74f3d58e6a581e888ec02b6592c6d4f5',7136817);
INSERT INTO _sqlx_migrations VALUES(4,'directory','2026-11-26 17:02:11',1,X'093548ddf411c066aeca46a690e9f0af968e1c26cb371a766296dd6f38b7eeebe51e3d04f17699c3004500f85e016d09',2144011);
CREATE TABLE calls (
    key       TEXT PRIMARY KEY NOT NULL,
    started   INTEGER NOT NULL,
    updated   INTEGER NOT NULL,
    phase     TEXT NOT NULL,
    caller    TEXT,
    pbx_group TEXT,
    agent     TEXT,
    ticket    INTEGER,
    requester INTEGER,
    outcome   TEXT NOT NULL,
    state     TEXT NOT NULL
, awaits INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
INSERT INTO calls VALUES('0d83150d-8918-49a0-94c8-f68144dfbbdd',1795668636276864,1795668637127183,'wrap-up','00497213330001','Support','0102',2,400,'ticket 2','{"key":"0d83150d-8918-49a0-94c8-f68144dfbbdd","ids":["0d83150d-8918-49a0-94c8-f68144dfbbdd"],"merged_into":null,"started":"2026-11-26T04:50:36.276864Z","heard":"2026-11-26T04:50:37.10583Z","uncertain":false,"legs":{"0101":{"state":"ended","direction":"inbound","rang":true,"unconfirmed":false,"group":"1003","called":"00497214605300"},"0102":{"state":"ended","direction":"inbound","rang":true,"unconfirmed":false,"group":"1003","called":"00497214605300"},"0103":{"state":"ended","direction":"inbound","rang":true,"unconfirmed":false,"group":"1003","called":"00497214605300"},"0104":{"state":"ended","direction":"inbound","rang":true,"unconfirmed":false,"group":"1003","called":"00497214605300"}},"caller":"00497213330001","called":"00497214605300","groups":[["1003","2026-11-26T04:50:36.276864Z"]],"inbound":true,"outbound":false,"mailbox":false,"answer":{"by":"0102","at":"2026-11-26T04:50:36.528551Z","active":true},"ended":{"at":"2026-11-26T04:50:37.10583Z","unseen":false},"sibling":null,"lookup":{"is":"nobody"},"new_user":{"is":"asked","effect":"0d83150d-8918-49a0-94c8-f68144dfbbdd/user"},"ticket":{"is":"opened","ticket":2,"at":"2026-11-26T04:50:37.104563Z","requester":400,"basis":{"default":"waiting"},"seen":400,"names_candidates":false,"gone":false},"pop":{"is":"no"},"late":{"is":"not_yet"},"learn":{"is":"not_yet"},"notes":[],"orders":{"lookup":1,"pop":1,"ticket":1,"user":1},"postponed":{},"wedged":{},"verdict":null,"remarks":[],"troubles":[],"over":null}',0);
INSERT INTO calls VALUES('8491a51f-cbf7-48d5-b44b-d9210256929c',1795668636116655,1795668637163959,'talking','00497215550000','Support','0101',1,400,'ticket 1','{"key":"8491a51f-cbf7-48d5-b44b-d9210256929c","ids":["8491a51f-cbf7-48d5-b44b-d9210256929c"],"merged_into":null,"started":"2026-11-26T04:50:36.116655Z","heard":"2026-11-26T04:50:36.445486Z","uncertain":false,"legs":{"0101":{"state":"connected","direction":"inbound","rang":true,"unconfirmed":false,"group":"1003","called":"00497214605300"},"0102":{"state":"ended","direction":"inbound","rang":true,"unconfirmed":false,"group":"1003","called":"00497214605300"},"0103":{"state":"ended","direction":"inbound","rang":true,"unconfirmed":false,"group":"1003","called":"00497214605300"},"0104":{"state":"ended","direction":"inbound","rang":true,"unconfirmed":false,"group":"1003","called":"00497214605300"}},"caller":"00497215550000","called":"00497214605300","groups":[["1003","2026-11-26T04:50:36.116655Z"]],"inbound":true,"outbound":false,"mailbox":false,"answer":{"by":"0101","at":"2026-11-26T04:50:36.443765Z","active":true},"ended":null,"sibling":null,"lookup":{"is":"known","user":3000},"new_user":{"is":"not_asked"},"ticket":{"is":"opened","ticket":1,"at":"2026-11-26T04:50:37.104924Z","requester":400,"basis":{"default":"waiting"},"seen":400,"names_candidates":false,"gone":false},"pop":{"is":"shown"},"late":{"is":"reading","effect":"8491a51f-cbf7-48d5-b44b-d9210256929c/read","to":3000,"round":1},"learn":{"is":"not_yet"},"notes":[],"orders":{"lookup":1,"pop":1,"read":1,"ticket":1},"postponed":{},"wedged":{},"verdict":null,"remarks":[],"troubles":[],"over":null}',0);
INSERT INTO calls VALUES('86aa5061-65bc-49c1-917e-403b95862007',1795668637015191,1795668637163899,'talking','','Support','0102',3,400,'ticket 3','{"key":"86aa5061-65bc-49c1-917e-403b95862007","ids":["86aa5061-65bc-49c1-917e-403b95862007"],"merged_into":null,"started":"2026-11-26T04:50:37.015191Z","heard":"2026-11-26T04:50:37.033576Z","uncertain":false,"legs":{"0101":{"state":"ended","direction":"inbound","rang":true,"unconfirmed":false,"group":"1003","called":"00497214605300"},"0102":{"state":"connected","direction":"inbound","rang":true,"unconfirmed":false,"group":"1003","called":"00497214605300"},"0103":{"state":"ended","direction":"inbound","rang":true,"unconfirmed":false,"group":"1003","called":"00497214605300"},"0104":{"state":"ended","direction":"inbound","rang":true,"unconfirmed":false,"group":"1003","called":"00497214605300"}},"caller":"","called":"00497214605300","groups":[["1003","2026-11-26T04:50:37.015191Z"]],"inbound":true,"outbound":false,"mailbox":false,"answer":{"by":"0102","at":"2026-11-26T04:50:37.033576Z","active":true},"ended":null,"sibling":null,"lookup":{"is":"not_asked"},"new_user":{"is":"not_asked"},"ticket":{"is":"opened","ticket":3,"at":"2026-11-26T04:50:37.163899Z","requester":400,"basis":{"default":"no_number"},"seen":400,"names_candidates":false,"gone":false},"pop":{"is":"ordered","effect":"86aa5061-65bc-49c1-917e-403b95862007/pop"},"late":{"is":"not_yet"},"learn":{"is":"not_yet"},"notes":[],"orders":{"pop":1,"ticket":1},"postponed":{},"wedged":{},"verdict":null,"remarks":[],"troubles":[],"over":null}',0);
INSERT INTO calls VALUES('ae999715-9707-4b68-8503-eb01a2e37107',1795668636446324,1795668636847211,'talking','00497213330002','Lager','0101',NULL,NULL,'none: the group Lager is not served: the help desk has no group Lager','{"key":"ae999715-9707-4b68-8503-eb01a2e37107","ids":["ae999715-9707-4b68-8503-eb01a2e37107"],"merged_into":null,"started":"2026-11-26T04:50:36.446324Z","heard":"2026-11-26T04:50:36.847211Z","uncertain":false,"legs":{"0101":{"state":"connected","direction":"inbound","rang":true,"unconfirmed":false,"group":"1009","called":"00497214605900"}},"caller":"00497213330002","called":"00497214605900","groups":[["1009","2026-11-26T04:50:36.446324Z"]],"inbound":true,"outbound":false,"mailbox":false,"answer":{"by":"0101","at":"2026-11-26T04:50:36.847211Z","active":true},"ended":null,"sibling":null,"lookup":{"is":"not_asked"},"new_user":{"is":"not_asked"},"ticket":{"is":"pending"},"pop":{"is":"not_yet"},"late":{"is":"not_yet"},"learn":{"is":"not_yet"},"notes":[],"orders":{},"postponed":{},"wedged":{},"verdict":"the group Lager is not served: the help desk has no group Lager","remarks":[],"troubles":[],"over":null}',0);
INSERT INTO calls VALUES('d920cf42-9cce-413f-b97e-f116b3f1b86c',1795668636937405,1795668637162597,'talking','00497213330003','Support','0103',NULL,NULL,'waiting: the ticket is being opened','{"key":"d920cf42-9cce-413f-b97e-f116b3f1b86c","ids":["d920cf42-9cce-413f-b97e-f116b3f1b86c"],"merged_into":null,"started":"2026-11-26T04:50:36.937405Z","heard":"2026-11-26T04:50:37.001946Z","uncertain":false,"legs":{"0101":{"state":"ended","direction":"inbound","rang":true,"unconfirmed":false,"group":"1003","called":"00497214605300"},"0102":{"state":"ended","direction":"inbound","rang":true,"unconfirmed":false,"group":"1003","called":"00497214605300"},"0103":{"state":"connected","direction":"inbound","rang":true,"unconfirmed":false,"group":"1003","called":"00497214605300"},"0104":{"state":"ended","direction":"inbound","rang":true,"unconfirmed":false,"group":"1003","called":"00497214605300"}},"caller":"00497213330003","called":"00497214605300","groups":[["1003","2026-11-26T04:50:36.937405Z"]],"inbound":true,"outbound":false,"mailbox":false,"answer":{"by":"0103","at":"2026-11-26T04:50:37.001946Z","active":true},"ended":null,"sibling":null,"lookup":{"is":"nobody"},"new_user":{"is":"asked","effect":"d920cf42-9cce-413f-b97e-f116b3f1b86c/user"},"ticket":{"is":"ordered","effect":"d920cf42-9cce-413f-b97e-f116b3f1b86c/ticket","requester":400,"basis":{"default":"waiting"},"assignee":null,"group":71,"names_candidates":false,"refused":[]},"pop":{"is":"not_yet"},"late":{"is":"not_yet"},"learn":{"is":"not_yet"},"notes":[],"orders":{"lookup":1,"ticket":1,"user":1},"postponed":{},"wedged":{},"verdict":null,"remarks":["without assignee: 0103 has no user of the same e-mail address in the help desk"],"troubles":[],"over":null}',0);
INSERT INTO calls VALUES('f19dd6aa-13c7-483f-bc6d-19bc5ce8ac97',1795668636959662,1795668637103875,'over','00497213330004','Support',NULL,NULL,NULL,'none: nobody answered','{"key":"f19dd6aa-13c7-483f-bc6d-19bc5ce8ac97","ids":["f19dd6aa-13c7-483f-bc6d-19bc5ce8ac97"],"merged_into":null,"started":"2026-11-26T04:50:36.959662Z","heard":"2026-11-26T04:50:37.016182Z","uncertain":false,"legs":{"0101":{"state":"ended","direction":"inbound","rang":true,"unconfirmed":false,"group":"1003","called":"00497214605300"},"0102":{"state":"ended","direction":"inbound","rang":true,"unconfirmed":false,"group":"1003","called":"00497214605300"},"0103":{"state":"ended","direction":"inbound","rang":true,"unconfirmed":false,"group":"1003","called":"00497214605300"},"0104":{"state":"ended","direction":"inbound","rang":true,"unconfirmed":false,"group":"1003","called":"00497214605300"}},"caller":"00497213330004","called":"00497214605300","groups":[["1003","2026-11-26T04:50:36.959662Z"]],"inbound":true,"outbound":false,"mailbox":false,"answer":null,"ended":{"at":"2026-11-26T04:50:37.016182Z","unseen":false},"sibling":null,"lookup":{"is":"not_asked"},"new_user":{"is":"not_asked"},"ticket":{"is":"pending"},"pop":{"is":"not_yet"},"late":{"is":"not_yet"},"learn":{"is":"not_yet"},"notes":[],"orders":{"lookup":1},"postponed":{},"wedged":{},"verdict":null,"remarks":[],"troubles":[],"over":"2026-11-26T04:50:37.016182Z"}',0);
CREATE TABLE effects (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL UNIQUE,
    call       TEXT NOT NULL,
    track      TEXT NOT NULL,
    priority   TEXT NOT NULL,
    planned_at INTEGER NOT NULL,
    expires    INTEGER,
    what       TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'withdrawn', 'wedged', 'dropped')),
    outcome    TEXT,
    attempts   INTEGER NOT NULL DEFAULT 0,
    last_error TEXT,
    settled_at INTEGER
) STRICT;
INSERT INTO effects VALUES(1,'8491a51f-cbf7-48d5-b44b-d9210256929c/lookup','8491a51f-cbf7-48d5-b44b-d9210256929c','look-up','ringing',1795668636116655,NULL,'{"order":"look_up","number":"+497215550000","digits":"5550000","fields":["phone"]}','done','{"outcome":"profiles","profiles":[{"user":3000,"name":"Customer 3000","numbers":[["phone","+497215550000"]],"shared_phone":false,"active":true,"suspended":false}]}',0,NULL,1795668636936817);
INSERT INTO effects VALUES(2,'0d83150d-8918-49a0-94c8-f68144dfbbdd/lookup','0d83150d-8918-49a0-94c8-f68144dfbbdd','look-up','ringing',1795668636276864,NULL,'{"order":"look_up","number":"+497213330001","digits":"3330001","fields":["phone"]}','done','{"outcome":"profiles","profiles":[]}',0,NULL,1795668637105279);
INSERT INTO effects VALUES(3,'8491a51f-cbf7-48d5-b44b-d9210256929c/ticket','8491a51f-cbf7-48d5-b44b-d9210256929c','main','prompt',1795668636647489,NULL,'{"order":"open_ticket","external_id":"zendesk-bridge:starface:8491a51f-cbf7-48d5-b44b-d9210256929c","subject":"Call from +49 721 5550000 (Support)","note":"Answered call\nCaller: 00497215550000 (+49 721 5550000)\nDialled: 00497214605300\nGroup: Support\nAgent: Anna Muster (0101)\nAnswered: 2026-11-26 04:50:36 UTC","requester":400,"assignee":501,"group":71,"tags":["phone"]}','done','{"outcome":"opened","ticket":1}',0,NULL,1795668637104924);
INSERT INTO effects VALUES(4,'0d83150d-8918-49a0-94c8-f68144dfbbdd/ticket','0d83150d-8918-49a0-94c8-f68144dfbbdd','main','prompt',1795668636847211,NULL,'{"order":"open_ticket","external_id":"zendesk-bridge:starface:0d83150d-8918-49a0-94c8-f68144dfbbdd","subject":"Call from +49 721 3330001 (Support)","note":"Answered call\nCaller: 00497213330001 (+49 721 3330001)\nDialled: 00497214605300\nGroup: Support\nAgent: Ben Beispiel (0102)\nAnswered: 2026-11-26 04:50:36 UTC","requester":400,"assignee":502,"group":71,"tags":["phone"]}','done','{"outcome":"opened","ticket":2}',0,NULL,1795668637104563);
INSERT INTO effects VALUES(5,'d920cf42-9cce-413f-b97e-f116b3f1b86c/lookup','d920cf42-9cce-413f-b97e-f116b3f1b86c','look-up','ringing',1795668636937405,NULL,'{"order":"look_up","number":"+497213330003","digits":"3330003","fields":["phone"]}','done','{"outcome":"profiles","profiles":[]}',0,NULL,1795668637162597);
INSERT INTO effects VALUES(6,'f19dd6aa-13c7-483f-bc6d-19bc5ce8ac97/lookup','f19dd6aa-13c7-483f-bc6d-19bc5ce8ac97','look-up','ringing',1795668636959662,NULL,'{"order":"look_up","number":"+497213330004","digits":"3330004","fields":["phone"]}','withdrawn',NULL,0,NULL,1795668637016182);
INSERT INTO effects VALUES(7,'86aa5061-65bc-49c1-917e-403b95862007/ticket','86aa5061-65bc-49c1-917e-403b95862007','main','prompt',1795668637033576,NULL,'{"order":"open_ticket","external_id":"zendesk-bridge:starface:86aa5061-65bc-49c1-917e-403b95862007","subject":"Call with withheld number (Support)","note":"Answered call\nCaller: number withheld\nDialled: 00497214605300\nGroup: Support\nAgent: Ben Beispiel (0102)\nAnswered: 2026-11-26 04:50:37 UTC","requester":400,"assignee":502,"group":71,"tags":["phone"]}','done','{"outcome":"opened","ticket":3}',0,NULL,1795668637163899);
INSERT INTO effects VALUES(8,'0d83150d-8918-49a0-94c8-f68144dfbbdd/pop','0d83150d-8918-49a0-94c8-f68144dfbbdd','main','prompt',1795668637104563,1795668656528551,'{"order":"pop","ticket":2,"agent":502}','withdrawn',NULL,0,NULL,1795668637105830);
INSERT INTO effects VALUES(9,'8491a51f-cbf7-48d5-b44b-d9210256929c/pop','8491a51f-cbf7-48d5-b44b-d9210256929c','main','prompt',1795668637104924,1795668656443765,'{"order":"pop","ticket":1,"agent":501}','done','{"outcome":"popped"}',0,NULL,1795668637163959);
INSERT INTO effects VALUES(10,'8491a51f-cbf7-48d5-b44b-d9210256929c/read','8491a51f-cbf7-48d5-b44b-d9210256929c','main','complete',1795668637104924,NULL,'{"order":"read_ticket","ticket":1}','waiting',NULL,0,NULL,NULL);
INSERT INTO effects VALUES(11,'0d83150d-8918-49a0-94c8-f68144dfbbdd/user','0d83150d-8918-49a0-94c8-f68144dfbbdd','main','complete',1795668637105279,NULL,'{"order":"ensure_user","number":"+497213330001","name":"+49 721 3330001"}','waiting',NULL,0,NULL,NULL);
INSERT INTO effects VALUES(12,'d920cf42-9cce-413f-b97e-f116b3f1b86c/user','d920cf42-9cce-413f-b97e-f116b3f1b86c','main','prompt',1795668637162597,NULL,'{"order":"ensure_user","number":"+497213330003","name":"+49 721 3330003"}','waiting',NULL,0,NULL,NULL);
INSERT INTO effects VALUES(13,'d920cf42-9cce-413f-b97e-f116b3f1b86c/ticket','d920cf42-9cce-413f-b97e-f116b3f1b86c','main','prompt',1795668637162597,NULL,'{"order":"open_ticket","external_id":"zendesk-bridge:starface:d920cf42-9cce-413f-b97e-f116b3f1b86c","subject":"Call from +49 721 3330003 (Support)","note":"Answered call\nCaller: 00497213330003 (+49 721 3330003)\nDialled: 00497214605300\nGroup: Support\nAgent: Carl Ohne (0103)\nAnswered: 2026-11-26 04:50:37 UTC","requester":400,"assignee":null,"group":71,"tags":["phone"]}','waiting',NULL,0,NULL,NULL);
INSERT INTO effects VALUES(14,'86aa5061-65bc-49c1-917e-403b95862007/pop','86aa5061-65bc-49c1-917e-403b95862007','main','prompt',1795668637163899,1795668657033576,'{"order":"pop","ticket":3,"agent":502}','waiting',NULL,0,NULL,NULL);
CREATE TABLE meta (
    key   TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES('active','on');
INSERT INTO meta VALUES('instance','starface');
INSERT INTO meta VALUES('matching','{"agents":[{"id":"0001","name":"Admin Istrator","email":"admin@acme.example","extensions":["10"],"desk":null},{"id":"0101","name":"Anna Muster","email":"anna@acme.example","extensions":["11"],"desk":501},{"id":"0102","name":"Ben Beispiel","email":"ben@acme.example","extensions":["12"],"desk":502},{"id":"0103","name":"Carl Ohne","email":"carl@acme.example","extensions":["13"],"desk":null},{"id":"0104","name":"Dora Draussen","email":"dora@acme.example","extensions":["14"],"desk":504}],"groups":[{"id":"1003","name":"Support","numbers":["300","00497214605300"],"members":["0101","0102","0103","0104"],"service":{"served":{"group":71,"name":"Support"}}},{"id":"1004","name":"Sales","numbers":["400","00497214605400"],"members":["0102","0104"],"service":{"served":{"group":72,"name":"Sales"}}},{"id":"1009","name":"Lager","numbers":["900","00497214605900"],"members":["0101"],"service":{"no_such_group":{"wanted":"Lager"}}}],"default_user":400}');
INSERT INTO meta VALUES('token','2');
CREATE TABLE steps (
    call TEXT NOT NULL,
    seq  INTEGER NOT NULL,
    at   INTEGER NOT NULL,
    kind TEXT NOT NULL,
    what TEXT NOT NULL,
    why  TEXT NOT NULL,
    PRIMARY KEY (call, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO steps VALUES('0d83150d-8918-49a0-94c8-f68144dfbbdd',1,1795668636276864,'event','0103 rings, caller …001, group 1003','');
INSERT INTO steps VALUES('0d83150d-8918-49a0-94c8-f68144dfbbdd',2,1795668636276864,'request','lookup: who has …001?','to know the requester');
INSERT INTO steps VALUES('0d83150d-8918-49a0-94c8-f68144dfbbdd',3,1795668636278292,'event','0104 rings, caller …001, group 1003','');
INSERT INTO steps VALUES('0d83150d-8918-49a0-94c8-f68144dfbbdd',4,1795668636348358,'event','0101 rings, caller …001, group 1003','');
INSERT INTO steps VALUES('0d83150d-8918-49a0-94c8-f68144dfbbdd',5,1795668636349374,'event','0102 rings, caller …001, group 1003','');
INSERT INTO steps VALUES('0d83150d-8918-49a0-94c8-f68144dfbbdd',6,1795668636528551,'event','0102 talks, caller …001, group 1003','');
INSERT INTO steps VALUES('0d83150d-8918-49a0-94c8-f68144dfbbdd',7,1795668636528551,'decision','answered by 0102','');
INSERT INTO steps VALUES('0d83150d-8918-49a0-94c8-f68144dfbbdd',8,1795668636528551,'decision','the ticket waits','the look-up is still under way');
INSERT INTO steps VALUES('0d83150d-8918-49a0-94c8-f68144dfbbdd',9,1795668636529466,'event','0103 has ended, caller …001, group 1003','');
INSERT INTO steps VALUES('0d83150d-8918-49a0-94c8-f68144dfbbdd',10,1795668636530309,'event','0104 has ended, caller …001, group 1003','');
INSERT INTO steps VALUES('0d83150d-8918-49a0-94c8-f68144dfbbdd',11,1795668636647489,'event','0101 has ended, caller …001, group 1003','');
INSERT INTO steps VALUES('0d83150d-8918-49a0-94c8-f68144dfbbdd',12,1795668636847211,'decision','the ticket waits no longer','the look-up is still under way');
INSERT INTO steps VALUES('0d83150d-8918-49a0-94c8-f68144dfbbdd',13,1795668636847211,'decision','the requester is user 400','the default user stands in: it is not known yet who calls');
INSERT INTO steps VALUES('0d83150d-8918-49a0-94c8-f68144dfbbdd',14,1795668636847211,'request','ticket: a ticket with requester 400, group 71, assignee 502','the call was answered');
INSERT INTO steps VALUES('0d83150d-8918-49a0-94c8-f68144dfbbdd',15,1795668637104563,'answer','ticket: ticket 2','');
INSERT INTO steps VALUES('0d83150d-8918-49a0-94c8-f68144dfbbdd',16,1795668637104563,'request','pop: ticket 2 on the screen of 502','the agent talks');
INSERT INTO steps VALUES('0d83150d-8918-49a0-94c8-f68144dfbbdd',17,1795668637105279,'answer','lookup: no user','');
INSERT INTO steps VALUES('0d83150d-8918-49a0-94c8-f68144dfbbdd',18,1795668637105279,'decision','nobody has the caller''s number','0 profiles found, compared in E.164');
INSERT INTO steps VALUES('0d83150d-8918-49a0-94c8-f68144dfbbdd',19,1795668637105279,'request','user: a user that carries only …001','the strategy for unknown callers wants one');
INSERT INTO steps VALUES('0d83150d-8918-49a0-94c8-f68144dfbbdd',20,1795668637105830,'event','0102 has ended, caller …001, group 1003','');
INSERT INTO steps VALUES('0d83150d-8918-49a0-94c8-f68144dfbbdd',21,1795668637105830,'decision','the call has ended','no phone has it any more');
INSERT INTO steps VALUES('0d83150d-8918-49a0-94c8-f68144dfbbdd',22,1795668637105830,'request','pop is taken back','the call has ended');
INSERT INTO steps VALUES('0d83150d-8918-49a0-94c8-f68144dfbbdd',23,1795668637127183,'answer','pop: not sent: withdrawn before it left','');
INSERT INTO steps VALUES('8491a51f-cbf7-48d5-b44b-d9210256929c',1,1795668636116655,'event','0101 rings, caller …000, group 1003','');
INSERT INTO steps VALUES('8491a51f-cbf7-48d5-b44b-d9210256929c',2,1795668636116655,'request','lookup: who has …000?','to know the requester');
INSERT INTO steps VALUES('8491a51f-cbf7-48d5-b44b-d9210256929c',3,1795668636236547,'event','0104 rings, caller …000, group 1003','');
INSERT INTO steps VALUES('8491a51f-cbf7-48d5-b44b-d9210256929c',4,1795668636237798,'event','0102 rings, caller …000, group 1003','');
INSERT INTO steps VALUES('8491a51f-cbf7-48d5-b44b-d9210256929c',5,1795668636275760,'event','0103 rings, caller …000, group 1003','');
INSERT INTO steps VALUES('8491a51f-cbf7-48d5-b44b-d9210256929c',6,1795668636350360,'event','0104 has ended, caller …000, group 1003','');
INSERT INTO steps VALUES('8491a51f-cbf7-48d5-b44b-d9210256929c',7,1795668636443765,'event','0101 talks, caller …000, group 1003','');
INSERT INTO steps VALUES('8491a51f-cbf7-48d5-b44b-d9210256929c',8,1795668636443765,'decision','answered by 0101','');
INSERT INTO steps VALUES('8491a51f-cbf7-48d5-b44b-d9210256929c',9,1795668636443765,'decision','the ticket waits','the look-up is still under way');
INSERT INTO steps VALUES('8491a51f-cbf7-48d5-b44b-d9210256929c',10,1795668636444644,'event','0102 has ended, caller …000, group 1003','');
INSERT INTO steps VALUES('8491a51f-cbf7-48d5-b44b-d9210256929c',11,1795668636445486,'event','0103 has ended, caller …000, group 1003','');
INSERT INTO steps VALUES('8491a51f-cbf7-48d5-b44b-d9210256929c',12,1795668636647489,'decision','the ticket waits no longer','the look-up is still under way');
INSERT INTO steps VALUES('8491a51f-cbf7-48d5-b44b-d9210256929c',13,1795668636647489,'decision','the requester is user 400','the default user stands in: it is not known yet who calls');
INSERT INTO steps VALUES('8491a51f-cbf7-48d5-b44b-d9210256929c',14,1795668636647489,'request','ticket: a ticket with requester 400, group 71, assignee 501','the call was answered');
INSERT INTO steps VALUES('8491a51f-cbf7-48d5-b44b-d9210256929c',15,1795668636936817,'answer','lookup: users 3000','');
INSERT INTO steps VALUES('8491a51f-cbf7-48d5-b44b-d9210256929c',16,1795668636936817,'decision','the caller is user 3000','1 profile found, compared in E.164');
INSERT INTO steps VALUES('8491a51f-cbf7-48d5-b44b-d9210256929c',17,1795668637104924,'answer','ticket: ticket 1','');
INSERT INTO steps VALUES('8491a51f-cbf7-48d5-b44b-d9210256929c',18,1795668637104924,'request','pop: ticket 1 on the screen of 501','the agent talks');
INSERT INTO steps VALUES('8491a51f-cbf7-48d5-b44b-d9210256929c',19,1795668637104924,'request','read: ticket 1 is read','whose is it by now?');
INSERT INTO steps VALUES('8491a51f-cbf7-48d5-b44b-d9210256929c',20,1795668637163959,'answer','pop: shown to the agent','');
INSERT INTO steps VALUES('86aa5061-65bc-49c1-917e-403b95862007',1,1795668637015191,'event','0102 rings, caller withheld, group 1003','');
INSERT INTO steps VALUES('86aa5061-65bc-49c1-917e-403b95862007',2,1795668637015713,'event','0104 rings, caller withheld, group 1003','');
INSERT INTO steps VALUES('86aa5061-65bc-49c1-917e-403b95862007',3,1795668637030290,'event','0101 rings, caller withheld, group 1003','');
INSERT INTO steps VALUES('86aa5061-65bc-49c1-917e-403b95862007',4,1795668637031630,'event','0103 rings, caller withheld, group 1003','');
INSERT INTO steps VALUES('86aa5061-65bc-49c1-917e-403b95862007',5,1795668637032179,'event','0104 has ended, caller withheld, group 1003','');
INSERT INTO steps VALUES('86aa5061-65bc-49c1-917e-403b95862007',6,1795668637032652,'event','0103 has ended, caller withheld, group 1003','');
INSERT INTO steps VALUES('86aa5061-65bc-49c1-917e-403b95862007',7,1795668637033113,'event','0101 has ended, caller withheld, group 1003','');
INSERT INTO steps VALUES('86aa5061-65bc-49c1-917e-403b95862007',8,1795668637033576,'event','0102 talks, caller withheld, group 1003','');
INSERT INTO steps VALUES('86aa5061-65bc-49c1-917e-403b95862007',9,1795668637033576,'decision','answered by 0102','');
INSERT INTO steps VALUES('86aa5061-65bc-49c1-917e-403b95862007',10,1795668637033576,'decision','the requester is user 400','the default user stands in: there is no number to know anybody by');
INSERT INTO steps VALUES('86aa5061-65bc-49c1-917e-403b95862007',11,1795668637033576,'request','ticket: a ticket with requester 400, group 71, assignee 502','the call was answered');
INSERT INTO steps VALUES('86aa5061-65bc-49c1-917e-403b95862007',12,1795668637163899,'answer','ticket: ticket 3','');
INSERT INTO steps VALUES('86aa5061-65bc-49c1-917e-403b95862007',13,1795668637163899,'request','pop: ticket 3 on the screen of 502','the agent talks');
INSERT INTO steps VALUES('ae999715-9707-4b68-8503-eb01a2e37107',1,1795668636446324,'event','0101 rings, caller …002, group 1009','');
INSERT INTO steps VALUES('ae999715-9707-4b68-8503-eb01a2e37107',2,1795668636446324,'decision','no ticket','the group Lager is not served: the help desk has no group Lager');
INSERT INTO steps VALUES('ae999715-9707-4b68-8503-eb01a2e37107',3,1795668636847211,'event','0101 talks, caller …002, group 1009','');
INSERT INTO steps VALUES('ae999715-9707-4b68-8503-eb01a2e37107',4,1795668636847211,'decision','answered by 0101','');
INSERT INTO steps VALUES('d920cf42-9cce-413f-b97e-f116b3f1b86c',1,1795668636937405,'event','0102 rings, caller …003, group 1003','');
INSERT INTO steps VALUES('d920cf42-9cce-413f-b97e-f116b3f1b86c',2,1795668636937405,'request','lookup: who has …003?','to know the requester');
INSERT INTO steps VALUES('d920cf42-9cce-413f-b97e-f116b3f1b86c',3,1795668636950385,'event','0104 rings, caller …003, group 1003','');
INSERT INTO steps VALUES('d920cf42-9cce-413f-b97e-f116b3f1b86c',4,1795668636953775,'event','0101 rings, caller …003, group 1003','');
INSERT INTO steps VALUES('d920cf42-9cce-413f-b97e-f116b3f1b86c',5,1795668636961310,'event','0103 rings, caller …003, group 1003','');
INSERT INTO steps VALUES('d920cf42-9cce-413f-b97e-f116b3f1b86c',6,1795668636970076,'event','0101 has ended, caller …003, group 1003','');
INSERT INTO steps VALUES('d920cf42-9cce-413f-b97e-f116b3f1b86c',7,1795668636982037,'event','0102 has ended, caller …003, group 1003','');
INSERT INTO steps VALUES('d920cf42-9cce-413f-b97e-f116b3f1b86c',8,1795668636987108,'event','0104 has ended, caller …003, group 1003','');
INSERT INTO steps VALUES('d920cf42-9cce-413f-b97e-f116b3f1b86c',9,1795668637001946,'event','0103 talks, caller …003, group 1003','');
INSERT INTO steps VALUES('d920cf42-9cce-413f-b97e-f116b3f1b86c',10,1795668637001946,'decision','answered by 0103','');
INSERT INTO steps VALUES('d920cf42-9cce-413f-b97e-f116b3f1b86c',11,1795668637001946,'decision','the ticket waits','the look-up is still under way');
INSERT INTO steps VALUES('d920cf42-9cce-413f-b97e-f116b3f1b86c',12,1795668637162597,'answer','lookup: no user','');
INSERT INTO steps VALUES('d920cf42-9cce-413f-b97e-f116b3f1b86c',13,1795668637162597,'decision','nobody has the caller''s number','0 profiles found, compared in E.164');
INSERT INTO steps VALUES('d920cf42-9cce-413f-b97e-f116b3f1b86c',14,1795668637162597,'request','user: a user that carries only …003','the strategy for unknown callers wants one');
INSERT INTO steps VALUES('d920cf42-9cce-413f-b97e-f116b3f1b86c',15,1795668637162597,'decision','the ticket waits no longer','the user for the number is still under way');
INSERT INTO steps VALUES('d920cf42-9cce-413f-b97e-f116b3f1b86c',16,1795668637162597,'decision','the requester is user 400','the default user stands in: it is not known yet who calls');
INSERT INTO steps VALUES('d920cf42-9cce-413f-b97e-f116b3f1b86c',17,1795668637162597,'decision','no assignee and no screen pop','0103 has no user of the same e-mail address in the help desk');
INSERT INTO steps VALUES('d920cf42-9cce-413f-b97e-f116b3f1b86c',18,1795668637162597,'request','ticket: a ticket with requester 400, group 71, assignee none','the call was answered');
INSERT INTO steps VALUES('f19dd6aa-13c7-483f-bc6d-19bc5ce8ac97',1,1795668636959662,'event','0102 rings, caller …004, group 1003','');
INSERT INTO steps VALUES('f19dd6aa-13c7-483f-bc6d-19bc5ce8ac97',2,1795668636959662,'request','lookup: who has …004?','to know the requester');
INSERT INTO steps VALUES('f19dd6aa-13c7-483f-bc6d-19bc5ce8ac97',3,1795668636967957,'event','0101 rings, caller …004, group 1003','');
INSERT INTO steps VALUES('f19dd6aa-13c7-483f-bc6d-19bc5ce8ac97',4,1795668636969087,'event','0104 rings, caller …004, group 1003','');
INSERT INTO steps VALUES('f19dd6aa-13c7-483f-bc6d-19bc5ce8ac97',5,1795668636988118,'event','0103 rings, caller …004, group 1003','');
INSERT INTO steps VALUES('f19dd6aa-13c7-483f-bc6d-19bc5ce8ac97',6,1795668636989107,'event','0104 has ended, caller …004, group 1003','');
INSERT INTO steps VALUES('f19dd6aa-13c7-483f-bc6d-19bc5ce8ac97',7,1795668636990081,'event','0101 has ended, caller …004, group 1003','');
INSERT INTO steps VALUES('f19dd6aa-13c7-483f-bc6d-19bc5ce8ac97',8,1795668637000865,'event','0102 has ended, caller …004, group 1003','');
INSERT INTO steps VALUES('f19dd6aa-13c7-483f-bc6d-19bc5ce8ac97',9,1795668637016182,'event','0103 has ended, caller …004, group 1003','');
INSERT INTO steps VALUES('f19dd6aa-13c7-483f-bc6d-19bc5ce8ac97',10,1795668637016182,'decision','the call has ended','no phone has it any more');
INSERT INTO steps VALUES('f19dd6aa-13c7-483f-bc6d-19bc5ce8ac97',11,1795668637016182,'request','lookup is taken back','nobody answered');
INSERT INTO steps VALUES('f19dd6aa-13c7-483f-bc6d-19bc5ce8ac97',12,1795668637103875,'answer','lookup: not sent: withdrawn before it left','nobody waits for it any more');
CREATE TABLE IF NOT EXISTS "recordings" (
    sha256    TEXT PRIMARY KEY NOT NULL,
    standing  TEXT NOT NULL CHECK (standing IN ('unassigned', 'assigned', 'attached', 'settled', 'refused', 'gone')),
    call      TEXT,
    what      TEXT NOT NULL,
    recording TEXT NOT NULL,
    updated   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO recordings VALUES('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','unassigned',NULL,'it does not say when it began','{"name":"a.wav","size":16044,"sha256":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","mime":"audio/wav","extension":"wav","duration":2000,"call":null,"caller":"07213330004","called":null,"began":null,"or_began":null}',1795669200000000);
INSERT INTO recordings VALUES('bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb','assigned','f19dd6aa-13c7-483f-bc6d-19bc5ce8ac97','','{"name":"b.wav","size":16044,"sha256":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","mime":"audio/wav","extension":"wav","duration":2000,"call":null,"caller":"07213330004","called":null,"began":null,"or_began":null}',1795669200000000);
INSERT INTO recordings VALUES('cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc','attached','f19dd6aa-13c7-483f-bc6d-19bc5ce8ac97','','{"name":"c.wav","size":16044,"sha256":"cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc","mime":"audio/wav","extension":"wav","duration":2000,"call":null,"caller":"07213330004","called":null,"began":null,"or_began":null}',1795669200000000);
INSERT INTO recordings VALUES('dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd','settled','f19dd6aa-13c7-483f-bc6d-19bc5ce8ac97','not attached: the call has no ticket','{"name":"d.wav","size":16044,"sha256":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","mime":"audio/wav","extension":"wav","duration":2000,"call":null,"caller":"07213330004","called":null,"began":null,"or_began":null}',1795669200000000);
INSERT INTO recordings VALUES('eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee','gone',NULL,'','{"name":"e.wav","size":16044,"sha256":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","mime":"audio/wav","extension":"wav","duration":2000,"call":null,"caller":"07213330004","called":null,"began":null,"or_began":null}',1795669200000000);
CREATE TABLE directory_users (
    user    INTEGER PRIMARY KEY NOT NULL,
    profile TEXT NOT NULL
) STRICT;
CREATE TABLE directory_numbers (
    number INTEGER NOT NULL,
    user   INTEGER NOT NULL,
    PRIMARY KEY (number, user)
) STRICT, WITHOUT ROWID;
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('effects',14);
CREATE INDEX calls_by_start ON calls (started DESC);
CREATE INDEX calls_by_phase ON calls (phase, updated);
CREATE INDEX effects_by_call ON effects (call, seq);
CREATE INDEX effects_waiting ON effects (seq) WHERE state = 'waiting';
CREATE INDEX effects_wedged ON effects (seq) WHERE state = 'wedged';
CREATE INDEX calls_awaiting ON calls (started) WHERE awaits = 1;
CREATE INDEX recordings_unassigned ON recordings (updated) WHERE standing = 'unassigned';
CREATE INDEX recordings_attached ON recordings (call) WHERE standing = 'attached';
CREATE INDEX recordings_refused ON recordings (call) WHERE standing = 'refused';
COMMIT;
