"""Shard channels: SSUBSCRIBE, SPUBLISH, SUNSUBSCRIBE, a namespace of their own that works without
a cluster. See wire_table.py for the notation."""
import unittest

from wire_table import Case, WireTest, tested

ONLY_ALLOWED = ("only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this "
                "context↵")


@tested(
    Case("Subscribing counts shard channels alone",
         ("a", "SUBSCRIBE x", "»3↵$9↵subscribe↵$1↵x↵:1↵"),
         ("a", "SSUBSCRIBE s t", "»3↵$10↵ssubscribe↵$1↵s↵:1↵»3↵$10↵ssubscribe↵$1↵t↵:2↵"),
         ("a", "SUBSCRIBE y", "»3↵$9↵subscribe↵$1↵y↵:2↵"),
         ("a", "SUNSUBSCRIBE s", "»3↵$12↵sunsubscribe↵$1↵s↵:1↵"),
         ("a", "UNSUBSCRIBE x", "»3↵$11↵unsubscribe↵$1↵x↵:1↵")),
    Case("Unsubscribing from nothing answers a null name",
         ("a", "SUNSUBSCRIBE", "»3↵$12↵sunsubscribe↵∅:0↵"),
         ("a", "SUNSUBSCRIBE never", "»3↵$12↵sunsubscribe↵$5↵never↵:0↵")),
    Case("SPUBLISH reaches shard subscribers only",
         ("a", "SSUBSCRIBE news", "»3↵$10↵ssubscribe↵$4↵news↵:1↵"),
         ("b", "SUBSCRIBE news", "‹…›"),
         ("b", "PSUBSCRIBE n*", "‹…›"),
         ("c", "SPUBLISH news x", ":1↵"),
         ("a", None, "»3↵$8↵smessage↵$4↵news↵$1↵x↵"),
         ("b", None, "")),
    Case("PUBLISH never reaches a shard subscriber",
         ("a", "SSUBSCRIBE news", "‹…›"),
         ("c", "PUBLISH news x", ":0↵"),
         ("a", None, "")),
    Case("PUBSUB tells shard channels apart",
         ("a", "SSUBSCRIBE news", "‹…›"),
         ("b", "PUBSUB SHARDCHANNELS", "*1↵$4↵news↵"),
         ("b", "PUBSUB SHARDCHANNELS x*", "*0↵"),
         ("b", "PUBSUB SHARDNUMSUB news other", "*4↵$4↵news↵:1↵$5↵other↵:0↵"),
         ("b", "PUBSUB CHANNELS", "*0↵"),
         ("b", "PUBSUB NUMSUB news", "*2↵$4↵news↵:0↵")),
    Case("A shard subscription alone makes a RESP2 subscriber",
         ("a", "SSUBSCRIBE s", "‹…›"),
         ("a", "PING", "*2↵$4↵pong↵$0↵↵"),
         ("a", "ECHO x", "-ERR Can't execute 'echo': " + ONLY_ALLOWED),
         ("a", "SUNSUBSCRIBE", "*3↵$12↵sunsubscribe↵$1↵s↵:0↵"),
         ("a", "ECHO x", "$1↵x↵"), resp=(2,)),
    Case("RESET drops shard subscriptions without a frame",
         ("a", "SSUBSCRIBE s", "‹…›"),
         ("a", "RESET", "+RESET↵"),
         ("b", "SPUBLISH s x", ":0↵")),
)
class ShardChannels(WireTest):
    pass


if __name__ == "__main__":
    unittest.main()
