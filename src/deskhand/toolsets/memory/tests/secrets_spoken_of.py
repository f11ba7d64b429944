"""Texts that hold no secret, though they speak of one or look like one."""

SPOKEN_OF = """
I use a password manager
I use a password manager called KeePassXC2.
My password policy is strict: twelve characters at least.
my password policy is 12 characters
The password is required.
The password was wrong twice.
My password is too weak
Passwords are hashed with argon2id
The password must be at least 12 characters long
Change the password every 90 days
The password expires on 2026-12-31
She forgot her password again
password reset emails go to the junk folder
My password hint is the name of my first dog
The password field is called pwd_input
The password is stored in the vault, not here
His password manager is 1Password
password: required
password: ********
password = <your-password>
PASSWORD=${DB_PASSWORD}
password: str
The password is in the safe
The password is the same as always
No password is needed
The password is: see the note in the kitchen
Das Passwort ist falsch
Mein Passwort ist abgelaufen
Ich habe das Passwort vergessen
Passwort-Manager: Bitwarden
Das Passwort muss 12 Zeichen haben
La contraseña es incorrecta
Olvidé mi contraseña ayer
La contraseña debe tener 12 caracteres
Пароль неверный
Я забыл пароль
Пароль должен содержать 12 символов
менеджер паролей
パスワードを忘れました
パスワード管理アプリを使っています
パスワードは定期的に変更してください
J'ai oublié mon mot de passe
Le mot de passe est incorrect
I know that open sesame is a famous phrase
I pass words along
The token budget is 2000
The token limit is 128000 tokens per request
A token costs 0.002 cents
He gave me a token of appreciation
The secret of good bread is time
The key to success is practice
My house key is under the third flower pot
The key of the song is C sharp minor
The primary key is 550e8400-e29b-41d4-a716-446655440000
Idempotency key: 550e8400-e29b-41d4-a716-446655440000
The document is 550e8400-e29b-41d4-a716-446655440000
Order id 9b2e6a1c-8f3d-4c57-b6aa-0d1e2f3a4b5c
commit 9f8e7d6c5b4a39281706f5e4d3c2b1a0c3d4e5f6 broke the build
The key change came in commit 9f8e7d6c5b4a39281706f5e4d3c2b1a0c3d4e5f6
sha256 of the file: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
md5 d41d8cd98f00b204e9800998ecf8427e
Call me at +49 151 23456789
Call me at +1 (415) 555-2671
Phone: 0049 4111 1111 1111 11
+7 911 123-45-67
03-1234-5678に電話してください
Tel. 030 4111 1111 111
telephone 4111111111111111
ISBN 978-3-16-148410-0
ISBN 9780306406157
EAN 4006381333931
The bar code is 4006381333931
UPS 1Z999AA10123456784
tracking number 4111111111111111
USPS 9400 1000 0000 0000 0000 00
Sendungsnummer 4111111111111111
order number 4111 1111 1111 1111
Order #5500000000000004 was late
Bestellnummer: 5500000000000004
número de pedido 4111111111111111
номер заказа 4111111111111111
注文番号4111111111111111
4111 1111 1111 1112 is not a card number
1234 5678 9012 3456
0000 0000 0000 0000
The numbers are 1024 2048 4096 8192 16384 32768 65536
2021 2022 2023 2024 2025 2026
Pi is 3.14159265358979323846
0.4111111111111111 is the ratio
The epoch is 1732262400000000
IBAN DE89 3704 0044 0532 0130 00
DE89370400440532013000
GB82 WEST 1234 5698 7654 32
ES91 2100 0418 4502 0005 1332
IMEI 490154203237518
My customer number is 5500000000000004
The file is aGVsbG8gd29ybGQhIHRoaXMgaXMgYSB0ZXN0.png
The key file is aGVsbG8gd29ybGQhMjAyNTEyMzQ1.pem.bak
See report_2026_final_version_3_signed.pdf
Donaudampfschifffahrtsgesellschaftskapitän is the key word
The secret word was Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz
The key is supercalifragilisticexpialidocious
The key is called maximumNumberOfConnectionsPerHost
token: settings.conversations.token_budget_per_turn
The cache key is 9f8e7d6c5b4a39281706f5e4d3c2b1a0
My public key is 9f8e7d6c5b4a39281706f5e4d3c2b1a0
My ssh key is ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0fZ7Vd3
The issue key is PROJ-2026-1234567890
https://example.com/tokens/how-they-work-2026-edition
https://user@example.com/path
https://example.com:8080/path/@someone
Write to mail://user:<password>@example.com
postgres://user:password@localhost/app
https://medium.example/@writer/my-story-4f5a
ssh://git@example.com:22/repo.git
Bearer of the extraordinarily heavy burden
The bearer token goes into the Authorization header
task-management-software-for-everyone-2026
risk-averse-and-disk-based-storage-systems-of-2025
sk-learn is a library
sk_live_xxxxxxxxxxxxxxxxxxxxxxxx
ghp_ is how GitHub tokens begin
-----BEGIN CERTIFICATE-----
-----BEGIN PUBLIC KEY-----
AKIA is the prefix of AWS keys
pin 1234 people on the map
I pinned 4821 notes
GPIO pin 1013
The PIN was changed in 2024-11-02
PIN is four digits
My bank sent a new PIN by letter
The dress code is 1920s
The postal code is 10115
zip code 94103
The area code is 4821
Error code 4821
My employee number is 482913
source code 2000 lines
The security code review took 300 minutes
Die Postleitzahl ist 10115
El código postal es 28013
Почтовый индекс 101000
郵便番号は100-0001です
access code review meeting at 1400
security code audit 2026
security code is in the 2019 manual
The confirmation code is on page 1234
My password is 20 characters long
The password for the Wi-Fi is on the fridge
OTP banks are in Hungary
The verification code expires in 10 minutes
The confirmation code arrives by mail
My seed order is tomatoes and beans
recovery words are useful after running
He was born on 4 July 1976 at 14:30
The meeting id is 482 913 5577
Flight LH4821 leaves at 12:30
The flat is 120 square metres, 3 rooms, 4821 euros
Müller, Schlüsseldienst, 24 Stunden
Der Schlüssel liegt unter der Matte
La clave del éxito es la paciencia
Ключ под ковриком
鍵は植木鉢の下にあります
キーボードは日本語配列が好きです
My passport expires in 2031
compass: 270 degrees
I like "The Secret Garden" by Burnett
""".strip().splitlines()
