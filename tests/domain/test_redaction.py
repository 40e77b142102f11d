"""What must be taken out of a text before it is stored, and what must stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.redaction import FindingKind, redact, without_marks

GONE = [
    ("the password is Kestrel-42-Moss, then press Enter", "Kestrel-42-Moss", FindingKind.PASSWORD),
    ("pw: hunter2", "hunter2", FindingKind.PASSWORD),
    ("Passwort: Sommer2024!", "Sommer2024", FindingKind.PASSWORD),
    ("Das Kennwort lautet Winter-99x", "Winter-99x", FindingKind.PASSWORD),
    ("le mot de passe est Soleil2024", "Soleil2024", FindingKind.PASSWORD),
    ("la contraseña es Madrid#88", "Madrid#88", FindingKind.PASSWORD),
    ("log in with admin / Welcome1!", "Welcome1", FindingKind.PASSWORD),
    ("Larch-Kettle-88 is the portal password", "Larch-Kettle-88", FindingKind.PASSWORD),
    ("new password for the portal is `Larch-Kettle-88`", "Larch-Kettle-88", FindingKind.PASSWORD),
    ("the pin is 4821", "4821", FindingKind.PASSWORD),
    ("https://bob:pa55word@files.example.com/x", "pa55word", FindingKind.PASSWORD),
    ("token tbk_7Qm2vX9pLr4sWz8nBt6yKd1cHf3J", "tbk_7Qm2vX9pLr4sWz8nBt6yKd1cHf3J", FindingKind.KEY),
    ("use AKIAIOSFODNN7EXAMPLE for that", "AKIAIOSFODNN7EXAMPLE", FindingKind.KEY),
    ("ghp_" + "a1B2" * 9, "ghp_a1B2", FindingKind.KEY),
    ("xoxb-123456789012-abcdefABCDEF", "xoxb-123456789012", FindingKind.KEY),
    ("sk_live_" + "a1B2c3D4" * 3, "sk_live_a1B2", FindingKind.KEY),
    ("AccountKey=" + "abcd1234" * 8 + "==;", "abcd1234abcd1234", FindingKind.KEY),
    ("Authorization: Bearer " + "abc.DEF-123" * 3, "abc.DEF-123", FindingKind.KEY),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmN", "eyJhbGciOiJIUzI1NiJ9", FindingKind.KEY),
    ("-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----", "MIIEow", FindingKind.KEY),
    ("my card is 4111 1111 1111 1111", "4111 1111", FindingKind.CARD),
    ("5500-0055-5555-5559", "5500-0055", FindingKind.CARD),
    ("pay to GB82 WEST 1234 5698 7654 32", "WEST 1234", FindingKind.ACCOUNT),
    ("DE89370400440532013000", "DE89370400440532013000", FindingKind.ACCOUNT),
    ("account number 12345678, sort code 12-34-56", "12345678", FindingKind.ACCOUNT),
    ("write to siobhan.doyle@tarnbeck.example", "siobhan.doyle", FindingKind.EMAIL),
    ("ring 0191 498 0273 before noon", "0191 498", FindingKind.PHONE),
    ("call +44 20 7946 0958", "7946 0958", FindingKind.PHONE),
    ("(212) 736-5000", "736-5000", FindingKind.PHONE),
    ("Tel. 030 901820", "901820", FindingKind.PHONE),
    ("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalrXUtnFEMI", FindingKind.KEY),
    ("https://hooks.slack.com/services/T00000000/B00000000/abcdEFGH1234abcdEF12", "T00000000", FindingKind.KEY),
    ("Endpoint=sb://x.example/;SharedAccessKey=" + "aB3d" * 11 + "=", "aB3daB3d", FindingKind.KEY),
    ("Server=db;User Id=sa;Password=Pa$$w0rd;Encrypt=True", "Pa$$w0rd", FindingKind.PASSWORD),
    ("redis://:p4ssw0rd@cache:6379", "p4ssw0rd", FindingKind.PASSWORD),
    (
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nMIIEow\n-----END RSA PRIVATE KEY-----",
        "MIIEow",
        FindingKind.KEY,
    ),
    (
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\nlQOYBF\n-----END PGP PRIVATE KEY BLOCK-----",
        "lQOYBF",
        FindingKind.KEY,
    ),
    ('{"password": "Summer2025"}', "Summer2025", FindingKind.PASSWORD),
    ("<password>Summer2025</password>", "Summer2025", FindingKind.PASSWORD),
    ("db_password=geheim", "geheim", FindingKind.PASSWORD),
    ("password - Hunter22", "Hunter22", FindingKind.PASSWORD),
    ("the new password is now Summer2025", "Summer2025", FindingKind.PASSWORD),
    ("use Winter-99x as the password", "Winter-99x", FindingKind.PASSWORD),
    ("temp pass is Welcome123", "Welcome123", FindingKind.PASSWORD),
    ("Adminpasswort: Sommer2024", "Sommer2024", FindingKind.PASSWORD),
    ("Passwort lautet: Sommer2024", "Sommer2024", FindingKind.PASSWORD),
    ("Zugangsdaten: admin / Sommer2024", "Sommer2024", FindingKind.PASSWORD),
    ("Le mot de passe est : Soleil2024", "Soleil2024", FindingKind.PASSWORD),
    ("la clave es Madrid88", "Madrid88", FindingKind.PASSWORD),
    ("2223 0031 2200 3222", "2223 0031", FindingKind.CARD),
    ("378282246310005", "378282246310005", FindingKind.CARD),
    ("gb82west12345698765432", "gb82west", FindingKind.ACCOUNT),
    ("GB82 WEST 1234 5698 7654 32 BIC", "WEST 1234", FindingKind.ACCOUNT),
    ("ES91 2100 0418 4502 0005 1332 para", "2100 0418", FindingKind.ACCOUNT),
    ("Konto-Nr. 1234567890", "1234567890", FindingKind.ACCOUNT),
    ("numéro de compte 12345678901", "12345678901", FindingKind.ACCOUNT),
    ("sort code: 20-00-00", "20-00-00", FindingKind.ACCOUNT),
    ("o'brien@example.com", "o'brien", FindingKind.EMAIL),
    ("Tel:0191 498 0273", "498 0273", FindingKind.PHONE),
    ("0191 498 0273: ask for Bob", "498 0273", FindingKind.PHONE),
    ("+44 (0)191 498 0273", "498 0273", FindingKind.PHONE),
    ("teléfono 912 345 678", "912 345", FindingKind.PHONE),
    ("01 42 68 53 00", "42 68", FindingKind.PHONE),
    ("1-212-736-5000", "736-5000", FindingKind.PHONE),
]
STAYS = [
    "INC0012345", "port 8080", "v2.6.8.1", "0x80070005", "550e8400-e29b-41d4-a716-446655440000", "00:1B:44:11:3A:B7",
    "192.168.10.24", "2026-03-02", "03.02.2026", "at 09:30", "1,250.00 €", "order 1200 of part 44-8890-12",
    "the password is required", "the password is expired again", "reset your password in the portal", "token expired",
    "how do I change my PIN?", "error E-17", "F104 low flow", "part number 4501230987", "serial 8412 5567 1209 0031",
    "linux-headers-2.6.8.1-3-686", "ticket 0123456", "https://planner.tarnbeck.example/odata/jobs?top=100",
    "Reports > Jobs by engineer > Export as CSV", "22 l/min at -15 on the 300 litre", "terminals 3 and 4 on X4",
    "the account number field is empty", "sign in / sign out", "user and/or owner",
    "the password is case-sensitive", "the pin is 6-digit", "password: see the vault", "token: expired",
    "password=${DB_PASSWORD}", "password: https://vault.example/item/1", "password to OneDrive/SharePoint is synced",
    "API key: where do I find it?", "MSSQLSERVER_2019_Enterprise_Edition", "2001:db8::8a2e:370:7334", "10.0.0.1:8080",
    "001B.4411.3AB7", "invoice 0123456789", "P/N 0445110189", "0930 1030", "account 2026-03-02", "KB5034441",
    "https://example.com/a?id=0123456789", "das Passwort ist falsch", "la contraseña es incorrecta",
    "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "4111 1111 1111 1112",
]  # fmt: skip


@pytest.mark.parametrize(("text", "secret", "kind"), GONE)
def test_it_is_taken_out_and_named(text: str, secret: str, kind: FindingKind) -> None:
    redacted = redact(text)
    assert secret not in redacted.text
    assert f"[{kind} removed]" in redacted.text
    assert kind in [finding.kind for finding in redacted.found]


@pytest.mark.parametrize("text", STAYS)
def test_it_stays_to_the_letter(text: str) -> None:
    assert redact(text).text == text
    assert redact(f"Please check {text} once more.").text == f"Please check {text} once more."


@pytest.mark.parametrize(("text", "secret", "kind"), GONE)
def test_the_rest_of_the_text_is_left_alone(text: str, secret: str, kind: FindingKind) -> None:
    redacted = redact(f"Hello all.\n```\n{text}\n```\nThanks!").text
    assert redacted.startswith("Hello all.\n```\n")
    assert redacted.endswith("\n```\nThanks!")
    assert secret not in redacted


@pytest.mark.parametrize("words", [" BIC", " para", " and then"])
def test_the_words_behind_an_account_number_stay(words: str) -> None:
    assert redact(f"ES91 2100 0418 4502 0005 1332{words}").text == f"[account number removed]{words}"


def test_what_comes_within_reach_once_its_neighbour_is_gone_is_taken_out_at_once() -> None:
    once = redact("the password that somebody.with.a.very.long.name@subsidiary.example set is Hunter22")
    assert "Hunter22" not in once.text
    assert redact(once.text).text == once.text


def test_a_mark_within_a_secret_is_not_taken_apart() -> None:
    text = "password: [e-mail removed] and pw: abc[password removed]"
    assert redact(text).text == redact(redact(text).text).text
    assert "removed] removed]" not in redact(text).text


def test_each_finding_is_counted() -> None:
    found = {f.kind: f.count for f in redact("a.b@example.com, c.d@example.com and pw: hunter22").found}
    assert found == {FindingKind.EMAIL: 2, FindingKind.PASSWORD: 1}


def test_marks_can_be_left_out_for_judging() -> None:
    assert without_marks(redact("ring 0191 498 0273 now").text).split() == ["ring", "now"]


@given(st.lists(st.sampled_from([text for text, _, _ in GONE]) | st.text(max_size=40), max_size=6).map("\n".join))
def test_redacting_again_changes_nothing(text: str) -> None:
    once = redact(text).text
    assert redact(once).text == once
