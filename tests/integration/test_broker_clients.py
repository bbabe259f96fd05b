"""Clients that people have, unchanged, against the broker: redis-cli, redis-benchmark, redis-py and
hiredis. The Node clients are in clients/*.test.mjs."""
import shutil
import subprocess
import threading
import unittest

import redis

import harness
from resp import RespConnection, value
from wire_table import AGAINST_REDIS, start_server

DEADLINE_S = harness.DEADLINE_S


class ClientTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = start_server()
        cls.addClassCleanup(cls.server.stop)

    def control(self):
        connection = RespConnection(self.server.port)
        self.addCleanup(connection.close)
        return connection

    def publish_when_heard(self, channel, text):
        """Publishes as soon as somebody listens: exactly one message gets there."""
        control = self.control()
        harness.eventually(lambda: value(control.ask("PUBLISH", channel, text)) > 0,
                           f"a subscriber of {channel}")


@unittest.skipUnless(shutil.which("redis-cli"), "there is no redis-cli here")
class RedisCli(ClientTest):
    def cli(self, *words, stdin=None):
        done = subprocess.run(["redis-cli", "-p", str(self.server.port), *words], input=stdin,
                              capture_output=True, text=True, timeout=DEADLINE_S)
        self.assertEqual(("", 0), (done.stderr, done.returncode))
        return done.stdout.rstrip("\n")

    def test_One_command_is_answered(self):
        self.assertEqual("PONG", self.cli("PING"))
        self.assertEqual("0", self.cli("PUBLISH", "news", "hi"))
        self.assertEqual("two words", self.cli("ECHO", "two words"))
        self.assertIn("role:master", self.cli("INFO"))

    def test_One_command_is_answered_in_RESP3(self):
        self.assertEqual("PONG", self.cli("-3", "PING"))
        self.assertEqual("0", self.cli("-3", "PUBLISH", "news", "hi"))
        self.assertIn("role:master", self.cli("-3", "INFO"))

    def test_A_database_and_a_name_can_be_chosen(self):
        self.assertEqual("PONG", self.cli("-n", "3", "PING"))

    def test_Piped_commands_are_answered_in_order(self):
        lines = "".join(f"ECHO line-{n}\n" for n in range(50))
        self.assertEqual([f"line-{n}" for n in range(50)], self.cli(stdin=lines).split("\n"))

    def test_An_error_is_shown(self):
        self.assertIn("ERR unknown command 'nonsense'", self.cli("nonsense"))

    def test_Mass_insertion_by_pipe_works(self):
        lines = "".join(f"PUBLISH news {n}\r\n" for n in range(1000))
        self.assertIn("errors: 0, replies: 1000", self.cli("--pipe", stdin=lines))

    def watch(self, *words):
        """redis-cli as a subscriber; returns a function that waits for a line of its output."""
        cli = subprocess.Popen(["stdbuf", "-oL", "redis-cli", "-p", str(self.server.port), *words],
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(cli.stdout.close)
        self.addCleanup(cli.wait, DEADLINE_S)
        self.addCleanup(cli.kill)
        late = threading.Timer(DEADLINE_S, cli.kill)
        late.start()
        self.addCleanup(late.cancel)

        def next_line(wanted):
            for line in cli.stdout:
                if wanted in line:
                    return
            self.fail(f"redis-cli {' '.join(words)} never showed {wanted!r}")
        return next_line

    def test_SUBSCRIBE_shows_what_is_published(self):
        for options in ((), ("-3",)):
            with self.subTest(options):
                channel = f"news{len(options)}"
                shows = self.watch(*options, "SUBSCRIBE", channel)
                shows("subscribe")
                self.publish_when_heard(channel, "hello")
                shows("message")
                shows("hello")

    def test_PSUBSCRIBE_shows_what_is_published(self):
        shows = self.watch("PSUBSCRIBE", "chat.*")
        shows("psubscribe")
        self.publish_when_heard("chat.lobby", "hello")
        shows("pmessage")
        shows("chat.lobby")
        shows("hello")


@unittest.skipUnless(shutil.which("redis-benchmark"), "there is no redis-benchmark here")
class RedisBenchmark(ClientTest):
    def test_It_runs_to_its_end(self):
        done = subprocess.run(["redis-benchmark", "-p", str(self.server.port), "-q", "-n", "2000",
                               "-c", "10", "-P", "16", "PUBLISH", "news", "hi"],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        self.assertIn("requests per second", done.stdout)


class RedisPy(ClientTest):
    def client(self, **options):
        client = redis.Redis(port=self.server.port, socket_timeout=DEADLINE_S,
                             decode_responses=True, **options)
        self.addCleanup(client.close)
        return client

    def subscriber(self, *channels, patterns=(), **options):
        pubsub = self.client(**options).pubsub(ignore_subscribe_messages=True)
        self.addCleanup(pubsub.close)
        if channels:
            pubsub.subscribe(*channels)
        if patterns:
            pubsub.psubscribe(*patterns)
        return pubsub

    def next_message(self, pubsub):
        def something():
            message = pubsub.get_message(timeout=DEADLINE_S)
            return message and (message["type"], message["pattern"], message["channel"],
                                message["data"])
        return harness.eventually(something, "a message for redis-py")

    def test_A_message_reaches_a_subscriber(self):
        subscriber = self.subscriber("news", patterns=["chat.*"])
        self.publish_when_heard("news", "hé 🎉")
        self.assertEqual(("message", None, "news", "hé 🎉"), self.next_message(subscriber))
        self.publish_when_heard("chat.lobby", "hello")
        self.assertEqual(("pmessage", "chat.*", "chat.lobby", "hello"),
                         self.next_message(subscriber))

    def test_PUBLISH_counts_and_PUBSUB_lists(self):
        client = self.client(client_name="bob")
        self.assertEqual(0, client.publish("nobody", "x"))
        self.assertEqual("bob", client.client_getname())
        self.subscriber("listed")
        harness.eventually(lambda: client.pubsub_channels("list*") == ["listed"], "it is listed")
        self.assertEqual([("listed", 1)], client.pubsub_numsub("listed"))
        self.assertIsInstance(client.info()["uptime_in_seconds"], int)
        self.assertEqual("hi", client.echo("hi"))

    def test_A_subscribers_health_check_is_answered(self):
        # It sends PING with an empty argument and wants the pong as an array.
        subscriber = self.subscriber("news", health_check_interval=1)
        subscriber.connection.next_health_check = 1  # long ago
        subscriber.check_health()
        self.publish_when_heard("news", "x")
        self.assertEqual("x", self.next_message(subscriber)[3])

    def test_A_pipeline_without_transaction_is_answered_in_order(self):
        pipeline = self.client().pipeline(transaction=False)
        for n in range(200):
            pipeline.echo(str(n))
        self.assertEqual([str(n) for n in range(200)], pipeline.execute())

    def test_A_subscriber_comes_back_after_the_broker_was_restarted(self):
        server = start_server()
        client = redis.Redis(port=server.port, socket_timeout=DEADLINE_S, decode_responses=True)
        self.addCleanup(client.close)
        pubsub = client.pubsub(ignore_subscribe_messages=True)
        self.addCleanup(pubsub.close)
        pubsub.subscribe("news")
        port = server.port
        server.stop()
        server = (harness.start_redis if AGAINST_REDIS else harness.start_broker)(port)
        self.addCleanup(server.stop)
        publisher = RespConnection(port)
        self.addCleanup(publisher.close)

        def heard():
            publisher.ask("PUBLISH", "news", "back")
            try:
                return pubsub.get_message(timeout=0.05)
            except redis.ConnectionError:
                return None
        self.assertEqual("back", harness.eventually(heard, "subscribed again")["data"])


class Hiredis(ClientTest):
    def test_It_holds_what_it_insists_on(self):
        program = harness.BIN / "hiredis_test"
        if not program.exists():
            self.skipTest(f"{program} was not built")
        code, said = harness.run_to_the_end(program, self.server.port)
        self.assertEqual(0, code, said)


if __name__ == "__main__":
    unittest.main()
