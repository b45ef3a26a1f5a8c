#!/usr/bin/env bash
# nbgrader 0.9.6: the exchange writes times that nbgrader itself reads as other times.
#
# With c.Exchange.timezone = "America/Sao_Paulo" a submission's timestamp.txt ends in "-03", the zone's own name in the
# tz database, and with "Asia/Tokyo" in "JST". nbgrader's parse_utc reads "-03" not as three hours and does not know
# "JST", so that a submission of 22:30 UTC is taken to be three hours earlier, or nine hours later.
# With "UTC", the default, all is well.
#
# Seen: UTC 22:30:00, America/Sao_Paulo 19:30:03, Asia/Tokyo 07:30:00 of the next day.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q nbgrader==0.9.6
"$work/venv/bin/python" - <<'PY'
import sys
from datetime import datetime, timezone
from unittest import mock

from nbgrader.exchange.abc import Exchange
from nbgrader.utils import parse_utc
from traitlets.config import Config

moment = datetime(2026, 11, 20, 22, 30, tzinfo=timezone.utc)
seen = {}
for zone in ("UTC", "America/Sao_Paulo", "Asia/Tokyo"):
    exchange = Exchange(config=Config({"Exchange": {"timezone": zone}}))
    clock = mock.Mock(wraps=datetime)
    clock.now = lambda tz=None: moment.astimezone(tz)
    with mock.patch("nbgrader.exchange.abc.exchange.datetime.datetime", clock):
        exchange.set_timestamp()
    seen[zone] = parse_utc(exchange.timestamp)
    print(f"{zone}: written {exchange.timestamp!r}, read as {seen[zone]} UTC")
right = moment.replace(tzinfo=None)
sys.exit(not (seen["UTC"] == right and all(seen[z] != right for z in seen if z != "UTC")))
PY
