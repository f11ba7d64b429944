"""Texts that hold a secret, and its kind. All are made up; keys are put together here, so that no scanner finds one."""

_A = "q7Rf2LmX9vKd4TzB8nWcP3sYh6Gj"  # 28 characters as if drawn by lot
_B = "Ue5Nw1ZxQ0aVt7RkMy3EoHb9Si2Cl8Dg4FpJ6"
_HEX = "9f8e7d6c5b4a39281706f5e4d3c2b1a0"
_LONG = _A + _B + _A

KEYS = [
    ("an AWS key", "aws id " + "AKI" + "A" + "Q7RF2LMX9VKD4TZB"),
    ("an AWS key", "temporary: " + "ASI" + "A" + "Z5NW1ZXQ0AVT7RKM"),
    ("a GitHub token", "gh" + "p_" + (_A + _B)[:36]),
    ("a GitHub token", "push with gh" + "o_" + (_B + _A)[:36] + " please"),
    ("a GitHub token", "github_" + "pat_" + _LONG[:22] + "_" + _LONG[:59]),
    ("a GitLab token", "gl" + "pat-" + _A[:20]),
    ("a Slack token", "xox" + "b-2048509320-" + _A),
    ("a Slack token", "hooks.slack" + ".com/services/T0" + "A1B2C3D/B0E4F5G6H/" + _A),
    ("a Google key", "AI" + "za" + _LONG[:35]),
    ("a Google key", "GOC" + "SPX-" + _LONG[:28]),
    ("an API key", "s" + "k-" + _LONG[:48]),
    ("an API key", "s" + "k-proj-" + _LONG[:30] + "-" + _LONG[:30]),
    ("an Anthropic key", "s" + "k-ant-api03-" + _LONG[:90]),
    ("a Stripe key", "s" + "k_live_" + _A[:24]),
    ("a Stripe key", "r" + "k_test_" + _A[:24]),
    ("a Stripe key", "wh" + "sec_" + _LONG[:32]),
    ("an npm token", "np" + "m_" + _LONG[:36]),
    ("a PyPI token", "py" + "pi-AgEIcHlwaS5vcmc" + _LONG),
    ("a Hugging Face token", "h" + "f_" + _LONG[:34]),
    ("a Telegram bot token", "1102938475" + ":AA" + _LONG[:33]),
    ("a SendGrid key", "S" + "G." + _LONG[:22] + "." + _LONG[:43]),
    ("a Twilio key", "S" + "K" + _HEX),
    ("an account token", "ey" + "JhbGciOiJIUzI1NiJ9.ey" + "JzdWIiOiIxMjM0NTY3ODkwIn0." + _LONG[:43]),
    ("an account token", "hv" + "s." + _A),
    ("an account token", "dop" + "_v1_" + _HEX + _HEX),
    ("a Deskhand token", "d" + "h_" + _LONG[:43]),
    ("a private key", "-----BEGIN " + "RSA PRIVATE KEY-----\nMIIEow"),
    ("a private key", "-----BEGIN " + "OPENSSH PRIVATE KEY-----"),
    ("a private key", "-----BEGIN " + "PRIVATE KEY-----"),
    ("an account token", "curl -H 'Authorization: Bear" + "er " + _A + "'"),
    ("an account token", "Authorization: Bas" + "ic dXNlcjpodW50ZXIy"),
    ("a connection string with a password", "postgres://desk:" + "hunter2@db.example/app"),
    ("a connection string with a password", "amqps://guest:" + "Tr0ub4dor@queue.example:5671"),
    ("a connection string with a password", "Use redis://:" + "s3cr3tWord@cache.example/0 for that."),
    ("a key or token", "My OpenWeather key is " + _HEX),
    ("a key or token", "api_key = '" + _A + "'"),
    ("a key or token", "AWS secret access key: " + _LONG[:40]),
    ("a key or token", "der Schlüssel für die Karte lautet " + _A),
    ("a key or token", "токен бота: " + _A),
    ("a key or token", "APIキーは" + _HEX + "です"),
    ("a key or token", "https://api.example/v1?access_token=" + _A),
    ("a key or token", "API key: 0c6a5b5e-7a55-4b21-" + "9f0e-3b7d7f1c2a4d"),
    ("a key or token", "the key is " + _HEX + "c3d4e5f6"),
]

CARDS = [
    ("a card number", text)
    for text in (
        "4111 1111 " + "1111 1111",
        "my card is 5500-0000-" + "0000-0004",
        "Visa 40128888" + "88881881 until 12/29",
        "Amex 3782 822463 " + "10005",
        "Karte 3714496353" + "98431, gültig bis 05/28",
        "tarjeta 6011 1111 " + "1111 1117",
        "карта 2200 0000 " + "0000 0004",
        "カード番号は35300000" + "00000003 です",
        "2223 0000 4841 " + "0010",
        "3056 930902 " + "5904",
        "6200 0000 0000 " + "0005",
        "4111 1111 1111 1111 " + "12 29 123",
        "４１１１ １１１１ " + "１１１１ １１１１",
        "4111\u200b1111" + "\u200b1111\u200b1111",
        "4111 1111\n" + "1111 1111",
        "4111\u00a01111\u00a0" + "1111\u00a01111",
        "4111–1111–" + "1111–1111",
        "4111.1111." + "1111.1111",
        "the old visa card 4222222" + "222222",
    )
]

PASSWORDS = [
    ("a password", text)
    for text in (
        "My password is hunter2.",
        "pw: hunter2",
        "Wifi: guest, pass: summer22",
        "password is 12345678",
        "das Passwort von meinem Router ist 12345678",
        "пароль 12345678",
        "password: correcthorse",
        "Password = Tr0ub4dor&3",
        "the Wi-Fi password at the cabin is bluebird",
        "My password for the router is Sommer2024!",
        "wifi password Sommer2024!",
        "The password is now 'open sesame'",
        "passwd: letmein",
        "PASSWORD=changeme123",
        'db: {"password": "swordfish9"}',
        "My passphrase is “correct horse battery staple”",
        "Server=db;User=sa;Pwd=Str0ngPw;",
        "Das Passwort lautet Sonnenblume7",
        "Mein Passwort ist „Geheimnis“",
        "Kennwort: rosenrot",
        "Das WLAN-Passwort für die Ferienwohnung ist Meer#2026",
        "La contraseña es girasol22",
        "contraseña: mariposa",
        "La contraseña del wifi es Verano2025",
        "la clave del banco es Perro*99",
        "Мой пароль: ромашка",
        "пароль от вайфая — Leto2026",
        "Пароль от почты: qwerty123",
        "Пароль это rosebud",
        "パスワードは himawari7 です",
        "パスワード：sakura",
        "Wi-Fiのパスワードはsakura2026です。",
        "Le mot de passe est tournesol8",
        "mot de passe : papillon",
        "pass\u200bword is hunter2",
        "ｐａｓｓｗｏｒｄ： ｈｕｎｔｅｒ２",
        "password\nis\nhunter2",
        "My password is\nhunter2",
        "password:\n  hunter2",
    )
]

CODES = [
    *(
        ("a PIN", text)
        for text in (
            "My PIN is 4821",
            "PIN: 4821",
            "The PIN for the debit card is 4821.",
            "my pin is 482193",
            "mi pin es 1234",
            "Meine Geheimzahl ist 4821",
            "PIN-Code 4821",
            "mi código pin es 4821",
            "ПИН-код 4821",
            "пинкод: 4821",
            "пин-код карты 1234",
            "暗証番号は4821です",
            "mon code PIN est 4821",
            "PIN：４８２１",
        )
    ),
    *(
        ("a card's security code", text)
        for text in (
            "CVV 123",
            "CVV code is 123",
            "cvc: 987",
            "CVV2=4321",
            "security code is 123",
            "Prüfnummer 123",
            "код безопасности 123",
        )
    ),
    *(
        ("a one-time code", text)
        for text in (
            "Your verification code is 482913",
            "OTP: 482913",
            "one-time code 482 913",
            "Use G-482913: your authentication code: G-482913",
            "Ihr Bestätigungscode lautet 482913",
            "Su código de verificación es 482913",
            "Код подтверждения: 482913",
            "認証コードは482913です",
            "Votre code de vérification : 482913",
        )
    ),
    (
        "a recovery phrase",
        "wallet seed phrase: " + "ocean velvet tiger lunar basic cargo dizzy eager fancy giant humble icon",
    ),
]

HIDDEN = [
    ("a GitHub token", "gh" + "p_" + _A[:10] + "\u200b" + (_A + _B)[10:36]),
    ("a GitHub token", "gh" + "p_" + _A[:10] + "\n    " + (_A + _B)[10:36]),
    ("a GitHub token", "gh" + "p_" + _A[:10] + "\u2060\u00ad" + (_A + _B)[10:36]),
    ("an Anthropic key", "ｓ" + "ｋ-ant-api03-" + _LONG[:90]),
    ("an account token", "Bear" + "er\u00a0" + _A),
]

TOLD = [*KEYS, *CARDS, *PASSWORDS, *CODES, *HIDDEN]
