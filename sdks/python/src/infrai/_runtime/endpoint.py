"""Where the service is and with which key it is called: what was given, else the environment's, else the file's."""

from __future__ import annotations

import os

from . import base_url as urls
from .base_url import Url, parse
from .credentials import ApiKey
from .errors import CredentialsError, InvalidRequestError
from .system import System, set_variable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .credentials_file import CredentialsFile, Profile
    from .service import Service

_GIVEN = "api_key"
_KEY = "INFRAI_API_KEY"
_BASE_URL = "INFRAI_BASE_URL"
_PROFILE = "INFRAI_PROFILE"
FILE = ".infrai/credentials"
_DEFAULT = "default"


class Given:
    """What the caller gave when the client was built."""

    __slots__ = ("allow_insecure", "api_key", "base_url")

    def __init__(self, api_key: ApiKey | None, base_url: str | None, allow_insecure: bool) -> None:
        self.api_key = api_key
        self.base_url = base_url
        self.allow_insecure = allow_insecure


class Endpoint:
    """Where the service is and with which key it is called.

    Attributes:
        base_url: Without a `/` at its end.
        api_key: The key, or None.
        key_from: Where the key came from: `api_key`, the variable's name or the file's path.
        no_key: Why there is no key.
    """

    __slots__ = ("api_key", "base_url", "key_from", "no_key", "origin", "path")

    def __init__(
        self, base_url: str, api_key: ApiKey | None, key_from: str | None, no_key: str = ""
    ) -> None:
        url = parse(base_url)[0]
        self.base_url = base_url
        self.origin = url.origin
        self.path = url.target.rstrip("/")
        self.api_key = api_key
        self.key_from = key_from
        self.no_key = no_key

    @property
    def is_from_file(self) -> bool:
        """Whether the key is the credentials file's."""
        return self.key_from not in (None, _GIVEN, _KEY)

    def url(self, target: str) -> Url:
        """Returns a URL of the service."""
        return Url(self.origin, self.path + target)


def stored_in(system: System) -> str | None:
    """Returns where the credentials file is, or would be; None without a home folder."""
    home = system.home()
    return None if home is None else os.path.join(home, *FILE.split("/"))


class Stored:
    """What the credentials file says."""

    __slots__ = ("file", "is_named", "path", "profile_name")

    def __init__(self, system: System) -> None:
        self.path = stored_in(system)
        named = set_variable(system, _PROFILE)
        self.is_named = named is not None and self.path is not None
        self.profile_name = named or _DEFAULT
        self.file: CredentialsFile | None = None
        if self.path is not None:
            from .credentials_file import CredentialsFile

            self.file = CredentialsFile.read(self.path)

    @property
    def profile(self) -> Profile | None:
        """The profile that counts."""
        return None if self.file is None else self.file.profiles.get(self.profile_name)

    def value(self, name: str) -> str | None:
        """Returns a value of the profile."""
        return None if self.profile is None else self.profile.values.get(name)

    def keep(self, api_key: ApiKey, base_url: str) -> None:
        """Writes a key and its base URL into the profile, if there is a home folder."""
        if self.path is not None:
            from .credentials_file import CredentialsFile

            file = self.file or CredentialsFile(self.path, "")
            file.write(self.profile_name, {"api_key": api_key.expose(), "base_url": base_url})

    def no_key(self) -> str:
        """Returns why there is no key."""
        profile = f"profile {self.profile_name}"
        lack = f"~/{FILE} has no {profile}"
        if self.profile is not None:
            lack = f"{profile} of ~/{FILE} has no api_key"
        return f"no API key: not given, {_KEY} is not set, and {lack}; activate() gets one"


def find(given: Given, system: System, service: Service, *, for_new_key: bool = False) -> Endpoint:
    """Looks everything up. To get a key, a profile that isn't there is one to be made."""
    key, key_from = given.api_key, _GIVEN
    if key is None:
        variable = set_variable(system, _KEY)
        if variable is not None:
            key, key_from = ApiKey(variable, service.key_prefix, f"`{_KEY}`"), _KEY
    url = given.base_url
    if url is None:
        variable = set_variable(system, _BASE_URL)
        if variable is not None:
            url = urls.checked(variable, f"`{_BASE_URL}`", given.allow_insecure)
    # Who gave both needs no file, and isn't stopped by one that can't be read.
    if key is not None and url is not None:
        return Endpoint(url, key, key_from)
    stored = Stored(system)
    if stored.is_named and stored.profile is None and not for_new_key:
        raise CredentialsError(f"{stored.path} has no profile {stored.profile_name}")
    stored_url = stored.value("base_url")
    if stored_url is not None:
        try:
            stored_url = urls.checked(stored_url, str(stored.path), given.allow_insecure)
        except InvalidRequestError as error:
            raise CredentialsError(error.message) from None
    url = url or stored_url or _own(service, given.allow_insecure)
    if key is not None:
        return Endpoint(url, key, key_from)
    text = stored.value("api_key")
    if text is None:
        return Endpoint(url, None, None, stored.no_key())
    key = ApiKey(text, service.key_prefix, str(stored.path))
    endpoint = Endpoint(url, key, stored.path)
    home = parse(stored_url or _own(service, True))[0].origin
    if home != endpoint.origin:
        raise CredentialsError(
            f"the key of profile {stored.profile_name} is for {home}, not for {endpoint.origin}: "
            f"give the key for it, or set {_PROFILE}"
        )
    return endpoint


def _own(service: Service, allow_insecure: bool) -> str:
    if service.base_url is None:
        raise InvalidRequestError(
            f"no base URL: neither `base_url` was given nor is `{_BASE_URL}` set"
        )
    return urls.checked(service.base_url, "the service's description", allow_insecure)
