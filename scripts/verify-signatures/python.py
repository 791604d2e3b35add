"""Hands our signed webhooks to the Python verifiers: `python python.py VECTORS.json`. Exits 1 when one judges otherwise."""

import json
import sys
from importlib.metadata import version

import standardwebhooks
import svix.webhooks


def accepts(library, vector):
    """Whether the library takes the message; whatever it raises is a refusal."""
    try:
        library.Webhook(vector["secret"]).verify(vector["body"].encode("utf-8"), vector["headers"])
        return True
    except library.WebhookVerificationError:
        return False


def judge(name, library, vectors):
    wrong = [vector["name"] for vector in vectors if accepts(library, vector) != vector["accept"]]
    print(f"python, {name} {version(name)}: {len(vectors) - len(wrong)} of {len(vectors)} as expected")
    for case in wrong:
        print(f"  judged otherwise: {case}")
    return wrong


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        vectors = json.load(file)
    if not vectors:
        sys.exit("no vectors: nothing was proved")
    libraries = {"standardwebhooks": standardwebhooks, "svix": svix.webhooks}
    wrong = [case for name, library in libraries.items() for case in judge(name, library, vectors)]
    sys.exit(1 if wrong else 0)


main()
