"""What a user of PyPI marketorestpython does with a workspace; reads its address and credentials as JSON from
standard input, and prints what the client gave back, step by step, as JSON."""

import json
import sys
import time

from marketorestpython.client import MarketoClient

given = json.load(sys.stdin)
client = MarketoClient(given["munchkinId"], given["clientId"], given["clientSecret"], max_retry_time=5)
client.host = given["host"]


def step(method, **arguments):
    return client.execute(method=method, **arguments)


steps = {}
if given["scenario"] == "prepare":
    steps["type"] = step("create_update_custom_object_type", apiName="boat_c", displayName="Boat", action="createOnly")
    steps["fields"] = step(
        "add_field_custom_object_type",
        apiName="boat_c",
        fields=[
            {"name": "hull", "displayName": "Hull", "dataType": "string", "isDedupeField": True},
            {
                "name": "owner",
                "displayName": "Owner",
                "dataType": "link",
                "relatedTo": {"name": "lead", "field": "email"},
            },
            {"name": "length", "displayName": "Length", "dataType": "float"},
        ],
    )
    steps["approved"] = step("approve_custom_object_type", apiName="boat_c")
    steps["types"] = step("get_list_of_custom_object_types")
    steps["describedType"] = step("describe_custom_object_type", apiName="boat_c")
    steps["describedLead"] = step("describe")
elif given["scenario"] == "read":
    steps["leads"] = step(
        "get_multiple_leads_by_filter_type",
        filterType="email",
        filterValues=["dora@clients.example", "emil@clients.example"],
        fields=["email", "firstName"],
    )
    steps["lead"] = step("get_lead_by_id", id=steps["leads"][0]["id"], fields=["email"])
    steps["sync"] = step(
        "create_update_leads",
        leads=[{"email": "finn@clients.example"}, {"email": "bademail"}],
        lookupField="email",
    )
    steps["boats"] = step(
        "get_custom_objects",
        name="boat_c",
        filterType="dedupeFields",
        input=[{"hull": "H1"}, {"hull": "H2"}],
        fields=["hull", "owner", "length"],
    )
    steps["syncBoats"] = step(
        "create_update_custom_objects",
        name="boat_c",
        input=[{"hull": "H3", "owner": "dora@clients.example"}, {"hull": "H4", "owner": "nobody@clients.example"}],
        action="createOrUpdate",
        dedupeBy="dedupeFields",
    )
    steps["describedBoat"] = step("describe_custom_object", name="boat_c")
    steps["usage"] = step("get_daily_usage")
    steps["errors"] = step("get_daily_errors")
    steps["deletedBoats"] = step("delete_custom_objects", name="boat_c", input=[{"hull": "H1"}], deleteBy="dedupeFields")
    steps["deleted"] = step("delete_lead", id=[lead["id"] for lead in steps["leads"]])
    steps["left"] = step(
        "get_multiple_leads_by_filter_type",
        filterType="email",
        filterValues=["dora@clients.example", "emil@clients.example"],
    )
elif given["scenario"] == "renew":
    steps["first"] = step("get_lead_partitions")
    token = client.token
    # The server was started with tokens of a second.
    time.sleep(1.2)
    steps["renewed"] = step("get_lead_partitions")
    steps["isAnother"] = client.token != token

json.dump(steps, sys.stdout)
