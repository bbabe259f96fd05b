"""Files of the page that were packed beforehand (app.js.br, app.js.gz): which form a browser gets,
by what names it may be kept, and that no form comes from outside the folder."""
import gzip
import os
import shutil
import tempfile
import unittest
from pathlib import Path

from chat_case import ChatServerTest
from chat_clients import http_get

ORIGINAL = b"let answer = 42;\n" * 500
BROTLI = b"what a brotli would have made of it"  # the server never looks inside
GZIP = gzip.compress(ORIGINAL)
BROWSER = "gzip, deflate, br, zstd"


class PackedFiles(ChatServerTest):
    @classmethod
    def setUpClass(cls):
        top = Path(tempfile.mkdtemp(prefix="parley-page-"))
        cls.addClassCleanup(shutil.rmtree, top)
        cls.www = top / "www"
        cls.www.mkdir()
        for name, content in (("index.html", b"<p>page</p>"), ("plain.css", b"p { }"),
                              ("app.js", ORIGINAL), ("app.js.br", BROTLI), ("app.js.gz", GZIP)):
            (cls.www / name).write_bytes(content)
        (top / "secret").write_bytes(b"secret")
        cls.start("--www", cls.www)

    def get(self, path, accept=None, method="GET", **headers):
        """The answer to a request with just these headers. http.client would ask for identity."""
        lines = [f"{method} {path} HTTP/1.1", "Host: x", "Connection: close"]
        if accept is not None:
            lines.append(f"Accept-Encoding: {accept}")
        lines += [f"{name.replace('_', '-')}: {text}" for name, text in headers.items()]
        connection = self.raw()
        connection.send("\r\n".join([*lines, "", ""]).encode())
        status, head = connection.read_head()
        fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:])
        return status, {k.lower(): v for k, v in fields.items()}, connection.read_until_closed()

    def write(self, name, content, seconds_younger=0):
        """A file so much younger than app.js, that is gone after the test."""
        path = self.www / name
        path.write_bytes(content)
        second = int((self.www / "app.js").stat().st_mtime)
        time_ns = second * 10**9 + int(seconds_younger * 10**9)
        os.utime(path, ns=(time_ns, time_ns))
        self.addCleanup(path.unlink, missing_ok=True)

    def test_The_form_is_the_one_that_the_client_likes_best(self):
        names = {ORIGINAL: None, BROTLI: "br", GZIP: "gzip"}
        for accept, form in ((None, ORIGINAL), ("", ORIGINAL), ("identity", ORIGINAL),
                             ("deflate", ORIGINAL), (BROWSER, BROTLI), ("gzip", GZIP),
                             ("GZIP;q=0.001", GZIP), ("*", BROTLI), ("br;q=0, *", GZIP),
                             ("br;q=0.5, gzip", GZIP), ("gzip;q=0.5, identity;q=0.6", ORIGINAL),
                             ("gzip;q=0", ORIGINAL), ("br;q=0, gzip;q=0", ORIGINAL),
                             ("gzip;q=9, br;q=x", ORIGINAL)):
            with self.subTest(accept):
                status, headers, body = self.get("/app.js", accept)
                self.assertEqual((200, form), (status, body))
                self.assertEqual(names[form], headers.get("content-encoding"))
                self.assertEqual(str(len(body)), headers["content-length"])
                self.assertEqual("text/javascript; charset=utf-8", headers["content-type"])
                self.assertEqual("Accept-Encoding", headers["vary"])

    def test_Two_headers_are_one_list(self):
        _, headers, _ = self.get("/app.js", "br;q=0", Accept_Encoding="gzip")
        self.assertEqual("gzip", headers.get("content-encoding"))

    def test_What_gzip_packed_is_the_file(self):
        _, _, body = self.get("/app.js", "gzip")
        self.assertEqual(ORIGINAL, gzip.decompress(body))

    def test_A_client_that_takes_no_form_is_told(self):
        for path, accept in (("/plain.css", "gzip, identity;q=0"), ("/app.js", "*;q=0")):
            status, headers, body = self.get(path, accept)
            self.assertEqual((406, "Accept-Encoding"), (status, headers["vary"]))
            self.assertIn(b"Accept-Encoding", body)

    def test_A_file_without_other_forms_does_not_vary(self):
        _, headers, body = self.get("/plain.css", BROWSER)
        self.assertEqual(b"p { }", body)
        self.assertNotIn("vary", headers)
        self.assertNotIn("content-encoding", headers)

    def test_HEAD_says_what_GET_would(self):
        for accept in (None, "gzip", "br"):
            _, asked, body = self.get("/app.js", accept)
            status, told, nothing = self.get("/app.js", accept, "HEAD")
            self.assertEqual((200, b""), (status, nothing))
            self.assertEqual(asked, told)
            self.assertEqual(len(body), int(told["content-length"]))

    def test_Each_form_has_an_ETag_of_its_own(self):
        tags = [self.get("/app.js", accept)[1]["etag"] for accept in (None, "gzip", "br")]
        self.assertEqual(3, len(set(tags)), tags)
        for tag in tags:
            self.assertRegex(tag, r'^"[!#-~]+"$')

    def test_A_form_that_the_client_has_is_not_sent_again(self):
        tag = self.get("/app.js", "gzip")[1]["etag"]
        for known in (tag, f"W/{tag}", f'"x", {tag}', f'"a,b",W/{tag} , "y"', "*"):
            for method in ("GET", "HEAD"):
                with self.subTest(known, method=method):
                    status, headers, body = self.get("/app.js", "gzip", method,
                                                     If_None_Match=known)
                    self.assertEqual((304, b""), (status, body))
                    self.assertEqual((tag, "Accept-Encoding"), (headers["etag"], headers["vary"]))
                    self.assertNotIn("content-encoding", headers)
        for known in ('"x"', tag.strip('"'), tag[:-1], f"w/{tag}"):
            self.assertEqual(200, self.get("/app.js", "gzip", If_None_Match=known)[0], known)
        self.assertEqual(200, self.get("/app.js", "br", If_None_Match=tag)[0])

    def test_A_304_leaves_the_connection_usable(self):
        tag = self.get("/app.js", "gzip")[1]["etag"]
        connection = self.raw()
        connection.send((f"GET /app.js HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n"
                         f"If-None-Match: {tag}\r\n\r\n").encode())
        connection.send(b"GET /plain.css HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        self.assertEqual(304, connection.read_head()[0])
        self.assertEqual(200, connection.read_head()[0])
        self.assertEqual(b"p { }", connection.read_until_closed())

    def test_A_packed_file_that_is_asked_for_by_name_is_a_file(self):
        status, headers, body = self.get("/app.js.gz", BROWSER)
        self.assertEqual((200, GZIP, "application/gzip"), (status, body, headers["content-type"]))
        self.assertNotIn("content-encoding", headers)
        self.assertEqual(BROTLI, self.get("/app.js.br", BROWSER)[2])

    def test_An_older_or_empty_packed_file_is_not_served(self):
        self.write("late.js", b"new", seconds_younger=1.5)
        self.write("late.js.gz", b"old", seconds_younger=1.25)
        self.write("late.js.br", b"", seconds_younger=2)
        _, headers, body = self.get("/late.js", BROWSER)
        self.assertEqual(b"new", body)
        self.assertNotIn("content-encoding", headers)
        self.write("late.js.gz", b"packed again", seconds_younger=1.5)
        self.assertEqual(b"packed again", self.get("/late.js", BROWSER)[2])

    def test_No_form_comes_from_outside_the_folder(self):
        for name, target in (("index.html.gz", "secret"), ("link.js", "secret"), ("folder", ".")):
            link = self.www / name
            link.symlink_to(self.www.parent / target)
            self.addCleanup(link.unlink)
        self.assertEqual(b"<p>page</p>", self.get("/", BROWSER)[2])
        for path in ("/index.html.gz", "/link.js", "/folder/secret", "/folder", "/../secret",
                     "/%2e%2e/secret", "/..%2Fsecret", "/app.js/../../secret"):
            status, _, body = self.get(path, BROWSER)
            self.assertEqual(404, status, path)
            self.assertNotIn(b"secret", body)

    def test_A_packed_file_without_its_original_stands_for_nothing(self):
        self.write("gone.js.gz", GZIP)
        self.assertEqual(404, self.get("/gone.js", BROWSER)[0])

    def test_Only_GET_and_HEAD_are_answered(self):
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
            status, headers, _ = http_get(self.chat.port, "/app.js", method)
            self.assertEqual((405, "GET, HEAD"), (status, headers.get("allow")), method)


if __name__ == "__main__":
    unittest.main()
