"""twarc2's stream reader, writing what it reads as JSON lines: python twarc_stream.py ORIGIN TOKEN TWEETS TARGET"""
import json
import sys
from itertools import islice

from requests.adapters import HTTPAdapter
from twarc import Twarc2

origin, token, tweets, target = sys.argv[1:]


class ToTheDouble(HTTPAdapter):
    def send(self, request, **options):
        request.url = request.url.replace("https://api.twitter.com", origin)
        return super().send(request, **options)


twarc = Twarc2(bearer_token=token)
twarc.connect()
twarc.client.mount("https://", ToTheDouble())
lines = 0
with open(target, "w") as file:
    # as `twarc2 stream` writes them
    for result in islice(twarc.stream(), int(tweets)):
        file.write(json.dumps(result) + "\n")
        lines += 1
assert lines == int(tweets), lines
