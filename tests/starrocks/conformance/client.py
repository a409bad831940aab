"""The hands of a conformance case: run a statement, expect a refusal, load a body."""

import json

import pymysql
import pytest


class Warehouse:
    def __init__(self, connection, http, address, database):
        self.connection = connection
        self.http = http
        self.address = address
        self.database = database

    def run(self, sql, *values):
        with self.connection.cursor() as cursor:
            cursor.execute(sql, *values)
            return list(cursor.fetchall())

    def one(self, sql):
        return self.run(sql)[0][0]

    def refuses(self, sql, message="", codes=(1064,)):
        with pytest.raises(pymysql.err.MySQLError) as caught:
            self.run(sql)
        code, text = caught.value.args
        assert code in codes, f"{code}: {text}"
        assert message.lower() in text.lower(), text
        return text

    def table(self, ddl):
        self.run(ddl + ' PROPERTIES ("replication_num" = "1")')

    def versions(self, table):
        rows = self.run(
            "SELECT PARTITION_NAME, PARTITION_ID, VISIBLE_VERSION FROM information_schema.partitions_meta"
            f" WHERE DB_NAME = '{self.database}' AND TABLE_NAME = '{table}'"
        )
        return {name: (identity, version) for name, identity, version in rows}

    @property
    def fe(self):
        return f"http://{self.address['host']}:{self.address['fe_port']}"

    @property
    def auth(self):
        return (self.address["user"], self.address["password"])

    def redirect(self, path, headers=None, method="PUT"):
        headers = {"Expect": "100-continue", **(headers or {})}
        return self.http.request(
            method, f"{self.fe}{path}", headers=headers, auth=self.auth, allow_redirects=False, timeout=30
        )

    def load(self, table, body, **headers):
        """Stream Load in two steps, as a careful client does it."""
        headers = {name: str(value) for name, value in headers.items()}
        if not isinstance(body, (str, bytes)):
            headers.setdefault("format", "json")
            body = "\n".join(json.dumps(row) for row in body)
        if isinstance(body, str):
            body = body.encode()
        answer = self.redirect(f"/api/{self.database}/{table}/_stream_load", headers)
        assert answer.status_code == 307, answer.text
        headers = {"Expect": "100-continue", **headers}
        done = self.http.put(answer.headers["Location"], data=body, headers=headers, auth=self.auth, timeout=60)
        assert done.status_code == 200
        return done.json()

    def transaction(self, operation, label, body=None, **headers):
        headers = {"db": self.database, "label": label, "Expect": "100-continue", **headers}
        answer = self.redirect(
            f"/api/transaction/{operation}", headers, method="POST" if operation != "load" else "PUT"
        )
        if answer.status_code != 307:
            return answer.json()
        method = "POST" if operation != "load" else "PUT"
        return self.http.request(
            method, answer.headers["Location"], data=body, headers=headers, auth=self.auth, timeout=60
        ).json()

    def state(self, label):
        url = f"{self.fe}/api/{self.database}/get_load_state"
        return self.http.get(url, params={"label": label}, auth=self.auth, timeout=30).json()["state"]

    def log(self, answer):
        return self.http.get(answer["ErrorURL"], timeout=30).text
