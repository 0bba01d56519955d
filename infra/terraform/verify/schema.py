"""The schema of a Terraform provider, read from its typed package.

A provider's own binary is too large for a check that has to run without Terraform's registry. The
packages that CDK Terrain generates from the schema of each provider's release hold the same facts: which
attributes and blocks there are, of which type, required, optional or computed. They are read here and
written as `terraform providers schema -json` would, for the types that are asked for.

What the packages lack: which attributes are sensitive or deprecated, and how values are validated
beyond their type.
"""

import dataclasses
import json
import pathlib
import re
import tarfile
import zipfile

CLASS = re.compile(r"^class (\w+) extends cdktn\.(\w+) \{$", re.M)
FIELD = re.compile(
    r"^    // (\w+) - computed: (true|false), optional: (true|false), required: (true|false)$", re.M
)
# Objects of a block or of an attribute: new NameList(this, "attribute", wrapsSet)
OBJECT = re.compile(r'= new (\w+?)(OutputReference|List|Map)\(this, "\w+"(?:, (true|false))?\)')
GETTER = re.compile(r"return (cdktn\.Fn\.tolist\()?this\.(\w+)\('\w+'\)")
MAP = re.compile(r"= new cdktn\.(String|Boolean|Number|Any)Map\(this")
# How a value is written as HCL: one entry a field, in a function a struct.
WRITER = re.compile(
    r"^(?:function (\w+)ToHclTerraform\(struct\)|    synthesizeHclAttributes\(\)) \{$", re.M
)
WRITTEN = re.compile(
    r'^\s+(\w+): \{\n\s+value: (.*)\n\s+isBlock: (?:true|false),\n\s+type: "(\w+)",\n'
    r'\s+storageClassType: "(\w+)",$',
    re.M,
)
VERSION = re.compile(r"providerVersion: '([^']+)'|/providers/hashicorp/\w+/([0-9.]+)/docs")

PRIMITIVE = {"string": "string", "boolean": "bool", "number": "number", "any": "dynamic"}
GETTERS = {
    "getStringAttribute": "string",
    "getNumberAttribute": "number",
    "getBooleanAttribute": "bool",
    "getListAttribute": ["list", "string"],
    "getNumberListAttribute": ["list", "number"],
    "getStringMapAttribute": ["map", "string"],
    "getNumberMapAttribute": ["map", "number"],
    "getBooleanMapAttribute": ["map", "bool"],
    "getAnyMapAttribute": ["map", "dynamic"],
    "interpolationForAttribute": "dynamic",
}
NESTING = {"list": "list", "set": "set", "map": "map", "struct": "single"}


class UnknownType(Exception):
    """A resource or data source that the provider does not have."""


class Package:
    """The typed package of one provider: a wheel with the generated JavaScript inside."""

    def __init__(self, wheel: pathlib.Path):
        self.wheel = wheel

    def schema(self, resources: set[str], data_sources: set[str]) -> dict:
        """The provider's configuration, and these resources and data sources."""
        folders = {"provider": ("provider", "provider")}
        for kind, names in (("resource", resources), ("data source", data_sources)):
            for name in names:
                words = name.split("_", 1)[1].replace("_", "-")
                folders[words if kind == "resource" else f"data-{name.replace('_', '-')}"] = (kind, name)
        sources = self._sources(set(folders))
        schema = {"provider": None, "resource_schemas": {}, "data_source_schemas": {}}
        for folder, (kind, name) in folders.items():
            if folder not in sources:
                raise UnknownType(f"{self.wheel.name} knows no {kind} {name}: is it spelt right?")
            found = {"version": 0, "block": Module(sources[folder]).block()}
            if kind == "provider":
                schema["provider"] = found
                schema["provider_version"] = version(sources[folder])
            else:
                schema[f"{kind.replace(' ', '_')}_schemas"][name] = found
        return schema

    def _sources(self, folders: set[str]) -> dict[str, str]:
        sources: dict[str, str] = {}
        with zipfile.ZipFile(self.wheel) as wheel:
            inner = next(name for name in wheel.namelist() if name.endswith(".jsii.tgz"))
            with wheel.open(inner) as stream, tarfile.open(fileobj=stream, mode="r|gz") as package:
                for member in package:
                    path = pathlib.PurePosixPath(member.name).parts
                    if (
                        path[:2] == ("package", "lib")
                        and path[-1].endswith(".js")
                        and path[2] in folders
                    ):
                        text = package.extractfile(member).read().decode()
                        sources[path[2]] = sources.get(path[2], "") + text
        return sources


def version(source: str) -> str:
    """Of which release of the provider this was generated."""
    found = VERSION.search(source)
    return found[1] or found[2]


@dataclasses.dataclass(frozen=True)
class Written:
    """How a field is written as HCL."""

    kind: str  # simple, list, set, map or struct
    storage: str
    struct: str | None  # the class, if it holds objects
    block: bool  # whether the package takes it for a block

    @property
    def complex(self) -> bool:
        return self.struct is not None

    @staticmethod
    def of(value: str, kind: str, storage: str) -> "Written":
        found = re.search(r"(?<!\.)\b(\w+)ToHclTerraform(?:, (true|false))?\)?\(", value)
        struct = found and found[1][0].upper() + found[1][1:]
        single = found and "listMapper" not in value and "hashMapper" not in value
        # One that is not in a list has no mark: lists of one and timeouts are blocks.
        block = bool(
            found and (found[2] == "true" or (single and (kind != "struct" or "imeouts" in struct)))
        )
        return Written(kind, storage, struct or None, block)


class Module:
    """The classes of one resource, data source or provider."""

    def __init__(self, source: str):
        self.fields: dict[str, str] = {}
        self.written: dict[str, dict[str, Written]] = {}
        self.top = None
        self.is_provider = False
        heads = list(CLASS.finditer(source))
        for head, following in zip(heads, heads[1:] + [None]):
            body = source[head.end() : following.start() if following else len(source)]
            if head[2] in ("TerraformResource", "TerraformDataSource", "TerraformProvider"):
                self.top = head[1]
                self.is_provider = head[2] == "TerraformProvider"
            if head[2] not in ("ComplexList", "ComplexMap"):
                self.fields[head[1].removesuffix("OutputReference")] = body
        writers = list(WRITER.finditer(source))
        for writer, following in zip(writers, writers[1:] + [None]):
            body = source[writer.end() : following.start() if following else len(source)]
            name = writer[1][0].upper() + writer[1][1:] if writer[1] else self.top
            # What is written ends with the function; classes that follow hold no such entries.
            self.written[name] = {
                entry[1]: Written.of(entry[2], entry[3], entry[4]) for entry in WRITTEN.finditer(body)
            }

    def block(self, name: str | None = None) -> dict:
        """Attributes and nested blocks of a class; without a name, of the resource itself."""
        name = name or self.top
        if name not in self.fields:
            return self._unread(name)
        block = {"attributes": {}, "block_types": {}}
        fields = list(FIELD.finditer(self.fields[name]))
        texts = [
            self.fields[name][field.end() : following.start() if following else None]
            for field, following in zip(fields, fields[1:] + [None])
        ]
        objects = [OBJECT.search(text) for text in texts]
        written = self.written.get(name, {})
        first_block = self._first_block([field[1] for field in fields], written)
        for index, (field, text, nested) in enumerate(zip(fields, texts, objects)):
            flags = {
                flag: True
                for flag, value in zip(("computed", "optional", "required"), field.groups()[1:])
                if value == "true"
            }
            if name == self.top and field[1] == "alias" and self.is_provider:
                continue  # Terraform's own
            entry = written.get(field[1])
            if entry is None or not entry.complex:
                type_ = self._computed(nested) if nested else self._type(text, entry)
                block["attributes"][field[1]] = {**flags, "type": type_}
                continue
            inner = self.block(nested[1] if nested else entry.struct)
            if index < first_block:
                nesting = {"nesting_mode": NESTING[entry.kind], "attributes": inner["attributes"]}
                block["attributes"][field[1]] = {**flags, "nested_type": nesting}
                continue
            block_type = {"nesting_mode": NESTING[entry.kind], "block": inner}
            if nested and nested[2] == "OutputReference" and entry.kind != "struct":
                block_type["max_items"] = 1  # lists of one, where a framework would have an object
            if "required" in flags:
                block_type["min_items"] = 1
            block["block_types"][field[1]] = block_type
        return block

    @staticmethod
    def _first_block(names: list[str], written: dict[str, "Written"]) -> int:
        """Where blocks begin: attributes come first, and each of the two is in order of the alphabet.

        That says what the packages' own mark does not, for they mark an attribute that is an object as
        a block. Without a step back in the order, blocks can only be the objects at the end, and then
        the mark has to do.
        """
        for index in range(1, len(names)):
            if names[index] < names[index - 1] or names[index - 1] == "alias":
                return index
        index = len(names)
        while index and (entry := written.get(names[index - 1])) and entry.complex:
            if not entry.block:
                break
            index -= 1
        return index

    def _unread(self, name: str) -> dict:
        """A block of the provider's own configuration: it is only written, so no class reads it."""
        block = {"attributes": {}, "block_types": {}}
        for field, entry in self.written[name].items():
            if not entry.complex:
                block["attributes"][field] = {"optional": True, "type": self._type("", entry)}
                continue
            nesting, inner = NESTING[entry.kind], self.block(entry.struct)
            if entry.block:
                block["block_types"][field] = {"nesting_mode": nesting, "block": inner}
            else:
                nested = {"nesting_mode": nesting, "attributes": inner["attributes"]}
                block["attributes"][field] = {"optional": True, "nested_type": nested}
        return block

    def _computed(self, nested: re.Match):
        """An object that can only be read: a type, not a block."""
        inner = self.block(nested[1])
        members = {name: attribute["type"] for name, attribute in inner["attributes"].items()}
        element = ["object", members]
        if nested[2] == "OutputReference":
            return element
        return ["map" if nested[2] == "Map" else "set" if nested[3] == "true" else "list", element]

    @staticmethod
    def _type(text: str, entry: "Written | None"):
        if entry and entry.kind == "simple":
            return PRIMITIVE[entry.storage]
        if entry:
            return [entry.kind, PRIMITIVE[re.sub(r"(List|Map)$", "", entry.storage)]]
        getter = GETTER.search(text)
        if getter:
            type_ = GETTERS[getter[2]]
            return ["set", type_[1]] if getter[1] else type_
        map_ = MAP.search(text)
        return ["map", PRIMITIVE[map_[1].lower()]]


def write(wheel: pathlib.Path, resources: set[str], data_sources: set[str], target: pathlib.Path) -> str:
    """Writes the schema as JSON and says of which release of the provider it is."""
    schema = Package(wheel).schema(resources, data_sources)
    target.write_text(json.dumps(schema, indent=1, sort_keys=True))
    return schema["provider_version"]
