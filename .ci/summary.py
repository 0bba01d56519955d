"""Adds up the reports of Surefire and Failsafe and prints one line."""

import pathlib
import sys
import xml.etree.ElementTree as ElementTree

total = failed = skipped = 0
for report in pathlib.Path(".").glob("**/target/*-reports/TEST-*.xml"):
    suite = ElementTree.parse(report).getroot()
    total += int(suite.get("tests", 0))
    failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
    skipped += int(suite.get("skipped", 0))
print(f"{total - failed - skipped} passed, {failed} failed, {skipped} skipped")
sys.exit(1 if failed or not total else 0)
