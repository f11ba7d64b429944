"""What a request takes by the provider's own count, where there is one."""

from deskhand.models.model import CountsTokens, Model, Request

_PLAUSIBLE = 4
"""An estimate is never off by this factor; a gateway that answers 0 or 1 to every count is."""


async def counted(model: Model, request: Request, estimated: int) -> int | None:
    """Input tokens of the request as its provider counts them; None when it does not say anything plausible.

    `estimated` is what the host thinks it takes. Asking costs a round trip: do it when the answer may change something.
    """
    if not isinstance(model, CountsTokens):
        return None
    tokens = await model.count_tokens(request)
    if tokens is None or not estimated / _PLAUSIBLE <= tokens <= estimated * _PLAUSIBLE:
        return None
    return tokens
