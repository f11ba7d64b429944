"""Types of the part of IMAPClient's parser that the tests use."""

def parse_fetch_response(
    text: list[bytes], normalise_times: bool = True, uid_is_key: bool = True
) -> dict[int, dict[bytes, object]]: ...
