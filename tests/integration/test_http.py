"""What the chat server serves over plain HTTP: the page, health, readiness."""
import re
import unittest
from pathlib import Path

import harness
from chat_case import ChatServerTest
from chat_clients import http_get
from raw_http import RawHttp


class Page(ChatServerTest):
    def get(self, path, method="GET", headers=None):
        return http_get(self.chat.port, path, method, headers)

    def test_The_page_is_served_at_the_root(self):
        status, headers, body = self.get("/")
        self.assertEqual(200, status)
        self.assertRegex(headers["content-type"], r"^text/html; ?charset=utf-8$")
        self.assertEqual((harness.ROOT / "www/index.html").read_bytes(), body)
        self.assertEqual(body, self.get("/index.html")[2])
        self.assertEqual(body, self.get("/?x=1")[2])

    def test_The_page_comes_with_a_strict_policy(self):
        headers = self.get("/")[1]
        policy = dict(part.strip().split(" ", 1) for part in
                      headers["content-security-policy"].split(";") if part.strip())
        self.assertEqual("'none'", policy["default-src"].replace("'self'", "'none'"))
        text = headers["content-security-policy"]
        self.assertNotIn("unsafe-inline", text)
        self.assertNotIn("unsafe-eval", text)
        self.assertNotIn("*", text)
        self.assertIn("frame-ancestors", policy)
        self.assertIn("base-uri", policy)
        self.assertEqual("nosniff", headers["x-content-type-options"])

    def test_Each_file_of_the_page_is_served_with_its_type(self):
        types = {".js": "javascript", ".mjs": "javascript", ".css": "text/css",
                 ".svg": "image/svg", ".html": "text/html", ".json": "json",
                 ".webmanifest": "manifest", ".png": "image/png", ".ico": "image/"}
        root = harness.ROOT / "www"
        files = [f for f in root.rglob("*") if f.suffix in types]
        self.assertGreater(len(files), 3)
        for file in files:
            path = "/" + str(file.relative_to(root))
            with self.subTest(path):
                status, headers, body = self.get(path)
                self.assertEqual((200, file.read_bytes()), (status, body))
                self.assertIn(types[Path(path).suffix], headers["content-type"])
                self.assertIn("content-security-policy", headers)

    def test_HEAD_tells_the_length_and_sends_no_body(self):
        status, headers, body = self.get("/", "HEAD")
        self.assertEqual((200, b""), (status, body))
        self.assertEqual(len(self.get("/")[2]), int(headers["content-length"]))

    def test_What_is_not_there_is_a_404_that_says_so(self):
        status, headers, body = self.get("/nothing-here")
        self.assertEqual(404, status)
        self.assertTrue(body)
        self.assertNotIn(b"<script", self.get("/<script>alert(1)</script>")[2])

    def test_Health_and_readiness_are_200(self):
        self.assertEqual(200, self.get("/healthz")[0])
        self.assertEqual(200, self.get("/readyz")[0])

    def test_One_connection_serves_several_requests(self):
        connection = RawHttp(self.chat.port)
        self.addCleanup(connection.close)
        request = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
        last = request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        connection.send(request * 2 + last)
        answers = re.findall(rb"HTTP/1\.1 (\d+)", connection.read_until_closed())
        self.assertEqual([b"200"] * 3, answers)

    def test_A_page_that_the_browser_has_is_not_sent_again(self):
        _, headers, _ = self.get("/")
        if "etag" not in headers:
            self.skipTest("this server sends no ETag yet")
        status, _, body = self.get("/", headers={"If-None-Match": headers["etag"]})
        self.assertEqual((304, b""), (status, body))


if __name__ == "__main__":
    unittest.main()
