"""Opens a ticket for each call and shows it to the agent, with zenpy as its users do, and tells what that cost.

Arguments: where the simulated Zendesk is (http://127.0.0.1:PORT), a token for it, how many calls; the seconds of processor time
are told as JSON.
"""

import json
import os
import sys
import time

url, token, calls = sys.argv[1], sys.argv[2], int(sys.argv[3])
# zenpy speaks to https://SUBDOMAIN.zendesk.com unless told otherwise so.
os.environ["ZENPY_FORCE_SCHEME"], os.environ["ZENPY_FORCE_NETLOC"] = url.split("://")

from zenpy import Zenpy  # noqa: E402 (it reads the environment)
from zenpy.lib.api_objects import Comment, Ticket  # noqa: E402

zendesk = Zenpy(subdomain="simulated", oauth_token=token)


def call(n):
    number = f"+4930{10_000_000 + n:08}"
    ticket = Ticket(
        external_id=f"zenpy:{n}",
        subject=f"Call from {number}",
        comment=Comment(body=f"Number: {number}\nGroup: Support\nAgent: Anna Muster\nAnswered: 14:02:05", public=False),
        requester_id=400,
        group_id=71,
        assignee_id=501,
        tags=["phone"],
    )
    opened = zendesk.tickets.create(ticket).ticket
    zendesk.talk_pe.display_ticket(501, opened.id)


# The first one opens the connection.
call(0)
start, begun = time.process_time(), time.perf_counter()
for n in range(1, calls + 1):
    call(n)
print(json.dumps({"start": start, "processor": time.process_time() - start, "wall": time.perf_counter() - begun}))
