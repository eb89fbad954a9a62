"""Strings that reach into whatever builds a command, a path, a header or a query of them."""

from collections.abc import Iterator
from itertools import product
from urllib.parse import quote

_SQL = [
    "OR 1=1",
    "OR '1'='1",
    "AND 1=0",
    "UNION SELECT NULL",
    "UNION SELECT digest, name FROM api_keys",
    "UNION ALL SELECT version()",
    "; DROP TABLE interactions",
    "; SELECT pg_sleep(30)",
    "AND (SELECT pg_sleep(30)) IS NULL",
    "|| pg_sleep(30) ||",
    "; UPDATE feedback SET status='validated'",
    "; COPY api_keys TO PROGRAM 'true'",
    "AND CAST(version() AS int)=1",
    "AND 1=(SELECT COUNT(*) FROM pg_catalog.pg_user)",
    "ORDER BY 99",
    "LIMIT 0 OFFSET 10",
    "; SELECT lo_import('/etc/passwd')",
    "AND extractvalue(1, version())",
    "$$; DROP TABLE events; $$",
    "%(interaction_id)s :user_id ?",
]
_BEFORE = ["", "'", '"', "')", "1'", "\\'", "%27", "x' ", "\u02bc", "$1 "]
_AFTER = ["", "--", "/*"]
_PATHS = [
    "../../../../etc/passwd",
    "..\\..\\..\\windows\\win.ini",
    "....//....//etc/passwd",
    "/etc/passwd",
    "file:///etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "..%252f..%252fetc%252fpasswd",
    "..%c0%af..%c0%afetc%c0%afpasswd",
    "/proc/self/environ",
    "//evil.test/x",
    "\\\\evil.test\\share",
    "C:\\boot.ini",
    "~root/.ssh/id_rsa",
    "./.env",
    "a/../../b",
]
_LINES = [
    "x\r\nSet-Cookie: a=b",
    "x\nX-Evil: 1",
    "x\rX-Evil: 1",
    "x%0d%0aSet-Cookie:%20a=b",
    "x%0aX-Evil: 1",
    'x\u2028{"event":"request"}',
    'x"}\n{"event":"request","level":"info"}',
    "\x1b]0;title\x07",
    "\x1b[2J\x1b[1;1H",
    "x\x85y",
    "嘊嘍Set-Cookie: a=b",
]
_OTHERS = [
    "; cat /etc/passwd",
    "| id",
    "`id`",
    "$(id)",
    "&& id",
    "{{7*7}}",
    "${7*7}",
    "<%= 7*7 %>",
    "#{7*7}",
    "{0.__class__.__mro__}",
    "%(asctime)s %(message)s",
    "%n%n%n%s%s%s",
    "__import__('os').system('id')",
    "*)(uid=*))(|(uid=*",
    '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
    "${jndi:ldap://127.0.0.1:1/a}",
    '{"$gt": ""}',
    "' || '1'=='1",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    '=HYPERLINK("http://evil.test")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\u202egnp.exe",
    "a" * 3000,
]


def _combined() -> Iterator[str]:
    for before, core, after in product(_BEFORE, _SQL, _AFTER):
        yield f"{before}{core}{after}"
    yield from _PATHS
    yield from (quote(path, safe="") for path in _PATHS)
    yield from _LINES
    yield from _OTHERS


INJECTIONS = list(dict.fromkeys(_combined()))
