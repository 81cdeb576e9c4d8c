"""Addresses are read by https, s3 and gs alone, and those of this machine only with permission."""

from __future__ import annotations

import pytest
from errand_scenes import SECRET, scene
from hostile_runs import refused, run

PROTOCOLS = [
    "reference://{}/a.json",
    "dir://{}",
    "generic://http://{}/a.zarr",
    "zip::http://{}/a.zip",
    "simplecache::http://{}/a.zarr",
    "filecache::s3://{}/a.zarr",
    "zip://a.zarr::http://{}/a.zip",
    "file:///etc/passwd",
    "file:/etc/passwd",
    "local:///etc",
    "ftp://{}/a.zarr",
    "ssh://{}/a.zarr",
    "hdfs://{}/a.zarr",
    "github://a:b@{}/a.zarr",
    "memory://a.zarr",
    "data://text/plain,abc",
    "gopher://{}/a",
    "HTTP+UNIX://{}/a",
]


@pytest.mark.parametrize("address", PROTOCOLS)
def test_other_protocols_are_refused_by_name(address, tmp_path, ear):
    port, heard = ear
    grid = {"kind": "grid", "file": address.format(f"127.0.0.1:{port}")}
    named = scene(tmp_path, data=grid, layer={"kind": "volume", "data": "d"})
    refused(
        run("check", named, folder=tmp_path), address.partition(":")[0], "https://" if address[:4] != "file" else ""
    )
    assert not heard


LOCAL = [
    "127.0.0.1",
    "localhost",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "2130706433",
    "0x7f.1",
    "0177.0.0.1",
    "127.1",
    "0.0.0.0",
]
LOCAL += ["169.254.169.254", "10.0.0.1", "192.168.1.1", "172.16.0.1", "100.64.0.1", "[fe80::1]", "[fd00::1]", "0"]
LOCAL += ["LOCALHOST.", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "%31%32%37.0.0.1", "127.0.0.1%2f@example.org"]


@pytest.mark.parametrize(
    ("protocol", "host"), [*(("http", host) for host in LOCAL), *(("https", host) for host in LOCAL[:4])]
)
def test_addresses_of_this_machine_and_its_network_need_permission(protocol, host, tmp_path, ear):
    port, heard = ear
    refused(run("info", f"{protocol}://{host}:{port}/a.zarr", folder=tmp_path))
    assert not heard


@pytest.mark.parametrize(
    "address",
    [
        "https://user:word@127.0.0.1:{}/a.zarr",
        "https://:{}/a",
        "https://127.0.0.1:99999/a",
        "https://[::1:{}/a",
        "https:///a",
        "s3://../a",
        "s3://a_b@127.0.0.1:{}/a",
        "gs://127.0.0.1:{}/a",
        "s3://A/a",
        "s3:///a",
        "https://exa mple:{}/a",
    ],
)
def test_addresses_that_are_not_as_they_should_be(address, tmp_path, ear):
    port, heard = ear
    refused(run("info", address.format(port), folder=tmp_path))
    assert not heard


@pytest.mark.parametrize("kind", ["particles", "mesh", "texture", "srt"])
def test_other_data_are_not_read_from_addresses(kind, tmp_path, ear):
    port, heard = ear
    address = f"http://127.0.0.1:{port}/a.csv"
    if kind == "texture":
        named = scene(tmp_path, texture=address.replace("csv", "png"))
    else:
        data = {"kind": "mesh" if kind == "mesh" else "particles", "file": address}
        named = scene(tmp_path, data=data, layer={"kind": "points", "data": "d"})
    refused(run("check", named, folder=tmp_path))
    assert not heard


def test_no_setting_of_the_environment_is_used(tmp_path, ear):
    """Proxies, endpoints and passwords of the environment would send errands elsewhere."""
    port, heard = ear
    (tmp_path / ".netrc").write_text(f"machine 127.0.0.1 login a password {SECRET}\n")
    names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "https_proxy", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3")
    settings = dict.fromkeys((*names, "STORAGE_EMULATOR_HOST", "FSSPEC_S3_ENDPOINT_URL"), f"http://127.0.0.1:{port}")
    for address in ("https://169.254.169.254/a.zarr", "http://10.0.0.1/a.zarr"):
        refused(run("info", address, folder=tmp_path, environment=settings | {"HOME": str(tmp_path)}))
    assert not heard


def test_local_addresses_are_read_with_permission(tmp_path, ear):
    port, heard = ear
    run("info", f"http://127.0.0.1:{port}/a.zarr", "--allow-local-network", folder=tmp_path, seconds=0.7)
    assert heard
