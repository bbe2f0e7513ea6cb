"""A client of a STARFACE out of Python's standard library: logs in, hears of a call, records it, hangs up.

Arguments: address, version ("8" or "10"), OAuth client and its secret. Prints a line for each check that holds, and
"done" at the end.
"""

import hashlib
import json
import queue
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request
import xmlrpc.client
from xmlrpc.server import SimpleXMLRPCRequestHandler, SimpleXMLRPCServer

URL, VERSION, CLIENT, CLIENT_SECRET = sys.argv[1:5]
LOGIN, PASSWORD = "0102", "pw-0102"
CALL = "8af3a07a-ef8a-41b1-9dd6-aa4cf247588f"


def check(what, holds):
    if not holds:
        sys.exit("does not hold: " + what)
    print("ok " + what)


def sha512(text):
    return hashlib.sha512(text.encode()).hexdigest()


def ask(path, data=None, headers={}, method=None):
    request = urllib.request.Request(URL + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


events = queue.Queue()


class Handler(SimpleXMLRPCRequestHandler):
    rpc_paths = ()

    def do_POST(self):
        self.server.query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
        super().do_POST()


class Server(SimpleXMLRPCServer):
    def _dispatch(self, method, params):
        events.put((method, params, self.query))
        return True


listener = Server(("127.0.0.1", 0), Handler, logRequests=False, allow_none=True)
threading.Thread(target=listener.serve_forever, daemon=True).start()
callback = (
    "&de.vertico.starface.callback.type=http&de.vertico.starface.callback.host=127.0.0.1"
    "&de.vertico.starface.callback.port=%d&de.vertico.starface.callback.path=/events" % listener.server_address[1]
)

if VERSION == "10":
    status, body = ask("/.well-known/openid-configuration")
    endpoint = urllib.parse.urlsplit(json.loads(body)["token_endpoint"]).path
    form = {
        "grant_type": "password", "scope": "login", "username": LOGIN, "password": PASSWORD,
        "client_id": CLIENT, "client_secret": CLIENT_SECRET,
    }
    status, body = ask(endpoint, urllib.parse.urlencode(form).encode())
    granted = json.loads(body)
    check("a token is granted", status == 200 and granted["token_type"] == "Bearer" and granted["expires_in"] == 300)
    form = {
        "grant_type": "refresh_token", "refresh_token": granted["refresh_token"],
        "client_id": CLIENT, "client_secret": CLIENT_SECRET,
    }
    refreshed = json.loads(ask(endpoint, urllib.parse.urlencode(form).encode())[1])
    check("it is refreshed", refreshed["access_token"] != granted["access_token"])
    check("and rotated", ask(endpoint, urllib.parse.urlencode(form).encode())[0] == 400)
    form["grant_type"], form["refresh_token"] = "password", ""
    status, body = ask(endpoint, urllib.parse.urlencode(dict(form, username=LOGIN, password="x", scope="login")).encode())
    check("a wrong password is told in the words of OAuth", (status, json.loads(body)["error"]) == (400, "invalid_grant"))
    headers = {"Authorization": "Bearer " + refreshed["access_token"], "X-Version": "2"}
    proof, token = "de.vertico.starface.jwt=" + refreshed["access_token"], None
else:
    status, body = ask("/rest/login")
    challenge = json.loads(body)
    check("a challenge", challenge["loginType"] == "Internal" and challenge["secret"] is None)
    challenge["secret"] = LOGIN + ":" + sha512(LOGIN + challenge["nonce"] + sha512(PASSWORD))
    status, body = ask("/rest/login", json.dumps(challenge).encode(), {"Content-Type": "application/json"})
    check("its answer is taken once", status == 200 and ask("/rest/login", json.dumps(challenge).encode())[0] == 400)
    headers = {"authToken": json.loads(body)["token"], "X-Version": "2"}
    token = LOGIN + ":" + sha512(LOGIN + "*" + sha512(PASSWORD))
    proof = "de.vertico.starface.auth=" + token

status, body = ask("/rest/users/me/?", headers=headers)
check("REST knows who asks", json.loads(body)["login"] == LOGIN)
status, body = ask("/rest/users")
check("REST wants a token", status == 401 and json.loads(body)["message"] == "Not logged in")

pbx = xmlrpc.client.ServerProxy(URL + "/xml-rpc?" + proof + callback, allow_none=True)
old, ucp = pbx.ucp.v22.requests, pbx.ucp.v30.requests
check("a version without a session", ucp.system.getServerVersion().startswith(VERSION + "."))
check("no session yet", ucp.connection.keepAlive() is False)
try:
    ucp.call.getCallIds()
    check("a fault before the login", False)
except xmlrpc.client.Fault as fault:
    check("a fault before the login", "NotConnected" in fault.faultString)
check("login", ucp.connection.login() is True)
check("unknown services are refused", ucp.service.subscribeEvents("ucp.v30.events.weather") is False)
if VERSION == "10":
    check("queues", ucp.service.subscribeEvents("ucp.v30.events.queue") is True)
check("calls, in older names", old.service.subscribeEvents("ucp.v22.events.call") is True)

calls, queued = [], []
while [call["state"] for call in calls] != ["RINGING", "CONNECTED"]:
    method, params, query = events.get(timeout=30)
    check("events show the login", query["de.vertico.starface.user"] == LOGIN)
    check("and its token", query.get("de.vertico.starface.auth") == token)
    if method == "ucp.v22.events.call.receiveCallState":
        calls.append(params[0])
    else:
        queued.append((method, params))
ring = calls[0]
check("the call", ring["id"] == CALL and ring["callerNumber"] == "0049721123456" and ring["groupID"] == "1003")
check("umlauts", ring["callerName"] == "J\u00f6rg M\u00fcller")
check("a time", isinstance(ring["timestamp"], xmlrpc.client.DateTime))
check("its id", ucp.call.getCallIds() == [CALL])
check("its state", ucp.call.getCallState(CALL)["state"] == "CONNECTED")
check("no other", ucp.call.getCallState("elsewhere") == {})
ucp.call.monitor(CALL)
check("groups", [group["name"] for group in ucp.group.getGroupSettings()] == ["Support", "Sales"])
ucp.call.hangupCall(CALL)
while calls[-1]["state"] != "HANGUP":
    method, params, query = events.get(timeout=30)
    if method == "ucp.v22.events.call.receiveCallState":
        calls.append(params[0])
    else:
        queued.append((method, params))
check("the end", calls[-1]["id"] == CALL)
if VERSION == "10":
    states = [params[0]["queueCallState"] for method, params in queued]
    check("queue events come twice", states[:2] == ["WAITING"] * 2 and "CONNECTED" in states)
begin, end = xmlrpc.client.DateTime("20000101T00:00:00"), xmlrpc.client.DateTime("20991231T00:00:00")
listed = ucp.callList.getCallList(end, begin, "INBOUND", "ANSWERED", "", "startTime", "DESCENDING", 0, 100)
check("the call list", listed["totalCount"] == 1 and listed["entries"][0]["callerNumber"] == "0049721123456")
check("a call placed", len(ucp.call.placeCallWithPhone("0721123456", "", "")) == 36)
check("logout", ucp.connection.logout() is True and ucp.connection.keepAlive() is False)
print("done")
