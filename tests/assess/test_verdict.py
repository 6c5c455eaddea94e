"""What a finding says of whole devices: re-brands, proxies, pages, switches, honeypots, gaps."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.assess.assessment import assess
from scanner.model import (
    Finding,
    Host,
    Observation,
    ProbeResult,
    ProbeStatus,
    Record,
    Verdict,
)
from tests.assess.world import (
    ANNKE_MAC,
    AXIS_MAC,
    DELL_MAC,
    HIKVISION_MAC,
    HUAWEI_MAC,
    I_PRO_MAC,
    IP,
    KNOWLEDGE,
    LOCAL_MAC,
    RUN,
    TODAY,
    UNKNOWN_MAC,
    host,
    ids,
    judge,
    report,
    result,
    web,
    whole,
)

LISTED, REVIEW = Verdict.LISTED, Verdict.REVIEW
NOT_LISTED, UNDETERMINED = Verdict.NOT_LISTED, Verdict.UNDETERMINED

RTSP_DAHUA = result("rtsp", 554, rtsp_www_authenticate='Digest realm="Login to ND0219"')
SSH_PC = result("greeting", 22, ssh_banner="SSH-2.0-OpenSSH_9.6 Ubuntu")
SWITCH = result("snmp", 161, snmp_sysdescr="8-port Gigabit Switch")


def words(device: Finding) -> str:
    return " ".join((*device.reasons, *device.contradictions))


DEVICES: dict[str, tuple[tuple[Record, ...], Verdict, str | None, str | None]] = {
    # name: what was seen, verdict, maker shown, brand shown
    "camera of a listed maker": (
        (host(HIKVISION_MAC), *web(http_server="App-webs/")), LISTED, "hikvision", None,
    ),
    "the same without a known address": (
        (host(UNKNOWN_MAC), *web(http_server="App-webs/")), LISTED, "hikvision", None,
    ),
    "two hints of two families": (
        (host(HIKVISION_MAC), *web(http_title="Hikvision IPC")), LISTED, "hikvision", None,
    ),
    "address block alone": ((host(HIKVISION_MAC),), REVIEW, "hikvision", None),
    "made-up address that looks listed": ((host(LOCAL_MAC),), UNDETERMINED, None, None),
    "Lorex label, Dahua realm": (
        (*web(http_title="Lorex"), RTSP_DAHUA), LISTED, "dahua", "lorex",
    ),
    "Lorex that says so in the Dahua protocol": (
        (result("dhip", dhip_vendor="Lorex"),), LISTED, "dahua", "lorex",
    ),
    "unbranded Dahua": ((result("dhip", dhip_vendor="General"),), LISTED, "dahua", None),
    "Lorex label, nothing else": (web(http_title="Lorex"), REVIEW, None, "lorex"),
    "Annke label on a Hikvision server": (
        (host(ANNKE_MAC), *web(http_title="ANNKE", http_server="App-webs/")),
        LISTED, "hikvision", "annke",
    ),
    "Annke label, nothing else": (web(http_title="ANNKE"), REVIEW, None, "annke"),
    "Annke address block, nothing else": ((host(ANNKE_MAC),), REVIEW, None, "annke"),
    "Luminys label, nothing else": (web(http_title="Luminys"), REVIEW, None, "luminys"),
    "Luminys label on a Dahua realm": (
        (*web(http_title="Luminys"), RTSP_DAHUA), LISTED, "dahua", "luminys",
    ),
    "Annke label, Axis inside": (
        (*web(http_title="ANNKE"), result("tls", 443, tls_subject="O=Axis")),
        NOT_LISTED, "axis", "annke",
    ),
    "own brand of a listed maker": (web(http_title="HiLook"), LISTED, None, "hilook"),
    "subsidiary of a listed maker": (web(http_title="EZVIZ"), LISTED, "ezviz", None),
    "subsidiary's label on the owner's firmware": (
        (*web(http_title="EZVIZ"), result("rtsp", 554, rtsp_server="Hik")),
        LISTED, "hikvision", "ezviz",
    ),
    "subsidiary's label on the owner's characteristic firmware": (
        web(http_title="EZVIZ", http_server="App-webs/"), LISTED, "hikvision", "ezviz",
    ),
    "address block of a maker that also sells re-brands": (
        (host(I_PRO_MAC),), REVIEW, None, "i-pro",
    ),
    "own brand of a listed maker, Axis inside": (
        (*web(http_title="HiLook"), result("tls", 443, tls_subject="O=Axis")),
        REVIEW, "axis", "hilook",
    ),
    "rumoured re-brand": (web(http_title="Q-See"), REVIEW, None, "q-see"),
    "brand whose maker nobody entered": (web(http_title="Reolink"), UNDETERMINED, None, "reolink"),
    "maker on no list that also sells re-brands": (
        web(http_server="i-PRO"), NOT_LISTED, "i-pro", None,
    ),
    "router of a listed maker of routers": (
        (*web(http_title="HG8245"), SWITCH), LISTED, "huawei", None,
    ),
    "camera of a maker on no list": (
        (host(AXIS_MAC), *web(http_server="Axis")), NOT_LISTED, "axis", None,
    ),
    "address block of a camera maker on no list": ((host(AXIS_MAC),), REVIEW, "axis", None),
    "address block of a PC maker": ((host(DELL_MAC),), UNDETERMINED, "dell", None),
    "nothing known": (web(http_server="nginx"), UNDETERMINED, None, None),
    "removed from the list": (web(http_title="旷视"), NOT_LISTED, "megvii", None),
    "PC with a page about Hikvision": (
        (host(DELL_MAC), *web(http_body="About Hikvision Digital Technology"), SSH_PC),
        REVIEW, "hikvision", None,
    ),
    "the same PC behind a router": (
        (*web(http_body="About Hikvision Digital Technology"), SSH_PC), REVIEW, "hikvision", None,
    ),
    "PC with Hikvision in a title": (
        (host(DELL_MAC), *web(http_title="Hikvision price list"), SSH_PC), REVIEW, None, None,
    ),
    "proxy in front of a Hikvision camera": (
        (host(DELL_MAC), *web(http_server="App-webs/")), REVIEW, "hikvision", None,
    ),
    "hobbyist's ONVIF server that claims a name": (
        (host(DELL_MAC), result("onvif", 80, onvif_manufacturer="HIKVISION")),
        REVIEW, "hikvision", None,
    ),
    "two kinds of evidence outweigh a foreign address": (
        (
            host(DELL_MAC), *web(http_server="App-webs/"),
            result("onvif", 80, onvif_manufacturer="HIKVISION"),
        ),
        LISTED, "hikvision", None,
    ),
    "switch in a Hikvision block": ((host(HIKVISION_MAC), SWITCH), REVIEW, "hikvision", None),
    "PC with a Huawei network card": ((host(HUAWEI_MAC), SSH_PC), REVIEW, "huawei", None),
    "Dell server with a Huawei network card": (
        (host(HUAWEI_MAC), *web(http_title="iDRAC 9")), REVIEW, "dell", None,
    ),
    "Axis camera that mentions Hikvision": (
        (host(AXIS_MAC), *web(http_server="Axis", http_title="Hikvision replacement")),
        NOT_LISTED, "axis", None,
    ),
    "two makers claimed equally": (
        (*web(http_server="App-webs/"), result("http", 8080, http_server="Axis")),
        REVIEW, None, None,
    ),
    "two makers on no list claimed equally": (
        (*web(http_server="Axis"), result("http", 8080, http_title="iDRAC")), REVIEW, None, None,
    ),
    "honeypot in nobody's block": (
        (
            result("ports", tcp_accepts_all="yes"),
            *web(http_server="App-webs/"),
            result("onvif", 80, onvif_manufacturer="HIKVISION"),
        ),
        UNDETERMINED, None, None,
    ),
    "honeypot in a Hikvision block": (
        (host(HIKVISION_MAC), result("ports", tcp_accepts_all="yes"), *web(http_server="Axis")),
        REVIEW, "hikvision", None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DEVICES)
def test_devices(name: str) -> None:
    seen, verdict, maker, brand = DEVICES[name]
    device = judge(*seen)
    assert device.verdict is verdict, words(device)
    assert (device.maker.value if device.maker else None) == maker
    assert (device.brand.value if device.brand else None) == brand
    assert device.reasons
    assert bool(device.listings) or verdict is not LISTED


@pytest.mark.parametrize("name", DEVICES)
def test_only_listed_and_doubted_devices_carry_listings(name: str) -> None:
    device = judge(*DEVICES[name][0])
    assert not device.listings or device.verdict in (LISTED, REVIEW)


@pytest.mark.parametrize("name", DEVICES)
def test_no_sentence_passes_judgement(name: str) -> None:
    device = judge(*DEVICES[name][0])
    said = words(device).lower() + " ".join(m.path for m in device.listings).lower()
    assert not [w for w in ("illegal", "banned", "compliant", "certified") if w in said]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("camera of a listed maker", ["Hikvision", "App-webs/", "http-hikvision"]),
        ("address block alone", ["44:19:b6:00:00:01", "rule oui", "us-ndaa-889", "label"]),
        ("Lorex label, nothing else", ["Lorex", "built by Dahua", "Ask the supplier", "us-ndaa"]),
        ("Luminys label, nothing else", ["belonged to Dahua until 2024-01-31", "Ask the supplier"]),
        ("Annke address block, nothing else", ["Annke is joined to Hikvision, which is on us-bis"]),
        (
            "PC with a page about Hikvision",
            ["registered to Dell", "a page about one", "ssh.banner"],
        ),
        (
            "switch in a Hikvision block",
            ["registered to Hikvision", "seems to be of the class network"],
        ),
        ("Dell server with a Huawei network card", ["Huawei", "made by Dell", "network card"]),
        ("two makers claimed equally", ["Hikvision", "Axis", "neither is taken"]),
        ("own brand of a listed maker, Axis inside", ["label says HiLook", "names Axis"]),
        ("honeypot in a Hikvision block", ["every port", "is believed"]),
        ("made-up address that looks listed", ["locally administered"]),
        ("camera of a maker on no list", ["None of the 3 lists used holds Axis on 2026-11-23"]),
        ("brand whose maker nobody entered", ["nothing seen shows who built the unit"]),
        ("nothing known", ["Nothing seen names a maker."]),
    ],
)
def test_reasons_name_the_evidence_and_what_would_settle_it(name: str, parts: list[str]) -> None:
    said = words(judge(*DEVICES[name][0]))
    for part in parts:
        assert part in said


def test_each_family_is_quoted_by_its_strongest_evidence_and_shortly() -> None:
    page = "Hikvision Digital Technology " + "x" * 400
    basis, *_ = judge(*web(http_title="Hikvision", http_body=page)).reasons
    assert basis.startswith(
        "Maker Hikvision: recognised by http.body “Hikvision Digital Technology xxx"
    )
    assert basis.endswith("x…” (rule http-hikvision-page).")
    assert len(basis) < 160


def test_a_maker_that_sells_under_its_own_name_is_explained_once() -> None:
    device = judge(*web(http_title="DahuaOwn"))
    assert device.maker
    assert device.brand
    assert [r.split(":")[0] for r in device.reasons] == ["Maker Dahua"]


def test_a_mark_seen_on_many_ports_is_shown_with_the_lowest() -> None:
    ports = (8080, 80, 443)
    device = judge(*(result("http", port, http_server="Axis") for port in ports))
    assert [e.port for e in device.evidence] == [80]


def test_only_so_many_addresses_and_names_of_one_host_are_kept() -> None:
    names = (Host(IP, hostname=f"{i}-{'x' * 1000}", seen_by=(f"{i}",)) for i in range(99))
    device = judge(*names)
    assert len(device.seen_by) == 32
    assert len(device.hostname or "") == 255


def test_a_honeypot_keeps_no_evidence_but_its_address() -> None:
    device = judge(*DEVICES["honeypot in a Hikvision block"][0])
    assert [e.rule for e in device.evidence] == ["oui"]


@pytest.mark.parametrize(
    ("as_of", "verdict"),
    [
        (date(2023, 6, 1), NOT_LISTED),
        (date(2024, 6, 1), LISTED),
        (date(2025, 1, 7), NOT_LISTED),
        (TODAY, NOT_LISTED),
    ],
)
def test_the_date_decides_before_during_and_after_a_listing(as_of: date, verdict: Verdict) -> None:
    assert judge(*web(http_title="旷视"), as_of=as_of).verdict is verdict


@pytest.mark.parametrize(
    ("as_of", "verdict"), [(date(2021, 1, 1), LISTED), (date(2023, 1, 1), REVIEW)]
)
def test_a_label_of_a_sold_business_is_judged_by_the_date(as_of: date, verdict: Verdict) -> None:
    assert judge(*web(http_title="Lorex"), as_of=as_of).verdict is verdict


SETTLED_PORT = {ProbeStatus.OK, ProbeStatus.REFUSED}
OPEN_QUESTION = {
    ProbeStatus.TIMEOUT,
    ProbeStatus.UNREACHABLE,
    ProbeStatus.SKIPPED,
    ProbeStatus.BUG,
    ProbeStatus.NOT_PERMITTED,
}
AXIS = (host(AXIS_MAC), *web(http_server="Axis"))
HIKVISION = (host(HIKVISION_MAC), *web(http_server="App-webs/"))
QUIET = (host(AXIS_MAC),)


@pytest.mark.parametrize("status", ProbeStatus)
def test_every_port_has_to_be_settled_for_not_listed(status: ProbeStatus) -> None:
    device = judge(*AXIS, result("tcp", 443, status))
    assert device.verdict is (NOT_LISTED if status in SETTLED_PORT else UNDETERMINED)
    assert bool(device.incomplete) is (status not in SETTLED_PORT)


@pytest.mark.parametrize("probe", ["http", "tls", "rtsp", "a-probe-of-tomorrow"])
@pytest.mark.parametrize("status", ProbeStatus)
def test_the_question_behind_an_open_port_has_to_be_answered(
    probe: str, status: ProbeStatus
) -> None:
    device = judge(*AXIS, result("tcp", 554), result(probe, 554, status))
    assert device.verdict is (UNDETERMINED if status in OPEN_QUESTION else NOT_LISTED)
    if status in OPEN_QUESTION:
        assert device.incomplete == (f"{probe} ended as {status.value} on port 554",)
        assert f"{probe} ended as" in words(device)


@pytest.mark.parametrize("status", sorted(OPEN_QUESTION))
def test_nothing_is_asked_of_a_port_that_is_not_open(status: ProbeStatus) -> None:
    assert judge(*AXIS, result("canary", 61789, status)).verdict is NOT_LISTED


@pytest.mark.parametrize("probe", ["wsd", "greeting", "favicon", "isapi", "dahua", "onvif"])
@pytest.mark.parametrize("status", ProbeStatus)
def test_some_questions_may_stay_without_an_answer(probe: str, status: ProbeStatus) -> None:
    assert judge(*AXIS, result("tcp", 23), result(probe, 23, status)).verdict is NOT_LISTED


@pytest.mark.parametrize("status", ProbeStatus)
@pytest.mark.parametrize("probe", ["tcp", "http", "onvif", "canary"])
def test_no_status_makes_or_unmakes_a_listed_device(probe: str, status: ProbeStatus) -> None:
    assert judge(*HIKVISION, result(probe, 81, status)).verdict is LISTED
    assert judge(result(probe, 81, status)).verdict is UNDETERMINED
    assert judge(result(probe, 81, status)).maker is None


def test_within_a_run_an_answer_stands_and_a_later_run_counts_for_an_earlier_one() -> None:
    silent, answered = result("tcp", 443, ProbeStatus.TIMEOUT), result("tcp", 443)
    assert judge(*AXIS, silent, answered).verdict is NOT_LISTED
    assert judge(*AXIS, answered, silent).verdict is NOT_LISTED
    later = replace(RUN, run="run-2", started="2026-11-24T10:00:00Z")
    cleared, open_ = (RUN, *AXIS, answered), (later, silent)
    assert report(*cleared, *open_).devices[0].incomplete[0] == "tcp ended as timeout on port 443"
    old, new = (RUN, *AXIS, silent), (later, answered, *AXIS)
    assert not any("443" in gap for gap in report(*old, *new).devices[0].incomplete)


def test_gaps_are_told_shortly_even_for_every_port() -> None:
    silent = (result("tcp", port, ProbeStatus.TIMEOUT) for port in range(1, 2000))
    (gap,) = judge(*AXIS, *silent).incomplete
    assert gap.startswith("tcp ended as timeout on ports 1, 2, 3,")
    assert gap.endswith(" and 1974 more")


def test_without_any_list_nobody_is_cleared() -> None:
    (device,) = assess(whole(*AXIS), replace(KNOWLEDGE, lists=()), TODAY).devices
    assert device.verdict is UNDETERMINED


def test_a_finding_carries_what_is_known_of_the_device() -> None:
    device = judge(
        Host(IP, HIKVISION_MAC, ("wsd", "arp"), "2026-11-23T09:00:00Z", "cam-1"),
        *web(http_server="App-webs/"),
        result("onvif", 80, onvif_model="DS-2CD2385G1-I"),
        result("tcp", 554),
    )
    assert (device.ip, device.mac, device.hostname, device.site) == (
        IP, HIKVISION_MAC, "cam-1", "hq-1",
    )  # fmt: skip
    assert device.product_class == "camera"
    assert (device.maker_name, device.brand_name) == ("Hikvision", "")
    assert device.registered_to == "Hangzhou Hikvision Digital Technology"
    assert (device.model, device.firmware, device.serial) == ("DS-2CD2385G1-I", "", "")
    assert device.open_ports == (80, 554)
    assert device.seen_by == ("arp", "wsd")
    assert (device.first_seen, device.last_seen) == (
        "2026-11-23T09:00:00Z", "2026-11-23T10:00:00Z",
    )  # fmt: skip
    assert [e.attribute for e in device.evidence] == ["maker", "maker", "product_class", "model"]
    assert ids(device.listings)[0] == "us-bis-entity-list: hikvision"


def test_the_class_falls_back_to_what_the_identified_maker_usually_makes() -> None:
    assert judge(*web(http_title="旷视")).product_class == "access-terminal"
    assert judge(*QUIET).product_class == "unknown"


def test_a_class_torn_between_camera_and_computer_is_unknown() -> None:
    assert judge(*DEVICES["PC with a page about Hikvision"][0]).product_class == "unknown"


FIELDS = sorted({rule.field for rule in KNOWLEDGE.rules} | {"tcp.open", "mac.address", "x.y"})
HOSTILE = st.builds(
    ProbeResult,
    ip=st.just(IP),
    probe=st.text(max_size=8),
    status=st.sampled_from(ProbeStatus),
    port=st.none() | st.integers(0, 65535),
    started=st.none() | st.text(max_size=30),
    observations=st.lists(
        st.builds(Observation, st.sampled_from(FIELDS), st.text(max_size=300)), max_size=6
    ).map(tuple),
)


@given(st.lists(HOSTILE, max_size=6), st.text(max_size=40), st.text(max_size=40))
def test_hostile_values_never_break_the_assessment(
    results: list[ProbeResult], mac: str, name: str
) -> None:
    device = judge(Host(IP, mac, (name,), name, name), *results)
    assert all(len(e.value) <= 200 for e in device.evidence)
    assert all(0 <= port < 65536 for port in device.open_ports)
    assert len(device.model) <= 128


def test_a_device_that_talks_without_end_is_cut_off_and_says_so() -> None:
    results = (result("onvif", 80, onvif_model=f"model {i}") for i in range(2000))
    device = judge(*HIKVISION, *results)
    assert len(device.evidence) <= 500
    assert device.verdict is LISTED
    assert "more different things" in words(device)
