#!/usr/bin/env python3
"""The bill of materials (tools/make-sbom): what the schema of CycloneDX 1.5 asks of the fields that it uses, nothing that the
programs load left out, the same bytes twice.

    sbom.py --build build
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TYPES = {"application", "framework", "library", "container", "platform", "operating-system", "device", "device-driver", "firmware", "file",
         "machine-learning-model", "data"}
found = []


def check(right, what):
    if not right:
        found.append(what)


def check_component(entry):
    name = entry.get("name")
    check(entry.get("type") in TYPES and isinstance(name, str) and name, f"type or name: {entry}")
    check(set(entry) <= {"type", "bom-ref", "name", "version", "scope", "licenses", "purl", "hashes", "properties"}, f"{name}: unknown fields {set(entry)}")
    check(entry.get("scope", "required") in ("required", "optional", "excluded"), f"{name}: scope")
    check(isinstance(entry.get("version", ""), str) and entry.get("version") != "", f"{name}: version")
    for licence in entry.get("licenses", []):
        check(list(licence) == ["expression"] and re.fullmatch(r"[\w.()+ -]+", licence["expression"]), f"{name}: licence {licence}")
    check(re.fullmatch(r"pkg:(deb/debian|npm|pypi)/[\w.%+~-]+(/[\w.-]+)?(@[\w.%~-]+)?", entry.get("purl", "pkg:npm/a")), f"{name}: purl {entry.get('purl')}")
    for digest in entry.get("hashes", []):
        check(digest["alg"] == "SHA-512" and re.fullmatch("[0-9a-f]{128}", digest["content"]), f"{name}: hash {digest}")
    for pair in entry.get("properties", []):
        check(set(pair) == {"name", "value"}, f"{name}: property {pair}")


def check_bill(bill):
    check((bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.5", 1), "head")
    check(re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", bill["serialNumber"]), f"serial number {bill['serialNumber']}")
    root = bill["metadata"]["component"]
    for entry in [root, *bill["components"]]:
        check_component(entry)
    references = [entry["bom-ref"] for entry in [root, *bill["components"]]]
    check(len(references) == len(set(references)), "two components have one bom-ref")
    for dependency in bill["dependencies"]:
        check({dependency["ref"], *dependency["dependsOn"]} <= set(references), "a dependency that is no component")
    for entry in bill["components"]:
        if entry["scope"] == "required" and entry["type"] == "library":
            check(entry.get("version") and entry.get("licenses"), f"{entry['name']}: no version or no licence; tools/make-sbom knows its project?")


def check_complete(bill, build):
    """Each library that the loader finds has its project in the bill: tools/make-sbom would name it after its file otherwise."""
    names = {entry["name"] for entry in bill["components"]}
    unknown = [name for name in names if name.startswith("lib") and name not in ("librsvg", "libevent")]
    check(not unknown, f"libraries of no known project: {unknown}")
    loaded = subprocess.run(["ldd", build / "gradus"], capture_output=True, text=True, check=True).stdout
    for library, name in (("libfmt", "fmt"), ("libsqlite3", "sqlite"), ("libz.", "zlib"), ("libstdc++", "gcc-runtime"), ("libc.", "glibc")):
        check(library not in loaded or name in names, f"{name} is loaded and not in the bill")
    check("openmpi" in names or not (build / "gradus_mpi.so").exists(), "openmpi is loaded by the module and not in the bill")
    for name in ("nlohmann-json", "boost", "cli11", "uplot", "nanobind", "vite", "optical-recognition-of-handwritten-digits"):
        check(name in names, f"{name} is not in the bill")
    page = {entry["name"]: entry for entry in bill["components"]}
    check(page["uplot"]["scope"] == "required" and page["vite"]["scope"] == "excluded", "the page's own packages are told from its tools")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    build = parser.parse_args().build
    texts = [subprocess.run([ROOT / "tools/make-sbom", "--build", build], capture_output=True, text=True, check=True).stdout for _ in range(2)]
    check(texts[0] == texts[1], "two calls differ")
    bill = json.loads(texts[0])
    check_bill(bill)
    check_complete(bill, build)
    print("\n".join(found) or f"{len(bill['components'])} components")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
