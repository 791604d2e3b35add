"""A subscriber by websocket as others write one, with PyPI's `websockets`.

    HANDOVER_API_KEY=... python3 client.py BASE SUBSCRIPTION SOCKET_PATH

Reads ports from its standard input, one a line, and listens at each until it is sent away: what happened in between it
fetches by $events. Says what it hears, one line each. `test/e2e/foreign-websocket.test.ts` starts it.
"""

import asyncio
import json
import os
import sys
import urllib.request

import websockets

base, subscription, path = sys.argv[1:4]
headers = {"Authorization": "Bearer " + os.environ["HANDOVER_API_KEY"]}


def get(relative):
    request = urllib.request.Request(f"{base}/fhir/Subscription/{subscription}/{relative}", headers=headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def told(bundle):
    """Type and event numbers of a notification."""
    parameters = bundle["entry"][0]["resource"]["parameter"]
    kind = next(one["valueCode"] for one in parameters if one["name"] == "type")
    events = [one["part"] for one in parameters if one["name"] == "notification-event"]
    numbers = [int(part["valueString"]) for parts in events for part in parts if part["name"] == "event-number"]
    return kind, numbers


def say(line):
    print(line, flush=True)


async def listen(port, last):
    """Until it is sent away. Returns the number of the last event."""
    issued = {one["name"]: one for one in get("$get-ws-binding-token")["parameter"]}
    async with websockets.connect(f"ws://127.0.0.1:{port}{path}") as socket:
        await socket.send("bind-with-token " + issued["token"]["valueString"])
        try:
            async for message in socket:
                kind, numbers = told(json.loads(message))
                if kind == "handshake":
                    say("handshake")
                    # What comes from now on is told here; what came before is asked for.
                    if last > 0:
                        for number in told(get(f"$events?eventsSinceNumber={last + 1}"))[1]:
                            say(f"missed {number}")
                            last = number
                for number in numbers:
                    say(f"event {number}")
                    last = number
        except websockets.exceptions.ConnectionClosedError:
            pass
        say(f"closed {socket.close_code}")
    return last


async def main():
    last = 0
    for line in sys.stdin:
        last = await listen(int(line), last)


asyncio.run(main())
