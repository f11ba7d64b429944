"""deploy/kubernetes.yaml against the API's schemas, the restricted profile, and the server it runs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate  # pyright: ignore[reportMissingTypeStubs]
import pytest
import yaml

from deskhand import __version__
from deskhand.server.names import PROBES
from deskhand.settings import load

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
NEWEST = str(kubernetes_validate.latest_version())
MANIFEST: list[dict[str, Any]] = list(yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text()))


def named(kind: str) -> dict[str, Any]:
    [found] = [document for document in MANIFEST if document["kind"] == kind]
    return found


@pytest.fixture
def pod() -> dict[str, Any]:
    return named("Deployment")["spec"]["template"]["spec"]


@pytest.fixture
def container(pod: dict[str, Any]) -> dict[str, Any]:
    [found] = pod["containers"]
    return found


def variables(container: dict[str, Any]) -> dict[str, str]:
    return {entry["name"]: entry["value"] for entry in container["env"]}


def breaches_of_the_restricted_profile(pod: dict[str, Any]) -> Iterator[str]:
    """Kubernetes, Pod Security Standards, "Restricted" (and the Baseline it contains), as far as this pod goes."""
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(field):
            yield field
    allowed = {
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "persistentVolumeClaim",
        "projected",
        "secret",
    }
    yield from (
        f"volume {volume['name']}" for volume in pod.get("volumes", []) if not volume.keys() - {"name"} <= allowed
    )
    for container in [*pod["containers"], *pod.get("initContainers", [])]:
        context = {**pod.get("securityContext", {}), **container.get("securityContext", {})}
        required = {
            "runAsNonRoot": context.get("runAsNonRoot") is True,
            "runAsUser": context.get("runAsUser") != 0,
            "allowPrivilegeEscalation": context.get("allowPrivilegeEscalation") is False,
            "privileged": not context.get("privileged"),
            "seccompProfile": context.get("seccompProfile", {}).get("type") in {"RuntimeDefault", "Localhost"},
            "capabilities.drop": context.get("capabilities", {}).get("drop") == ["ALL"],
            "capabilities.add": set(context.get("capabilities", {}).get("add", [])) <= {"NET_BIND_SERVICE"},
            "hostPort": not any(port.get("hostPort") for port in container.get("ports", [])),
        }
        yield from (f"{container['name']}: {field}" for field, holds in required.items() if not holds)


@pytest.mark.parametrize("document", MANIFEST, ids=[document["kind"] for document in MANIFEST])
def test_each_object_fits_the_current_api(document: dict[str, Any]) -> None:
    kubernetes_validate.validate(document, NEWEST, strict=True)


def test_a_field_the_api_does_not_know_would_be_found() -> None:
    misspelt: dict[str, Any] = {**named("Service"), "specs": {}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(misspelt, NEWEST, strict=True)


def test_the_pod_runs_under_the_restricted_profile(pod: dict[str, Any]) -> None:
    assert list(breaches_of_the_restricted_profile(pod)) == []
    assert named("Namespace")["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_an_ordinary_pod_would_be_refused() -> None:
    ordinary: dict[str, Any] = {
        "containers": [{"name": "c"}],
        "hostNetwork": True,
        "volumes": [{"name": "v", "hostPath": {}}],
    }
    assert len(list(breaches_of_the_restricted_profile(ordinary))) == 6


def test_the_root_is_read_only_and_what_is_written_is_mounted(pod: dict[str, Any], container: dict[str, Any]) -> None:
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"] if not mount.get("readOnly")}
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert volumes[mounts["/data"]]["persistentVolumeClaim"] == {
        "claimName": named("PersistentVolumeClaim")["metadata"]["name"]
    }
    assert "emptyDir" in volumes[mounts["/tmp"]]


def test_every_probe_asks_what_the_server_answers(container: dict[str, Any]) -> None:
    probes = {name: container[name]["httpGet"]["path"] for name in ("startupProbe", "readinessProbe", "livenessProbe")}
    assert set(probes.values()) == PROBES
    assert probes["readinessProbe"] == "/readyz"


def test_every_variable_is_a_setting(
    container: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("a-token-from-a-secret\n")
    for name, value in variables(container).items():
        monkeypatch.setenv(name, str(tmp_path / "token") if name.endswith("_FILE") else value)
    loaded = load()
    server = loaded.settings.server
    assert len(loaded.sources) == len(variables(container))
    assert server.token is not None
    assert server.token.get_secret_value() == "a-token-from-a-secret"
    assert server.port == container["ports"][0]["containerPort"]
    assert server.auth
    assert "deskhand.deskhand.svc" in server.allowed_hosts


def test_the_token_comes_from_a_secret_and_is_nowhere_in_the_manifest(
    pod: dict[str, Any], container: dict[str, Any]
) -> None:
    assert not [document for document in MANIFEST if document["kind"] == "Secret"]
    [secret] = [volume for volume in pod["volumes"] if "secret" in volume]
    [mount] = [mount for mount in container["volumeMounts"] if mount["name"] == secret["name"]]
    file = f"{mount['mountPath']}/{secret['secret']['items'][0]['path']}"
    assert variables(container)["DESKHAND_SERVER__TOKEN_FILE"] == file


def test_a_service_of_our_name_injects_no_foreign_variables(pod: dict[str, Any]) -> None:
    assert pod["enableServiceLinks"] is False
    assert pod["automountServiceAccountToken"] is False


def test_there_is_time_to_stop(pod: dict[str, Any], container: dict[str, Any]) -> None:
    drain = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pod["terminationGracePeriodSeconds"] > drain + 5


def test_the_service_reaches_the_pod(container: dict[str, Any]) -> None:
    deployment, service = named("Deployment")["spec"], named("Service")["spec"]
    assert service["selector"] == deployment["selector"]["matchLabels"]
    assert service["selector"].items() <= deployment["template"]["metadata"]["labels"].items()
    assert service["ports"][0]["targetPort"] == container["ports"][0]["name"]


def test_the_image_is_the_one_of_this_version(container: dict[str, Any]) -> None:
    assert container["image"] == f"deskhand:{__version__}"
