"""What a user of PyPI td-client does with a workspace; reads its address and key as JSON from standard input, and
prints what the client gave back, step by step, as JSON."""

import gzip
import io
import json
import sys
import time

import msgpack
import tdclient
from tdclient.errors import AlreadyExistsError, ForbiddenError, NotFoundError

given = json.load(sys.stdin)
steps = {}


def raised(work):
    try:
        work()
    except (AlreadyExistsError, ForbiddenError, NotFoundError) as error:
        return type(error).__name__
    return None


def packed(records):
    body = io.BytesIO()
    with gzip.GzipFile(fileobj=body, mode="wb") as file:
        for record in records:
            file.write(msgpack.packb(record))
    return body.getvalue()


with tdclient.Client(apikey=given["key"], endpoint=given["url"]) as client:
    steps["status"] = client.server_status()
    client.create_database("py_db")
    client.create_log_table("py_db", "clicks")
    steps["again"] = raised(lambda: client.create_database("py_db"))
    steps["missing"] = raised(lambda: client.create_log_table("no_db", "clicks"))
    start = 1_700_000_000
    body = packed({"time": start + n, "n": n, "name": f"ü{n}", "half": n / 2} for n in range(given["rows"]))
    for _ in range(2):
        steps["elapsed"] = client.import_data("py_db", "clicks", "msgpack.gz", body, len(body), unique_id="chunk/1")
    client.import_file("py_db", "clicks", "csv", io.BytesIO(b"time,n,name\n1700000000,-1,last\n"))

    job = client.query("py_db", "select count(*) as c, sum(n) as s, min(name) as m from clicks", type="presto")
    job.wait(timeout=120, wait_interval=0.1)
    steps["jobStatus"] = job.status()
    steps["result"] = list(job.result())
    steps["schema"] = job.result_schema
    rows = client.query("py_db", "select n, half from clicks where n < 3 order by n", type="trino")
    rows.wait(timeout=120, wait_interval=0.1)
    steps["json"] = list(rows.result_format("json"))
    steps["downloaded"] = list(client.api.job_result_format_each(rows.id, "msgpack", store_tmpfile=True))
    steps["jobs"] = [each.status() for each in client.jobs()]
    wrong = client.query("py_db", "select * from nowhere", type="presto")
    wrong.wait(timeout=120, wait_interval=0.1)
    steps["wrong"] = [wrong.status(), wrong.debug["stderr"]]

    steps["databases"] = [database.name for database in client.databases()]
    steps["tables"] = [[table.name, table.count, table.schema] for table in client.tables("py_db")]
    steps["tail"] = client.tail("py_db", "clicks", 2)
    steps["killed"] = client.kill(job.id)
    client.delete_table("py_db", "clicks")
    steps["tablesLeft"] = [table.name for table in client.tables("py_db")]
    client.delete_database("py_db")
    steps["deleted"] = raised(lambda: client.tables("py_db"))

with tdclient.Client(apikey=given["writeOnlyKey"], endpoint=given["url"]) as client:
    steps["writeOnly"] = raised(client.databases)

json.dump(steps, sys.stdout)
