"""What a subject says a mail is: an answer, a forward; and what it is about without that."""

from deskhand.mail.reply_subject import forward_subject, reply_subject

_MOST = 10


def says_forwarded(subject: str) -> bool:
    """Whether the subject begins with `Fwd:` or what stands for it in another language."""
    return _without_forward(subject) != _plain(subject)


def says_answered(subject: str) -> bool:
    """Whether the subject begins with `Re:` or what stands for it in another language."""
    return _without_answer(subject) != _plain(subject)


def base_subject(subject: str) -> str:
    """The subject without marks of answers and forwards, case and white space: alike within a thread."""
    text = _plain(subject)
    for _ in range(_MOST):
        shorter = _without_forward(_without_answer(text))
        if shorter == text:
            break
        text = shorter
    return text.casefold()


def _plain(subject: str) -> str:
    return " ".join(subject[:200].split())


def _without_answer(subject: str) -> str:
    return reply_subject(_plain(subject)).removeprefix("Re:").strip()


def _without_forward(subject: str) -> str:
    return forward_subject(_plain(subject)).removeprefix("Fwd:").strip()
