"""Keys and tokens that are known by their form, as their makers publish it for secret scanners."""

import re
from dataclasses import dataclass

from deskhand.store.tokens import PREFIX

_PLACEHOLDER_VARIETY = 6
"""`sk_live_xxxxxxxxxxxxxxxx` stands in a manual: a real key has more different characters near its end."""


@dataclass(frozen=True, slots=True)
class KeyFormat:
    """One form; `markers` are parts of it that are quick to look for, so that `pattern` is seldom tried."""

    kind: str
    markers: tuple[str, ...]
    pattern: re.Pattern[str]

    def is_in(self, text: str) -> bool:
        """Whether `text` holds a key of this form that is no placeholder."""
        if not any(marker in text for marker in self.markers):
            return False
        return any(len(set(match[0][-16:])) >= _PLACEHOLDER_VARIETY for match in self.pattern.finditer(text))


def known_key_in(text: str) -> str | None:
    """The kind of the first known form in `text`, such as "a GitHub token"."""
    return next((known.kind for known in _FORMATS if known.is_in(text)), None)


def _format(kind: str, markers: str, pattern: str) -> KeyFormat:
    """`pattern` must not go on from a letter or digit; its quantifiers are possessive, so no text is slow."""
    return KeyFormat(kind, tuple(markers.split()), re.compile(rf"(?<![A-Za-z0-9])(?:{pattern})"))


_FORMATS = (
    KeyFormat(
        "a private key",
        ("PRIVATE KEY", "PuTTY-User-Key-File", "AGE-SECRET-KEY-1"),
        re.compile(
            r"-----BEGIN\s?(?:[A-Z0-9]{1,12} ){0,4}PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d"
            r"|AGE-SECRET-KEY-1[A-Z0-9]{40}"
        ),
    ),
    _format("a Deskhand token", PREFIX, rf"{PREFIX}[A-Za-z0-9_-]{{43}}"),
    _format("an AWS key", "AKIA ASIA ABIA ACCA", r"A(?:KIA|SIA|BIA|CCA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
    _format("a GitHub token", "gh github_pat_", r"gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22}"),
    _format("a GitLab token", "gl", r"gl(?:pat|dt|rt|ft|cbt|ptt|soat|agent|imt|oas|ffct)-[A-Za-z0-9_.-]{20}"),
    _format(
        "a Slack token",
        "xox xapp- hooks.slack.com",
        r"xox[abeoprs]-[A-Za-z0-9-]{10,250}+|xapp-\d-[A-Za-z0-9-]{20}|hooks\.slack\.com/services/[A-Za-z0-9/]{30}",
    ),
    _format(
        "a Google key", "AIza ya29. GOCSPX-", r"AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20}|GOCSPX-[A-Za-z0-9_-]{28}"
    ),
    _format("an Anthropic key", "sk-ant-", r"sk-ant-[a-z0-9]{3,10}-[A-Za-z0-9_-]{20}"),
    _format(
        "an API key",
        "sk- gsk_ xai- pplx- r8_",
        r"sk-(?:(?:proj|svcacct|admin|or-v1|None)-[A-Za-z0-9_-]{20}|[A-Za-z0-9]{20,250}+(?![A-Za-z0-9_-]))"
        r"|gsk_[A-Za-z0-9]{40}|xai-[A-Za-z0-9]{40}|pplx-[A-Za-z0-9]{40}|r8_[A-Za-z0-9]{37}",
    ),
    _format("a Stripe key", "k_live_ k_test_ whsec_", r"[sr]k_(?:live|test)_[A-Za-z0-9]{16}|whsec_[A-Za-z0-9+/]{24}"),
    _format("an npm token", "npm_", r"npm_[A-Za-z0-9]{36}"),
    _format("a PyPI token", "pypi-", r"pypi-A[A-Za-z0-9_-]{50}"),
    _format("a Hugging Face token", "hf_ api_org_", r"(?:hf|api_org)_[A-Za-z0-9]{34}"),
    _format("a Telegram bot token", ":AA", r"\d{8,10}:AA[A-Za-z0-9_-]{33}"),
    _format("a SendGrid key", "SG.", r"SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}"),
    _format("a Twilio key", "SK", r"SK[0-9a-f]{32}(?![A-Za-z0-9])"),
    _format(
        "an account token",
        "eyJ",
        r"eyJ[A-Za-z0-9_-]{8,4000}+\.eyJ[A-Za-z0-9_-]{8,8000}+\.[A-Za-z0-9_-]{8}",  # JSON Web Token, RFC 7519
    ),
    _format(
        "an account token",
        "dop_v1_ doo_v1_ shp dapi lin_api_ ntn_ hvs. tskey- dp.pt. glc_ sntry PMAK- NRAK- ATATT3 EAAC",
        r"do[op]_v1_[a-f0-9]{64}|shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}|dapi[a-f0-9]{32}|lin_api_[A-Za-z0-9]{32}"
        r"|ntn_[A-Za-z0-9]{40}|hvs\.[A-Za-z0-9_-]{24}|tskey-[a-z]{3,8}-[A-Za-z0-9-]{20}|dp\.pt\.[A-Za-z0-9]{40}"
        r"|glc_[A-Za-z0-9+/=]{32}|sntry[su]_[A-Za-z0-9+/=_]{40}|PMAK-[a-f0-9]{24}|NRAK-[A-Z0-9]{27}"
        r"|ATATT3[A-Za-z0-9_=-]{50}|EAAC[A-Za-z0-9]{50}",
    ),
)
