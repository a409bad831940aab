"""The MySQL protocol below what drivers show: field lists, torn headers, rows longer than a packet."""

import socket
import struct

import pymysql
import pytest
import requests
from pymysql.constants import COMMAND
from pymysql.protocol import FieldDescriptorPacket

from retail_platform.starrocks.embedded import EmbeddedStarRocks
from retail_platform.starrocks.embedded.http.uploads import UploadProtocol
from retail_platform.starrocks.embedded.protocol.server import MysqlServer
from tests.starrocks.embedded.conftest import connect, run


@pytest.fixture
def table(server):
    with connect(server) as connection:
        run(connection, "CREATE DATABASE wire")
        run(connection, "USE wire")
        run(connection, "CREATE TABLE t (k INT, s STRING DEFAULT 'x') DUPLICATE KEY (k)")
        yield connection
        run(connection, "DROP DATABASE wire FORCE")


def test_field_list_names_the_columns(table):
    table._execute_command(COMMAND.COM_FIELD_LIST, b"t\x00%")
    names = []
    while not (packet := table._read_packet()).is_eof_packet():
        column = FieldDescriptorPacket(packet._data, "utf8")
        names.append((column.name, column.type_code))
    assert names == [("k", 3), ("s", 253)]
    assert run(table, "SELECT 1") == [(1,)]


@pytest.mark.parametrize(("name", "code"), [(b"nope\x00", 5502), (b"\x00", 1835)])
def test_field_list_of_nothing_is_refused(table, name, code):
    table._execute_command(COMMAND.COM_FIELD_LIST, name)
    with pytest.raises(pymysql.err.MySQLError) as caught:
        table._read_packet()
    assert caught.value.args[0] == code
    assert run(table, "SELECT 1") == [(1,)]


def test_stmt_fetch_is_refused_by_name_as_starrocks_does(table):
    """StarRocks answers COM_STMT_EXECUTE with all rows, whatever cursor a client asks for, and knows no FETCH."""
    table._execute_command(COMMAND.COM_STMT_FETCH, struct.pack("<II", 1, 1))
    with pytest.raises(pymysql.err.MySQLError, match=r"Unsupported command\(COM_STMT_FETCH\)"):
        table._read_packet()
    assert run(table, "SELECT 1") == [(1,)]


def test_a_header_may_arrive_in_pieces(table):
    query = b"\x03SELECT 41 + 1"
    packet = len(query).to_bytes(3, "little") + b"\x00" + query
    table._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for _ in range(20):
        for piece in (packet[:1], packet[1:3], packet[3:6], packet[6:]):
            table._sock.sendall(piece)
        table._next_seq_id = 1
        result = pymysql.connections.MySQLResult(table)
        result.read()
        assert result.rows == ((42,),)


def test_a_client_that_leaves_within_a_header_harms_nobody(server, table):
    with connect(server) as leaving:
        leaving._sock.sendall(b"\x05\x00")
        leaving._force_close()
    assert run(table, "SELECT 1") == [(1,)]


@pytest.mark.parametrize("length", [0xFFFFFF - 6, 17_000_001])
def test_a_row_may_be_longer_than_a_packet(server, length):
    """The longest text is 1 MB, what queries make of texts is not."""
    piece, rest = divmod(length, 1_000_000)
    parts = ", ".join([*["repeat('x', 1000000)"] * piece, f"repeat('y', {rest})"])
    with connect(server, max_allowed_packet=64 << 20) as connection:
        [(text, number)] = run(connection, f"SELECT concat({parts}), 7")
        assert (len(text), text[-1], number) == (length, "y", 7)
        assert run(connection, "SELECT 1") == [(1,)]


def test_no_answer_waits_for_the_acknowledgement_of_its_beginning(monkeypatch):
    """Headers and body of an HTTP answer are two packets; the second would come 40 ms after the first (RFC 896)."""
    found = []

    def noting(cls, name, transport_of):
        original = getattr(cls, name)

        def noted(self, *arguments):
            opened = transport_of(*arguments).get_extra_info("socket")
            found.append(bool(opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)))
            return original(self, *arguments)

        monkeypatch.setattr(cls, name, noted)

    noting(UploadProtocol, "connection_made", lambda transport: transport)
    noting(MysqlServer, "_connected", lambda _, writer: writer)
    with EmbeddedStarRocks() as server:
        for port in (server.fe_port, server.be_port):
            assert requests.get(f"http://{server.host}:{port}/api/health", timeout=10).ok
        with connect(server) as connection:
            assert run(connection, "SELECT 1") == [(1,)]
    assert found == [True, True, True]
