import Glibc
import HostConfig
import Platform
import Support
import Testing

/// Holds the schema and the loader against each other, with Python's `jsonschema` for a judge.
@Suite(.enabled(if: Files.isAccessible("/usr/bin/python3", 1), "needs python3 and python3-jsonschema"))
struct SchemaTests {
    @Test func `the program prints the very schema that is published`() throws {
        #expect(
            try Files.read("\(Checkout.folder)/config-schema/host-config.schema.json") == HostConfiguration.schema
        )
    }

    /// Never changed once they are there: what was a config stays one.
    @Test func `configs of every version that there ever was are read for ever`() throws {
        let folder = "\(Files.folder(of: #filePath))/Golden"
        let names = try Folders.names(in: folder)
        #expect(names.contains { $0.hasPrefix("1-") })
        for name in names { #expect(ConfigFile.diagnostics(try Files.read("\(folder)/\(name)")) == [], "\(name)") }
    }

    @Test(arguments: ["minimal", "full"])
    func `an example is accepted by both, and of its mutants neither accepts what the other refuses`(name: String)
        async throws
    {
        let mutants = try await mutants(of: name)
        #expect(mutants.count > (name == "full" ? 5000 : 100))
        #expect(mutants.first?.isValid == true)
        #expect(mutants.contains { !$0.isValid })
        await withTaskGroup { group in
            for half in [mutants[..<(mutants.count / 2)], mutants[(mutants.count / 2)...]] {
                group.addTask { expectAgreement(half) }
            }
        }
    }

    private func expectAgreement(_ mutants: ArraySlice<Mutant>) {
        for mutant in mutants {
            let diagnostics = ConfigFile.diagnostics(Array(mutant.text.utf8))
            if mutant.isValid {
                // Contradictions between fields, and what systemd says of a unit's text, are beyond the schema.
                #expect(diagnostics.allSatisfy { [.contradiction, .badUnit].contains($0.code) }, "\(mutant.change)")
            } else {
                #expect(!diagnostics.isEmpty, "\(mutant.change)")
            }
        }
    }

    @Test func `the full example has every field of the schema`() async throws {
        let result = try await Subprocess.run(
            Command(
                "/usr/bin/python3", ["-c", Self.unusedFields],
                workingDirectory: "\(Checkout.folder)/config-schema"))
        #expect(result.succeeded && result.output == "", "\(result.output)\(result.errors)")
    }

    @Test func `every field of every schema is described, and the contract's samples are valid`() async throws {
        let result = try await Subprocess.run(
            Command(
                "/usr/bin/python3", ["-c", Self.samples], workingDirectory: "\(Checkout.folder)/config-schema"))
        #expect(result.succeeded && result.output == "", "\(result.output)\(result.errors)")
    }

    private struct Mutant: Sendable {
        let isValid: Bool
        let change: Substring
        let text: Substring
    }

    private func mutants(of name: String) async throws -> [Mutant] {
        let folder = try Folders.makeTemporary(prefix: "/tmp/schema-tests-")
        defer { try? Folders.removeTree(folder) }
        let schemas = "\(Checkout.folder)/config-schema"
        let result = try await Subprocess.run(
            Command(
                "/usr/bin/python3", ["-c", Self.mutation, "examples/\(name).json", "\(folder)/mutants"],
                workingDirectory: schemas))
        #expect(result.succeeded, "\(result.errors)")
        // More than a file that a program reads may hold.
        let file = try Descriptor.open("\(folder)/mutants", O_RDONLY)
        let text = String(decoding: try #require(try file.readAll(limit: 256 << 20, path: "mutants")), as: UTF8.self)
        return text.split(separator: "\n").map { line in
            let parts = line.split(separator: "\t", maxSplits: 2)
            return Mutant(isValid: parts[0] == "valid", change: parts[1], text: parts[2])
        }
    }

    /// Removes, replaces and adds at every place of an example; writes verdict, change and text of each.
    private static let mutation = """
        import copy, json, sys
        from jsonschema import Draft202012Validator
        schema = json.load(open("host-config.schema.json"))
        whole = Draft202012Validator(schema)
        # What changes within one field is judged by that field's part alone: nothing else in the schema looks into it.
        known = {"$schema", "$id", "title", "description", "type", "additionalProperties", "required", "properties",
                 "dependentRequired", "$defs"}
        assert set(schema) == known, set(schema) - known
        parts = {name: Draft202012Validator({"$schema": schema["$schema"], "$defs": schema["$defs"], "allOf": [part]})
                 for name, part in schema["properties"].items()}
        count = 0
        example = json.load(open(sys.argv[1]))
        values = [None, True, False, 0, -1, 1, 1.0, 1.5, 99999999, "", "x", "-o", "..", "/", "/x", "/etc", "/etc/a.env", "a b",
                  "https://example.com/x", "http://example.com/", "http://127.0.0.1:1/x", "file:///x", "wss://h/", "ws://h/",
                  "root", "none", "1.2.3", "a" * 64, "a" * 63, "a.service", "debian-13", "80:h:80", [], [None], {}, {"x": 1}]
        out = open(sys.argv[2], "w")
        def emit(change, instance, path=()):
            global count
            count += 1
            field = path[0] if path and path[0] in instance else None
            isValid = parts[field].is_valid(instance[field]) if field else whole.is_valid(instance)
            assert count % 50 or isValid == whole.is_valid(instance), change
            verdict = "valid" if isValid else "invalid"
            out.write(verdict + "\\t" + change + "\\t" + json.dumps(instance) + "\\n")
        def at(root, path):
            for step in path: root = root[step]
            return root
        def places(value, path=()):
            yield path
            items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
            for key, child in items: yield from places(child, path + (key,))
        def changed(path, change):
            instance = copy.deepcopy(example)
            change(at(instance, path[:-1]), path[-1])
            return instance
        emit("nothing", example)
        for path in places(example):
            value, name = at(example, path), json.dumps(path)
            if isinstance(value, dict):
                instance = copy.deepcopy(example)
                at(instance, path)["unknown"] = 1
                emit("unknown field in " + name, instance, path)
            if not path: continue
            emit("without " + name, changed(path, lambda parent, key: parent.pop(key)), path)
            for other in values:
                emit(name + " = " + json.dumps(other), changed(path, lambda parent, key: parent.__setitem__(key, other)), path)
            if isinstance(value, list):
                emit("doubled " + name, changed(path, lambda parent, key: parent.__setitem__(key, value + value)), path)
        """

    /// Prints the fields of the schema that the full example does not have.
    private static let unusedFields = """
        import json
        schema, example = json.load(open("host-config.schema.json")), json.load(open("examples/full.json"))
        def fields(node):
            if isinstance(node, dict):
                if isinstance(node.get("properties"), dict): yield from node["properties"]
                for child in node.values(): yield from fields(child)
            elif isinstance(node, list):
                for child in node: yield from fields(child)
        def names(node):
            if isinstance(node, dict):
                yield from node
                for child in node.values(): yield from names(child)
            elif isinstance(node, list):
                for child in node: yield from names(child)
        for name in sorted(set(fields(schema)) - set(names(example))): print(name)
        """

    /// Prints fields without description, and samples that a schema refuses or ought to.
    private static let samples = """
        import copy, json
        from jsonschema import Draft202012Validator, RefResolver
        schemas = {n: json.load(open(n + ".schema.json")) for n in ("host-config", "event", "report", "bundle-manifest")}
        store = {s["$id"]: s for s in schemas.values()}
        def described(name, node):
            if isinstance(node, dict):
                if isinstance(node.get("properties"), dict) and "type" in node:
                    for field, value in node["properties"].items():
                        if not ("description" in value or "$ref" in value): print(name, field, "has no description")
                for child in node.values(): described(name, child)
            elif isinstance(node, list):
                for child in node: described(name, child)
        event = {"time": "2025-01-02T03:04:05.678Z", "run_id": "r", "host_id": "h", "event": "run_started"}
        failed = dict(event, event="step_failed", step="apt-packages", duration_ms=12, changed=True, exit_code=100,
                      stdout="", stderr="E:", error="apt-get failed", hint="run it again")
        report = {"host_id": "h", "run_id": "r", "sequence": 7, "phase": "install", "percent": 62, "status": "running",
                  "message": "m", "steps": [{"id": "layout", "status": "changed", "duration_ms": 1234}], "events": [event, failed]}
        manifest = {"schema_version": 1, "name": "tools", "version": "1.0", "arch": "any", "entry_points": {"t": "bin/t"},
                    "files": [{"path": "bin/t", "mode": "0755", "sha256": "a" * 64}], "requirements": {}}
        good = [("event", event), ("event", failed), ("report", report), ("bundle-manifest", manifest)]
        bad = [("event", dict(event, time="2025-01-02T03:04:05Z")), ("event", dict(event, event="step_started")),
               ("event", {k: v for k, v in failed.items() if k != "hint"}), ("report", dict(report, percent=101)),
               ("report", dict(report, events=[{}])), ("bundle-manifest", dict(manifest, version="current")),
               ("bundle-manifest", dict(manifest, files=[{"path": "../t", "mode": "0755", "sha256": "a" * 64}])),
               ("bundle-manifest", dict(manifest, files=[{"path": "t", "mode": "4755", "sha256": "a" * 64}]))]
        for name, schema in schemas.items():
            Draft202012Validator.check_schema(schema)
            described(name, schema)
        for expected, cases in ((True, good), (False, bad)):
            for name, case in cases:
                if Draft202012Validator(schemas[name], resolver=RefResolver.from_schema(schemas[name], store=store)).is_valid(case) != expected: print(name, case)
        """
}
