"""Embeddings from a server that the settings name: OpenAI's API, anything that copies it, or Ollama.

The operator names the address, so that it may be a private one; what users say is never part of it.
"""

import json
import ssl
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_address

import anyio
import httpx2
import numpy as np

from deskhand.errors import SettingsError, Unavailable
from deskhand.retrieval.embedder import Vectors
from deskhand.retrieval.endpoint_answer import EmbeddingDialect, explanation, vectors_in

ATTEMPTS = 3
LONGEST_WAIT = 10.0
"""Seconds. Who is told to wait longer is not kept waiting: the caller hears when to try again."""
_SECONDS = httpx2.Timeout(60, connect=5)
"""A model that is not in memory yet takes its time."""
_BATCH = 64
_CHARACTERS = 8_000
"""Of a text; models of embeddings see 512 to 8,192 tokens, and most servers refuse more."""
_ANSWER_BYTES = 64 * 1024 * 1024
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504, 529})

Sleep = Callable[[float], Awaitable[None]]


class EmbeddingEndpoint:
    """A model behind HTTP. Its dimension is known after the first answer, and may not change afterwards."""

    is_local = False

    def __init__(
        self, dialect: EmbeddingDialect, base_url: str, name: str, *, key: str = "", sleep: Sleep = anyio.sleep
    ) -> None:
        url = _checked(base_url)
        self.dimension = 0
        self.model = f"{dialect.name}/{name}"
        self.address = f"{url.host}:{url.port}" if url.port else url.host
        """Who is asked, for messages."""
        self._dialect, self._name, self._key, self._sleep = dialect, name, key, sleep
        self._url = base_url.rstrip("/") + dialect.path
        self._client = httpx2.AsyncClient(
            headers={"Authorization": f"Bearer {key}"} if key else None,
            timeout=_SECONDS,
            trust_env=not _is_loopback(url.host),  # a proxy for the outside must not see what stays on the machine
            verify=True if url.scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),  # reading CAs is slow
        )

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """The vectors of `texts`, asked for in batches. Of a text, the first 8,000 characters count.

        Raises:
            Unavailable: the server does not answer, refuses, or gives something else than vectors.
        """
        made = [np.empty((0, self.dimension), np.float32)] if not texts else []
        for start in range(0, len(texts), _BATCH):
            made.append(await self._embed(texts[start : start + _BATCH]))
        return np.concatenate(made)

    def covers(self, text: str) -> float:
        """1 for any text with words in it: which languages a foreign model knows is not to be seen from here."""
        return float(any(map(str.isalnum, text)))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _embed(self, texts: Sequence[str]) -> Vectors:
        # An empty input is refused by OpenAI; a mark that means nothing is not.
        inputs = [text[:_CHARACTERS] if text.strip() else "-" for text in texts]
        content = await self._post(json.dumps({"model": self._name, "input": inputs}).encode())
        try:
            vectors = vectors_in(_json(content), self._dialect, len(texts), self.dimension)
        except Unavailable as error:
            raise Unavailable(f"The answer of {self.address} {self._masked(error.message)}.") from error
        self.dimension = vectors.shape[1]
        return vectors

    async def _post(self, body: bytes) -> bytes:
        """The body of the answer, asked for again while the server is busy or away."""
        for attempt in range(1, ATTEMPTS):
            try:
                return await self._once(body)
            except Unavailable as error:
                wait = error.retry_after
                if wait is None or wait > LONGEST_WAIT:
                    raise
                await self._sleep(max(wait, 0.25 * 2**attempt))
        return await self._once(body)

    async def _once(self, body: bytes) -> bytes:
        """One request.

        Raises:
            Unavailable: it failed; with `retry_after`, 0 if the server did not say, when asking again may help.
        """
        headers = {"Content-Type": "application/json"}
        try:
            async with self._client.stream("POST", self._url, content=body, headers=headers) as response:
                content = await self._read(response)
        except httpx2.HTTPError as error:
            said = self._masked(str(error)) or type(error).__name__
            raise Unavailable(
                f"{self.address} does not answer: {said}. Is it running? The address is retrieval.base_url.",
                retry_after=0,
            ) from error
        if response.is_success:
            return content
        raise self._refusal(response, content)

    async def _read(self, response: httpx2.Response) -> bytes:
        content = bytearray()
        async for chunk in response.aiter_bytes():
            content += chunk
            if len(content) > _ANSWER_BYTES:
                raise Unavailable(f"The answer of {self.address} is larger than {_ANSWER_BYTES >> 20} MB.")
        return bytes(content)

    def _refusal(self, response: httpx2.Response, content: bytes) -> Unavailable:
        status = response.status_code
        said = self._masked(explanation(_json(content)))
        if status in (401, 403):
            return Unavailable(f"{self.address} refused the key from retrieval.api_key ({status}): {said}")
        if status == 404:
            return Unavailable(f"{self.address} has no {self._name} at {self._dialect.path} ({status}): {said}")
        wait = _retry_after(response.headers.get("retry-after")) if status in _BUSY else None
        return Unavailable(f"{self.address} answered {status}: {said}", retry_after=wait)

    def _masked(self, text: str) -> str:
        return text.replace(self._key, "***") if self._key else text


def _json(content: bytes) -> object:
    try:
        return json.loads(content)
    except ValueError:
        return content[:300].decode("utf-8", "replace")


def _retry_after(value: str | None) -> float:
    """Seconds of a `Retry-After`; a date (RFC 9110 section 10.2.3), which no such server sends, counts as unsaid."""
    try:
        return max(0.0, float(value or 0))
    except ValueError:
        return 0.0


def _checked(base_url: str) -> httpx2.URL:
    try:
        url = httpx2.URL(base_url)
    except httpx2.InvalidURL:
        url = None
    if url is None or url.scheme not in ("http", "https") or not url.host:
        raise SettingsError("retrieval.base_url is not an http(s) URL; expected is one like http://127.0.0.1:11434.")
    return url


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
