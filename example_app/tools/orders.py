"""Orders of the shop, in SQLite: looking one up, asking for a refund."""

import sqlite3
import threading
import tomllib
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import Field

from example_app.tools.tool import Arguments, Tool, ToolError

_SCHEMA = """
create table orders (
  order_id text primary key, status text not null, item text not null, carrier text,
  tracking_number text, estimated_delivery text, amount_usd real not null
);
create table refunds (refund_id text primary key, order_id text unique not null, reason text);
"""
_COLUMNS = "order_id, status, item, carrier, tracking_number, estimated_delivery, amount_usd"


def _dated(row: dict[str, Any]) -> dict[str, Any]:
    """Turn a distance in days into a date, so that the demo's parcels are never years late."""
    days = row.get("delivery_in_days")
    if days is None:
        return row
    return {**row, "estimated_delivery": str(datetime.now(UTC).date() + timedelta(days=days))}


class LookupOrder(Arguments):
    """Which order."""

    order_id: str = Field(description="The order number, such as 1042", max_length=20)


class RequestRefund(Arguments):
    """Which order is to be paid back, and why."""

    order_id: str = Field(description="The order number", max_length=20)
    reason: str = Field(default="not given", description="Why", max_length=500)


class Orders:
    """The shop's orders.

    Args:
        file: TOML with the orders to begin with.
    """

    def __init__(self, file: Path) -> None:
        self._lock = threading.Lock()
        self._database = sqlite3.connect(":memory:", check_same_thread=False)
        self._database.row_factory = sqlite3.Row
        self._database.executescript(_SCHEMA)
        rows = [_dated(row) for row in tomllib.loads(file.read_text("utf-8"))["order"]]
        columns = _COLUMNS.split(", ")
        marks = ", ".join("?" * len(columns))
        self._database.executemany(
            f"insert into orders ({_COLUMNS}) values ({marks})",  # noqa: S608 -- constants
            [[row.get(column) for column in columns] for row in rows],
        )

    def tools(self) -> list[Tool]:
        """Return the tools that work on orders."""
        return [
            Tool(
                "lookup_order",
                "Status and delivery of an order.",
                LookupOrder,
                self.look_up,
                remembers="order_id",
            ),
            Tool(
                "request_refund",
                "File a refund request.",
                RequestRefund,
                self.refund,
                changes_state=True,
                remembers="order_id",
            ),
        ]

    def look_up(self, wanted: LookupOrder) -> dict[str, Any]:
        """Return what is known of an order."""
        with self._lock:
            row = self._database.execute(
                f"select {_COLUMNS} from orders where order_id = ?",  # noqa: S608 -- constants
                (wanted.order_id,),
            ).fetchone()
        if row is None:
            return {"order_id": wanted.order_id, "error": "there is no order of that number"}
        found = {key: row[key] for key in row.keys() if row[key] is not None}  # noqa: SIM118
        found["amount"] = f"${found.pop('amount_usd'):.2f}"
        return found

    def refund(self, wanted: RequestRefund) -> dict[str, Any]:
        """File a refund; filing it again gives the same number."""
        order = self.look_up(LookupOrder(order_id=wanted.order_id))
        if "error" in order:
            raise ToolError("unknown_order", order["error"])
        with self._lock, self._database:
            self._database.execute(
                "insert or ignore into refunds values (?, ?, ?)",
                (f"R-{uuid.uuid4().hex[:8]}", wanted.order_id, wanted.reason),
            )
            (number,) = self._database.execute(
                "select refund_id from refunds where order_id = ?", (wanted.order_id,)
            ).fetchone()
        return {
            "order_id": wanted.order_id,
            "status": "received",
            "refund_id": number,
            "amount": order["amount"],
        }
