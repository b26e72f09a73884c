"""tweepy's stream reader, writing what it reads as JSON lines: python tweepy_stream.py ORIGIN TOKEN TWEETS TARGET"""
import sys

import tweepy
from requests.adapters import HTTPAdapter

origin, token, tweets, target = sys.argv[1:]


class ToTheDouble(HTTPAdapter):
    def send(self, request, **options):
        request.url = request.url.replace("https://api.twitter.com", origin)
        return super().send(request, **options)


class Writer(tweepy.StreamingClient):
    lines = 0
    file = open(target, "wb")

    def on_data(self, raw_data):
        self.file.write(raw_data + b"\n")
        self.lines += 1
        if self.lines == int(tweets):
            self.file.close()
            self.disconnect()


client = Writer(token)
client.session.mount("https://", ToTheDouble())
client.filter()
assert client.lines == int(tweets), client.lines
