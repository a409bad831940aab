"""Tokens of StarRocks SQL and a cursor over them.

sqlglot's StarRocks tokenizer does the splitting; this module adds what a statement-level parser needs: separation of
statements, ``/*+ SET_VAR(...) */`` hints taken out of the stream, and a cursor whose refusals read like StarRocks'.
Expressions and queries are not parsed here: :mod:`translate` hands their tokens to sqlglot.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlglot.dialects.starrocks import StarRocks
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from retail_platform.starrocks.embedded.errors import SyntaxRefused, unexpected_input

_DIALECT = StarRocks()
_SET_VAR = re.compile(r"set_var\s*\(([^()]*)\)", re.IGNORECASE)
_NON_WORDS = {TokenType.STRING, TokenType.IDENTIFIER, TokenType.NUMBER, TokenType.HEX_STRING, TokenType.BIT_STRING}
_OPENERS = {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}


@dataclass
class Statement:
    """One statement: its text, its tokens without hints, and the variables its hints set."""

    text: str
    tokens: list[Token]
    hints: dict[str, str] = field(default_factory=dict)


def split_statements(sql: str) -> list[Statement]:
    """Cut a client's text at semicolons; comments and empty statements vanish."""
    try:
        tokens = _DIALECT.tokenize(sql)
    except SqlglotError as error:
        raise SyntaxRefused(f"Unexpected input, {str(error).splitlines()[0]}", 1, 0) from error
    statements: list[Statement] = []
    current: list[Token] = []
    for token in [*_opened(sql, tokens), None]:
        if token is None or token.token_type == TokenType.SEMICOLON:
            if current:
                statements.append(_statement(sql, current))
            current = []
        else:
            current.append(token)
    return statements


def _opened(sql: str, tokens: Sequence[Token]) -> list[Token]:
    """Sqlglot keeps what follows some words (SUBMIT, ADMIN) as one raw string; read it as tokens too."""
    out: list[Token] = []
    for token in tokens:
        if not out or out[-1].token_type not in (TokenType.COMMAND, TokenType.EXECUTE) or token.text == ";":
            out.append(token)
            continue
        offset = sql.index(token.text.strip(), out[-1].end)
        for inner in _opened(token.text.strip(), _DIALECT.tokenize(token.text.strip())):
            start, end = inner.start + offset, inner.end + offset
            out.append(Token(inner.token_type, inner.text, inner.line, inner.col, start, end, inner.comments))
    return out


def _statement(sql: str, tokens: list[Token]) -> Statement:
    hints: dict[str, str] = {}
    kept = []
    for token in tokens:
        if token.token_type == TokenType.HINT:
            hints.update(_hint_variables(token.text))
        else:
            kept.append(token)
    return Statement(text=sql[tokens[0].start : tokens[-1].end + 1], tokens=kept, hints=hints)


def _hint_variables(hint: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for arguments in _SET_VAR.findall(hint):
        for pair in arguments.split(","):
            name, _, value = pair.partition("=")
            if name.strip():
                found[name.strip().lower()] = value.strip().strip("'\"")
    return found


class TokenCursor:
    """Walks over the tokens of one statement."""

    def __init__(self, tokens: Sequence[Token], sql: str = "") -> None:
        self._originals = tokens
        self.tokens: Sequence[Token] = [word for token in tokens for word in _words(token)]
        self.sql = sql
        self._base = tokens[0].start if tokens else 0
        self.position = 0

    def peek(self, ahead: int = 0) -> Token | None:
        """The token `ahead` places further, if there is one."""
        index = self.position + ahead
        return self.tokens[index] if index < len(self.tokens) else None

    def word(self, ahead: int = 0) -> str:
        """The upper-case keyword or symbol at a place; empty for literals, quoted names and the end."""
        token = self.peek(ahead)
        if token is None or token.token_type in _NON_WORDS:
            return ""
        return token.text.upper()

    def at(self, *words: str) -> bool:
        """Whether the next tokens are these words."""
        return all(self.word(i) == w for i, w in enumerate(words))

    def match(self, *words: str) -> bool:
        """Step over these words if they come next."""
        if not self.at(*words):
            return False
        self.position += len(words)
        return True

    def match_any(self, *words: str) -> str:
        """Step over one of these words and say which."""
        word = self.word()
        if word and word in words:
            self.position += 1
            return word
        return ""

    def expect(self, *words: str) -> None:
        """Step over these words or refuse the statement."""
        for word in words:
            if not self.match(word):
                raise self.refuse(f"'{word}'")

    def next(self) -> Token:
        """Step over any token."""
        token = self.peek()
        if token is None:
            raise self.refuse("<more input>")
        self.position += 1
        return token

    @property
    def done(self) -> bool:
        """Whether everything has been read."""
        return self.position >= len(self.tokens)

    def end(self) -> None:
        """Refuse trailing input."""
        if not self.done:
            raise self.refuse("<EOF>")

    def refuse(self, expected: str) -> SyntaxRefused:
        """The syntax error for the token at hand."""
        token = self.peek()
        if token is None:
            last = self.tokens[-1] if self.tokens else None
            return unexpected_input("<EOF>", expected, last.line if last else 1, last.col if last else 0)
        return unexpected_input(token.text, expected, token.line, max(0, token.col - len(token.text)))

    def identifier(self, what: str = "a name") -> str:
        """A plain or back-quoted name."""
        token = self.peek()
        if token is None or token.token_type in (TokenType.STRING, TokenType.NUMBER):
            raise self.refuse(what)
        if token.token_type != TokenType.IDENTIFIER and not re.fullmatch(r"\w+", token.text):
            raise self.refuse(what)
        self.position += 1
        return token.text

    def qualified(self) -> list[str]:
        """A dotted name as its parts."""
        parts = [self.identifier()]
        while self.match("."):
            parts.append(self.identifier())
        return parts

    def string(self) -> str:
        """A string literal."""
        token = self.peek()
        if token is None or token.token_type != TokenType.STRING:
            raise self.refuse("a string")
        self.position += 1
        return token.text

    def number(self) -> int:
        """An integer literal."""
        token = self.peek()
        if token is None or token.token_type != TokenType.NUMBER or not token.text.isdigit():
            raise self.refuse("a number")
        self.position += 1
        return int(token.text)

    def names(self) -> list[str]:
        """A parenthesised list of names."""
        self.expect("(")
        found = [self.identifier()]
        while self.match(","):
            found.append(self.identifier())
        self.expect(")")
        return found

    def parenthesised(self) -> list[Token]:
        """The tokens between the parenthesis at hand and its partner."""
        self.expect("(")
        start, depth = self.position, 1
        while depth:
            depth += _OPENERS.get(self.next().token_type, 0)
        return list(self.tokens[start : self.position - 1])

    def rest(self) -> list[Token]:
        """Everything that is left, as sqlglot's tokenizer made it."""
        token = self.peek()
        self.position = len(self.tokens)
        return [] if token is None else [other for other in self._originals if other.start >= token.start]

    def text_of(self, tokens: Sequence[Token]) -> str:
        """The source text that a run of tokens was read from."""
        return self.sql[tokens[0].start : tokens[-1].end + 1] if tokens else ""


def _words(token: Token) -> list[Token]:
    """Sqlglot reads some pairs of words (PARTITION BY) as one token; a statement's grammar wants them apart."""
    if token.token_type in _NON_WORDS or " " not in token.text:
        return [token]
    return [Token(TokenType.VAR, word, token.line, token.col, token.start, token.end) for word in token.text.split()]


def split_commas(tokens: Sequence[Token]) -> list[list[Token]]:
    """Split a token run at its top-level commas."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += {"(": 1, ")": -1, "[": 1, "]": -1, "{": 1, "}": -1}.get(token.text, 0)
        if token.token_type == TokenType.COMMA and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts if parts != [[]] else []
