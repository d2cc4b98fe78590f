"""The one door: two steps, nobody tells who exists, nobody locks another out, nothing typed is lost."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from axes.models import AccessAttempt
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.notifications.tasks import send_letters
from apps.organisations import lockout
from apps.organisations.models import AccountEvent, AccountLetter, Invitation, PersonSession, User
from apps.organisations.services.accounts.second_step import code_at
from apps.organisations.services.demo_parties import demo_secret
from tests.signing_in import by_password_alone
from tests.web.conftest import Site
from tests.web.typing_people import codes

PASSWORD = "example-only"
SIGN_IN = "/account/sign-in/"
AT = datetime(2026, 11, 23, 1, tzinfo=UTC)
HERE, THERE = "192.0.2.7", "198.51.100.9"


def type_password(client: Client, name: str, password: str = PASSWORD, address: str = HERE, **extra: str):
    return client.post(SIGN_IN, {"username": name, "password": password, **extra}, REMOTE_ADDR=address)


def type_code(client: Client, code: str, address: str = HERE):
    return client.post(reverse("web:sign_in_code"), {"code": code}, REMOTE_ADDR=address)


def code_of(username: str, *, steps: int = 0) -> str:
    return code_at(demo_secret(username), datetime.now(tz=UTC) + steps * timedelta(seconds=30))


def sentence(response) -> str:
    return re.search(r'role="alert"[^>]*>([^<]+)<', response.content.decode())[1]


# Two steps


def test_a_bureaus_handler_comes_in_by_password_and_code_and_nothing_less(site: Site) -> None:
    client = Client()
    assert type_password(client, "cq.handler").url == reverse("web:sign_in_code")
    assert client.get(reverse("web:worklist")).url.startswith(SIGN_IN)
    assert codes(type_code(client, "000000")) == {"second_step.wrong"}
    code = code_of("cq.handler")
    assert type_code(client, code).url == reverse("web:home")
    assert client.get(reverse("web:worklist")).status_code == 200
    other = Client()
    type_password(other, "cq.handler@example.invalid")
    assert codes(type_code(other, code)) == {"second_step.used"}


def test_a_code_without_a_password_or_long_after_it_leads_back(site: Site) -> None:
    client = Client()
    assert type_code(client, code_of("cq.handler")).url == SIGN_IN
    with time_machine.travel(AT, tick=False) as clock:
        type_password(client, "cq.handler")
        clock.shift(timedelta(minutes=11))
        assert type_code(client, code_of("cq.handler")).url == SIGN_IN
        type_password(client, "cq.handler")
        user = site.world.user("cq.handler")
        user.set_password("changed meanwhile")
        user.save()
        assert type_code(client, code_of("cq.handler")).url == SIGN_IN


@pytest.mark.parametrize("name", ["web:worklist", "admin:index", "web:account", "web:landing", "web:home"])
@pytest.mark.parametrize("username", ["cq.handler", "dazu.local", "admin", "auditor", "gz.whitelist_admin"])
def test_who_must_have_a_second_step_gets_no_further_than_enrolling_without_it(
    site: Site, username: str, name: str
) -> None:
    client = Client()
    by_password_alone(client, site.world.user(username))
    assert client.get(reverse(name)).url == reverse("web:enrol")
    assert client.post(reverse("web:sign_out")).status_code == 302


def test_an_enterprises_clerk_may_do_without(site: Site) -> None:
    client = Client()
    by_password_alone(client, site.world.user("dazu.filer"))
    assert client.get(reverse("web:own_applications")).status_code == 200


def test_a_fragment_is_sent_there_whole(site: Site) -> None:
    client = Client()
    by_password_alone(client, site.world.user("cq.handler"))
    answer = client.get(reverse("web:worklist"), headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, reverse("web:enrol"))


def test_the_guard_asks_the_database_nothing_of_who_took_the_step(site: Site) -> None:
    client, address = site.client("cq.handler"), reverse("web:account")
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        client.get(address)
    session = client.session
    assert not any("UPDATE" in query["sql"] for query in asked)
    assert sum("personsession" in query["sql"] and "session_key" in query["sql"] for query in asked) <= 2
    assert session["second_step"] == "totp"


@pytest.mark.parametrize("shown", [True, False])
def test_only_the_demo_shows_its_codes(site: Site, settings, shown: bool) -> None:
    settings.DEMO_CODES_SHOWN = shown
    client = Client()
    type_password(client, "sc.signatory")
    text = client.get(reverse("web:sign_in_code")).content.decode()
    assert ("demo-code" in text) is shown


def test_the_admin_has_no_door_of_its_own(site: Site) -> None:
    answer = Client().get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0] == f"{SIGN_IN}?next=%2Fadmin%2F"
    assert Client().post("/admin/login/", {"username": "admin", "password": PASSWORD}).status_code == 302
    barred = site.client("dazu.filer").get("/admin/", follow=True)
    assert barred.redirect_chain[-1][0] == reverse("web:home")


# Telling nobody who exists


def test_the_same_work_is_done_for_a_name_that_nobody_has(site: Site, monkeypatch) -> None:
    hashed: list[str] = []
    real = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *given: hashed.append("") or real(*given))
    work = []
    for name in ("dazu.viewer", "dazu.viewer@example.invalid", "nobody", "nobody@example.invalid"):
        hashed.clear()
        with CaptureQueriesContext(connection) as asked:
            answer = type_password(Client(), name, "wrong")
        work.append((len(hashed), len(asked), answer.status_code, sentence(answer)))
    assert len(set(work)) == 1, work
    assert work[0][0] == 1


def test_asking_for_a_new_password_is_answered_alike(site: Site) -> None:
    answers = []
    for address in ("dazu.filer@example.invalid", "nobody@example.invalid"):
        with CaptureQueriesContext(connection) as asked:
            answer = Client().post(reverse("web:ask_reset"), {"email": address})
        text = re.sub(r'value="[^"]{40,}"', "", answer.content.decode())
        answers.append((answer.status_code, [query["sql"].partition(' "s')[0][:60] for query in asked], text))
    assert answers[0] == answers[1]
    send_letters()
    assert [letter.to for letter in mail.outbox] == [["dazu.filer@example.invalid"]]


def test_a_letter_for_a_new_password_is_not_sent_without_end(site: Site) -> None:
    for _ in range(5):
        Client().post(reverse("web:ask_reset"), {"email": "dazu.filer@example.invalid"})
    assert AccountLetter.objects.filter(kind="reset").count() == 5
    send_letters()
    assert len(mail.outbox) == 3


def test_a_new_password_by_letter_once(site: Site) -> None:
    signed_in = site.client("dazu.filer")
    Client().post(reverse("web:ask_reset"), {"email": "DAZU.filer@example.invalid"})
    send_letters()
    link = re.search(r"https?://\S+", mail.outbox[0].body)[0].replace("http://127.0.0.1:8000", "")
    client = Client()
    assert client.get(link).status_code == 200
    for word, code in [("short", "password_too_short"), ("1234567890", "password_entirely_numeric")]:
        assert code in codes(client.post(link, {"password1": word, "password2": word}))
    assert "password.mismatch" in codes(client.post(link, {"password1": "a-new-word-26", "password2": "another-26"}))
    assert client.post(link, {"password1": "a-new-word-26", "password2": "a-new-word-26"}).url == SIGN_IN
    assert client.get(link).status_code == 410
    assert signed_in.get(reverse("web:home")).url.startswith(SIGN_IN)
    assert type_password(client, "dazu.filer", "a-new-word-26").url == reverse("web:home")


# Failing


def test_a_strangers_failures_lock_the_stranger_and_not_the_owner(site: Site) -> None:
    with time_machine.travel(AT, tick=False) as clock:
        for _ in range(5):
            assert codes(type_password(Client(), "dazu.filer", "guess", THERE)) == {"invalid_login"}
            clock.shift(timedelta(seconds=16))
        answer = type_password(Client(), "Dazu.Filer", PASSWORD, THERE)
        assert (answer.status_code, codes(answer)) == (429, {"locked"})
        assert "请 15 分钟后再试" in sentence(answer)
        assert type_password(Client(), "dazu.filer", PASSWORD, HERE).status_code == 302
        clock.shift(timedelta(minutes=15))
        assert type_password(Client(), "dazu.filer", PASSWORD, THERE).status_code == 302


def test_the_control_counted_by_name_alone_a_stranger_locks_the_owner_out(site: Site, monkeypatch) -> None:
    """What a count without the address would do; the same where a proxy's address stands for everybody's."""
    for where in ("apps.organisations.lockout", "apps.web.account.entering"):
        monkeypatch.setattr(f"{where}.client_address", lambda _: "192.0.2.1")
    with time_machine.travel(AT, tick=False) as clock:
        for _ in range(5):
            type_password(Client(), "dazu.filer", "guess", THERE)
            clock.shift(timedelta(seconds=16))
        assert type_password(Client(), "dazu.filer", PASSWORD, HERE).status_code == 429


def test_after_the_third_failure_there_is_a_pause(site: Site) -> None:
    with time_machine.travel(AT, tick=False) as clock:
        for _ in range(3):
            type_password(Client(), "dazu.filer", "guess")
        answer = type_password(Client(), "dazu.filer")
        assert (answer.status_code, "请 5 秒后再试" in sentence(answer)) == (429, True)
        clock.shift(timedelta(seconds=6))
        assert type_password(Client(), "dazu.filer").status_code == 302
        assert not AccessAttempt.objects.filter(username="dazu.filer").exists()


def test_wrong_codes_count_like_wrong_passwords(site: Site) -> None:
    with time_machine.travel(AT, tick=False) as clock:
        client = Client()
        type_password(client, "cq.handler")
        for _ in range(5):
            assert codes(type_code(client, "000000")) == {"second_step.wrong"}
            clock.shift(timedelta(seconds=16))
        assert type_code(client, code_of("cq.handler")).status_code == 429


def test_one_address_that_sprays_over_names_is_stopped_but_not_who_comes_in_there_every_day(site: Site) -> None:
    with time_machine.travel(AT, tick=False):
        daily = Client()
        assert type_password(daily, "dazu.filer").status_code == 302
        daily.post(reverse("web:sign_out"))
        for count in range(40):
            type_password(Client(), f"name{count}", "guess")
        assert type_password(Client(), "dazu.viewer").status_code == 429
        assert type_password(Client(), "dazu.viewer", address=THERE).status_code == 302
        assert type_password(daily, "dazu.filer").status_code == 302
        forged = Client()
        forged.cookies["known"] = '["dazu.viewer"]:nobody:signed'
        assert type_password(forged, "dazu.viewer").status_code == 429


@pytest.mark.parametrize(
    ("proxies", "header", "address"),
    [
        (0, "203.0.113.5", "192.0.2.1"),
        (1, "203.0.113.5", "203.0.113.5"),
        (1, "203.0.113.66, 203.0.113.5", "203.0.113.5"),
        (2, "6.6.6.6, 203.0.113.5, 10.0.0.1", "203.0.113.5"),
        (2, "203.0.113.5", "192.0.2.1"),
        (1, "nonsense", None),
    ],
)
def test_the_address_is_what_our_own_proxy_saw(settings, rf, proxies: int, header: str, address: str | None) -> None:
    settings.TRUSTED_PROXIES = proxies
    request = rf.get("/", headers={"X-Forwarded-For": header}, REMOTE_ADDR="192.0.2.1")
    assert lockout.client_address(request) == address


# Sessions


def test_a_session_ends_an_hour_after_the_last_use_and_twelve_after_the_first(site: Site) -> None:
    with time_machine.travel(AT, tick=False) as clock:
        client = site.client("dazu.filer")
        for _ in range(14):
            clock.shift(timedelta(minutes=50))
            assert client.get(reverse("web:account")).status_code == 200
        clock.shift(timedelta(minutes=50))
        assert client.get(reverse("web:account")).url.startswith(SIGN_IN)
        client = site.client("dazu.filer")
        clock.shift(timedelta(minutes=59))
        assert client.get(reverse("web:session_state")).json()["left"] == 60
        clock.shift(timedelta(seconds=61))
        assert client.get(reverse("web:session_state")).status_code == 401


def test_staying_is_a_click_and_what_a_page_asks_by_itself_is_none(site: Site) -> None:
    with time_machine.travel(AT, tick=False) as clock:
        client = site.client("dazu.filer")
        clock.shift(timedelta(minutes=56))
        assert client.get(reverse("web:session_state")).json()["left"] == 240
        assert client.post(reverse("web:session_state")).json()["left"] == 3600


def test_the_sessions_of_ones_own_and_ending_them(site: Site) -> None:
    here, there, third = (site.client("dazu.filer") for _ in range(3))
    text = here.get(reverse("web:account")).content.decode()
    assert text.count('name="mark"') == 2
    assert not any(client.session.session_key in text for client in (here, there, third))
    mark = re.search(r'name="mark" value="(\w+)"', text)[1]
    site.client("dazu.viewer").post(reverse("web:end_sessions"), {"mark": mark})
    assert PersonSession.objects.filter(user__username="dazu.filer").count() == 3
    here.post(reverse("web:end_sessions"), {"mark": mark})
    assert PersonSession.objects.filter(user__username="dazu.filer").count() == 2
    here.post(reverse("web:end_sessions"))
    assert here.get(reverse("web:home")).status_code == 200
    assert {there.get(reverse("web:home")).status_code, third.get(reverse("web:home")).status_code} == {302}


def test_a_new_password_ends_the_other_sessions(site: Site) -> None:
    here, there = site.client("dazu.filer"), site.client("dazu.filer")
    form = {"password": PASSWORD, "password1": "a-new-word-26", "password2": "a-new-word-26"}
    assert codes(here.post(reverse("web:change_password"), form | {"password": "wrong"})) == {"password.wrong"}
    assert here.post(reverse("web:change_password"), form).url == reverse("web:account")
    assert here.get(reverse("web:home")).status_code == 200
    assert there.get(reverse("web:home")).status_code == 302


def test_the_last_sign_in_is_told(site: Site) -> None:
    with time_machine.travel(AT, tick=False) as clock:
        type_password(Client(), "dazu.filer", address=THERE)
        clock.shift(timedelta(hours=1))
        client = Client()
        type_password(client, "dazu.filer")
        assert f"上次登录：2026-11-23 09:00，来自 {THERE}" in client.get(reverse("web:home")).content.decode()


def test_a_form_that_came_too_late_is_kept_for_its_owner_alone(site: Site) -> None:
    path, typed = reverse("web:deputies"), {"person": "5", "deputy": "7", "password": "secret"}
    with time_machine.travel(AT, tick=False) as clock:
        for second in ("cq.handler", "sc.handler"):
            client = site.client("cq.handler")
            clock.shift(timedelta(hours=2))
            assert client.post(path, typed).url.startswith(SIGN_IN)
            assert "没有丢失" in client.get(SIGN_IN).content.decode()
            type_password(client, second)
            goes_to = type_code(client, code_of(second)).url
            if second != "cq.handler":
                assert goes_to == reverse("web:home")
                assert client.get(reverse("web:resume")).url == reverse("web:home")
                break
            assert goes_to == reverse("web:resume")
            text = client.get(goes_to).content.decode()
            assert f'action="{path}"' in text
            assert '<input type="hidden" name="deputy" value="7">' in text
            assert "secret" not in text
            client.post(path, typed)
            assert client.get(reverse("web:resume")).url == reverse("web:home")


# Administrators


def test_inviting_sending_again_and_taking_back(site: Site) -> None:
    admin = site.client("admin")
    typed = {
        "username": "cq.new",
        "display_name": "新来人",
        "email": "new@example.invalid",
        "role": "handler",
        "bureau": site.world.parties.bureaus["CQ"].pk,
        "valid_from": "2026-01-05",
    }
    address = reverse("web:invitations")
    assert codes(admin.post(address, typed | {"bureau": ""})) == {"membership.party"}
    assert codes(admin.post(address, typed | {"username": "DAZU.filer"})) == {"invitation.name"}
    assert codes(admin.post(address, typed | {"email": "dazu.Filer@example.invalid"})) == {"invitation.address"}
    assert admin.post(address, typed).status_code == 302
    assert codes(admin.post(address, typed | {"username": "cq.other"})) == {"invitation.address"}
    send_letters()
    first = re.search(r"/account/invitation/\S+", mail.outbox[-1].body)[0]
    assert Client().get(first).status_code == 200
    made = Invitation.objects.get()
    admin.post(address, {"again": made.pk})
    send_letters()
    second = re.search(r"/account/invitation/\S+", mail.outbox[-1].body)[0]
    assert (Client().get(first).status_code, Client().get(second).status_code) == (410, 200)
    with time_machine.travel(datetime.now(tz=UTC) + timedelta(days=8)):
        assert Client().get(second).status_code == 410
    word = {"password1": "a-new-word-26", "password2": "a-new-word-26"}
    newcomer = Client()
    assert newcomer.post(second, word).url == reverse("web:home")
    assert newcomer.get(reverse("web:home")).url == reverse("web:enrol")
    assert Client().post(second, word).status_code == 410
    assert User.objects.get(username="cq.new").memberships.get().role == "handler"
    admin.post(address, typed | {"username": "cq.third", "email": "third@example.invalid"})
    third = Invitation.objects.get(username="cq.third")
    admin.post(address, {"revoke": third.pk})
    assert Invitation.objects.get(pk=third.pk).revoked_at is not None


def test_an_administrator_closes_an_account_with_a_reason(site: Site) -> None:
    admin, person = site.client("admin"), site.client("dazu.filer")
    address = reverse("web:account_of", args=[site.world.user("dazu.filer").pk])
    assert admin.post(address, {"deed": "close", "reason": ""}).status_code == 422
    assert admin.post(address, {"deed": "close", "reason": "离职"}).status_code == 302
    assert person.get(reverse("web:home")).url.startswith(SIGN_IN)
    assert codes(type_password(Client(), "dazu.filer")) == {"invalid_login"}
    assert AccountEvent.objects.filter(user__username="dazu.filer").first().reason == "离职"
    assert admin.post(address, {"deed": "reopen", "reason": "返聘"}).status_code == 302
    assert type_password(Client(), "dazu.filer").status_code == 302


def test_the_list_of_accounts_does_not_ask_per_row(site: Site) -> None:
    admin = site.client("admin")
    counts = []
    for wanted in ("dazu.filer", "r"):
        admin.get(reverse("web:accounts"), {"q": wanted})
        with CaptureQueriesContext(connection) as asked:
            admin.get(reverse("web:accounts"), {"q": wanted})
        counts.append(len(asked))
    assert counts[0] == counts[1]
