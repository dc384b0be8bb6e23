import Platform
import Support
import Testing

@testable import Bundles

/// Holds the manifest's schema and its reader against each other, with Python's `jsonschema` for a judge.
@Suite(.enabled(if: Files.isAccessible("/usr/bin/python3", 1), "needs python3 and python3-jsonschema"))
struct ManifestSchemaTests {

    @Test func `of a manifest's mutants the reader accepts what the schema does, but for what spans fields`()
        async throws
    {
        let folder = try Folders.makeTemporary(prefix: "/tmp/schema-tests-")
        defer { try? Folders.removeTree(folder) }
        let result = try await Subprocess.run(
            Command(
                "/usr/bin/python3", ["-c", Self.mutation, "\(folder)/mutants"],
                workingDirectory: "\(Checkout.folder)/config-schema"), timeout: .seconds(300))
        try #require(result.succeeded, "\(result.errors)")
        let lines = try #require(try Files.text("\(folder)/mutants")).split(separator: "\n")
        #expect(lines.count > 300)
        #expect(lines.first?.hasPrefix("valid\t") == true)
        for line in lines {
            let parts = line.split(separator: "\t", maxSplits: 1)
            let reason = refusal(of: Array(parts[1].utf8))
            if parts[0] == "valid" {
                #expect(
                    reason == nil || Self.spanning.contains { reason?.contains($0) == true }, "\(reason ?? "")\n\(line)"
                )
            } else {
                #expect(reason != nil, "\(line)")
            }
        }
    }

    /// What a schema cannot say.
    private static let spanning = [
        "is named twice", "is no file of the bundle", "is the manifest itself", "is required twice",
        "plain http is for", "is not executable", "is no name or address of a host", "is no host and port",
        "is to run twice",
        "no requirement is called", "need each other", "two requirements are called",
        "is no address", "only https:",
    ]

    private static let mutation = #"""
        import copy, json, sys
        from jsonschema import Draft202012Validator
        schema = json.load(open("bundle-manifest.schema.json"))
        validator = Draft202012Validator(schema)
        requirements = Draft202012Validator({"$defs": schema["$defs"], "$ref": "#/$defs/requirements"})
        example = {"schema_version": 1, "name": "tool", "version": "1.0", "arch": "any", "files": [
            {"path": "bin/tool", "mode": "0755", "size": 3, "sha256": "a" * 64}, {"path": "d", "mode": "0644", "sha256": "b" * 64}],
            "entry_points": {"tool": "bin/tool"}, "requirements": {"priority": 7, "directories": ["d1", {"path": "d2", "mode": "0750", "priority": 1}],
            "files": ["d", {"path": "f", "template": "d", "mode": "0644", "priority": 2, "name": "f", "needs": ["b", "x"]}],
            "databases": [{"name": "b", "sql": ["d"], "priority": 3, "needs": []}], "database": "x",
            "dependencies": [{"path": "e", "url": "https://h/e", "sha256": "c" * 64, "size": 5, "mode": "0644", "priority": 4,
                              "on_failure": "degrade"}],
            "archives": [{"path": "g", "url": "https://h/g", "sha256": "c" * 64, "size": 5, "files": ["h", "i"], "max_unpacked_mb": 7}],
            "generate": [{"kind": "random", "path": "r", "bytes": 16, "encoding": "base64"},
                         {"kind": "key-pair", "path": "k", "public": "p", "algorithm": "rsa"},
                         {"kind": "certificate", "path": "t", "certificate": "c", "names": ["h"], "days": 9, "algorithm": "ed25519"}],
            "reach": [{"address": "h:1", "within_seconds": 2}, {"url": "https://h/", "name": "s"}],
            "warm_up": [{"program": "bin/tool", "arguments": ["-x"], "timeout_seconds": 3, "needs": ["s"]}]}}
        values = [None, True, 0, -1, 1, 2, 1.5, 2**63, "", "x", "X", "current", ".x", "-x", "+x", "a/b", "../x", "/x", "a//b", "a/",
                  "./x", "a/./b", "a/../b", "0644", "0999", "644", "04755", "00755", "a" * 64, "A" * 64, "a" * 63, "any", "x86_64",
                  "aarch64", "mips", "manifest.json", "é", "a b", "a\nb", "a\u0000b", "n" * 300, [], [None], {}, {"x": 1}, {"x": "bin/tool"},
                  "https://h", "http://h/x", "http://127.0.0.1/x", "file:///x", "ftp://h/x", "https:// h", 1000, 1001]
        out = open(sys.argv[1], "w")
        def is_valid(instance, path):
            # Where only requirements of one kind were changed, the others need not be looked at again.
            if len(path) < 3 or path[0] != "requirements": return validator.is_valid(instance)
            return requirements.is_valid({path[1]: instance["requirements"][path[1]]})
        def emit(instance, path=()):
            verdict = "valid" if is_valid(instance, path) else "invalid"
            out.write(verdict + "\t" + json.dumps(instance) + "\n")
        def places(node, path=()):
            yield path
            for key, child in (node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else []):
                yield from places(child, path + (key,))
        def at(instance, path):
            for key in path: instance = instance[key]
            return instance
        emit(example)
        for path in places(example):
            if not path: continue
            for value in values:
                mutant = copy.deepcopy(example)
                at(mutant, path[:-1])[path[-1]] = value
                emit(mutant, path)
            mutant = copy.deepcopy(example)
            del at(mutant, path[:-1])[path[-1]]
            emit(mutant, path)
            if isinstance(at(example, path), dict):
                mutant = copy.deepcopy(example)
                at(mutant, path)["more"] = 1
                emit(mutant, path)
        emit({**example, "more": 1})
        emit({**example, "bootstrap_requirements": {}})
        older = {**example, "bootstrap_requirements": example["requirements"]}
        del older["requirements"]
        emit(older)
        emit({**example, "files": example["files"] * 2})
        for other in (None, True, 1, "x", [], {}): emit(other)
        """#
}
