"""What people paste and say to each other: the secret goes, and everything around it stays to the letter."""

import pytest

from shared.domain.redaction import FindingKind, redact

# «…» is what must go; the kind is what stands in its place.
PASSWORD, KEY, CARD = FindingKind.PASSWORD, FindingKind.KEY, FindingKind.CARD
ACCOUNT, IDENTITY, EMAIL, PHONE = FindingKind.ACCOUNT, FindingKind.IDENTITY, FindingKind.EMAIL, FindingKind.PHONE
NAMED = [
    "the password is «Sommer2024!»",
    "pw: «hunter2», then Enter",
    "Password:\n«Kestrel42»\nthat is all",
    "login with admin / «Welcome1!»",
    "log in with admin and «Kestrel42!»",
    "sign in as svc_scan: creds are admin:«Kestrel42»",
    "user bob / «Sommer2024»",
    "Kennwort: «Sommer24»",
    "Das WLAN-Passwort lautet: «Sommer2024!»",
    "mot de passe : «Été2024!»",
    "la contraseña es «Verano2024»",
    "The password for the guests' Wi-Fi: «Sommer2024!»",
    "the password for tarnbeck.example is «Kestrel42».",
    "I have reset your password to «Kestrel42», sorry",
    "the pw was changed to «Kestrel42»",
    "new password is now: «Sommer2024!»",
    "my pass is «hunter2»",
    "Adminpasswort: «Sommer2024»",
    "Zugangsdaten: admin / «Sommer2024»",
    "Le mot de passe est : «Soleil2024»",
    "la clave es «Madrid88»",
    "the password is «Tarnbeck».",
    'the password is "«swordfish»"',
    "the password is `«correct horse battery»`, with spaces",
    "use «Sommer2024!» as the password",
    "«Sommer2024!» is the printer password.",
    "`«Sommer2024»` als Passwort",
    "for INC0012345 as «Kestrel42» as password",
    "PIN «4711»",
    "the door code is «4711»",
    "the default is «P@ssw0rd», or «Welcome2024!»",
    "the password is:\n```\n«hunter2!»\n```",
    "DB_PASSWORD=«abc123»;User=bob",
    'adminPassword: "«correct horse»"',
    '{"password":"«s3cr et»","user":"bob"}',
    "<password>«abcdef»</password>\n```\nThanks",
    '<add key="password" value="«abc!»"/>',
    "User | bob\nPassword | «Sommer2024!»",
    "curl -u admin:«hunter2» https://files.example/x",
    "mysql --password «hunter2» --port 3306",
    "postgres://bob:«hunter2»@db.example/x",
    "redis://:«hunter2»@cache.example:6379",
    "curl -u 'bob:«s3cr3t!»' https://api.example.com/v1",
    'curl --user "svc:«Hunter 22»" -X POST https://x.example',
    "wget --user=bob --password=«hunter22» https://x.example",
    "sshpass -p «tunamelt9» ssh root@10.0.0.5",
    "mysql -u root -p«Tunamelt9» --host db",
    "The door code for the server room is «4711#»",
    "door code: «C1234X»",
    "code for the door is «4711»",
    "the alarm code is «998877», reset it after",
    "the gate code's «2580»",
    "keypad code «2580»",
    "Der Türcode ist «4711»",
    "le code de la porte est «4711»",
    'use password "«Tuna9»" please',
    'Password = "«correct horse battery staple»"',
    "the Wi-Fi password is “«tunamelt9»”",
    "WiFi: TarnGuest / «otter2024!»",
    "creds are admin:«Tuna-melt9»",
    "credentials are bob / «Tunamelt9»",
    "the creds for the box are root:«toor99»",
    "Zugang: admin / «Drucker99»",
    "ssh root@10.0.0.5 (password «tunamelt9»)",
    "PIN is «0042»",
    "passcode «884422» for the meeting",
    "I set the password to «tunamelt9»",
    "Das Passwort für den Drucker ist «Drucker99».",
    "username: svc_print\npassword: «Pr1nt!ng»",
    "docker login -u bob -p x registry.example, password «Pr1nt!ng»",
    "mongodb+srv://bob:«tuna%40melt»@cluster.example/x",
]
KEYS = [
    "Authorization: Basic «dXNlcjpwYXNz»",
    "Proxy-Authorization: Basic «YWRtaW46aHVudGVyMg==»",
    "headers={'Authorization': 'Basic «YWRtaW46aHVudGVyMg==»'}",
    '"client_secret": "«9f8e7d6c5b4a39281706f5e4d3c2b1a0»"',
    "session=«k3J9xQ7vB2mZ5tR8wY1pL4sD» in the log",
    '-H "Authorization: Bearer «abcdefghijklmnop»"',
    "aws_secret_access_key = «wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY»",
    "x-api-key: «0123456789abcdef»",
    "the api key is «abcdef0123456789»",
    "token: «0d5c8b1e-6a55-4f0e-9a37-5a1c0f2b7e64»",
    "https://x.blob.core.windows.net/c/b?sv=2022&sig=«abc%2Fdefghijklmnop%3D»",
    "https://x.azurewebsites.net/api/f?code=«abcDEF123==»",
    "AccountName=x;AccountKey=«" + "Ab1+" * 21 + "Ab==»;EndpointSuffix=core.windows.net",
    "Endpoint=sb://x/;SharedAccessKeyName=root;SharedAccessKey=«abcdEFGH1234abcdEFGH1234=»",
    "https://hooks.slack.com/«services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX»",
    "secret «abc8Q~0123456789abcdefghijABCDEFGHIJ0123»",
    "glpat: «glpat-abcdefghij0123456789»",
    "found «k3J9xQ7vB2mZ5tR8wY1pL4sD» in the log",
    "licence «ZXCVB-12345-QWERT-67890-ASDFG»",
    "«-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA+x/y\n\nabc=\n-----END RSA PRIVATE KEY-----» was it",
    "«-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC» and the rest is missing",
    (
        "«-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC»\n\nSorry, that was cut off. Restart the "
        "service first:\n1. open the console\n2. press Restart -- it takes a minute"
    ),
    "«-----BEGIN PRIVATE KEY-----»\nPlease paste the key below this line and save the file as before.",
]
NUMBERS = [
    (CARD, "«4111 1111 1111 1111» 12/27, 123"),
    (CARD, "card 12, «3782-822463-10005»"),
    (CARD, "card 4111: «4111 1111 1111 1111» 09/27 cvv 123"),
    (CARD, "«4111111111111111» 09/27"),
    (CARD, "Visa «4012-8888-8888-1881», exp. 04/2027"),
    (ACCOUNT, "IBAN «DE89 3704 0044 0532 0130 00» BIC COBADEFFXXX"),
    (ACCOUNT, "IBAN: «FR1420041010050500013M02606»."),
    (ACCOUNT, "«gb29nwbk60161331926819»"),
    (ACCOUNT, "Kontonummer «1234567», please"),
    (ACCOUNT, "sort code «12-34-56»"),
    (IDENTITY, "SSN «536-90-4399»"),
    (IDENTITY, "my NI number is «QQ 12 34 56 C»"),
    (IDENTITY, "née «2 95 10 99 126 111 93»"),
    (IDENTITY, "passport number «C01X00T47»"),
    (EMAIL, "mail «ann.lee+x@sub.example.co.uk»."),
    (PHONE, "«+44 (0)20 7946 0958» before noon"),
    (PHONE, "«+44 20 7946 0958» 10.0.0.1"),
    (PHONE, "«+44 20 7946 0958» «0151 12345678»"),
    (PHONE, "call «020 7946 0958» or «0151 12345678»"),
    (PHONE, "«(212) 736-5000», «212.736.5000»"),
    (PHONE, "«06 12 34 56 78»"),
    (PHONE, "«0049 (30) 901820»"),
    (PHONE, "my mobile «015112345678»"),
    (PHONE, "tel:«+4930901820»"),
    (PHONE, "phone: «612345678»"),
    (PHONE, "my mobile is «07700 900123»"),
    (PHONE, "Tel «44355737», mobile «33509536»"),
    (PHONE, "reach me at «020 7946 0018» x12"),
]
TOLD = [*((PASSWORD, text) for text in NAMED), *((KEY, text) for text in KEYS), *NUMBERS]


@pytest.mark.parametrize(("kind", "marked"), TOLD, ids=[text for _, text in TOLD])
@pytest.mark.parametrize("around", ["{}", "Hello all.\n{}\nThanks!", "```\n{}\n```"], ids=["alone", "lines", "code"])
def test_what_is_marked_goes_and_the_rest_stays_to_the_letter(kind: FindingKind, marked: str, around: str) -> None:
    marked = around.format(marked)
    redacted = redact(marked.replace("«", "").replace("»", ""))
    parts = marked.replace("»", "«").split("«")
    parts[1::2] = [f"[{kind} removed]"] * len(parts[1::2])
    assert redacted.text == "".join(parts)
    assert [(finding.kind, finding.count) for finding in redacted.found] == [(kind, len(parts) // 2)]


def test_a_password_beside_an_address_goes_with_it() -> None:
    assert redact("ann@example.com / Sommer2024").text == "[e-mail removed] / [password removed]"
    archive = "https://archive.example/[e-mail removed]/msg12345.html"
    assert redact(archive.replace("[e-mail removed]", "list@example.com")).text == archive


def test_several_kinds_are_counted_in_one_text() -> None:
    text = "ann@example.com: pw is Kestrel42, call +44 20 7946 0958; bob@example.com agrees"
    assert {f.kind: f.count for f in redact(text).found} == {EMAIL: 2, PASSWORD: 1, PHONE: 1}
