import HostConfig
import Platform
import Support
import Testing

@Suite struct ProfileTests {
    private static let folder = "\(Checkout.folder)/config-schema/examples/profiles"
    private static let names = ((try? Folders.names(in: folder)) ?? []).sorted()

    @Test(arguments: names)
    func `each profile is a config that check takes, by its schema too, and is in the cookbook`(name: String)
        async throws
    {
        let bytes = try Files.read("\(Self.folder)/\(name)")
        #expect(ConfigFile.diagnostics(bytes).map(\.description) == [])
        let validation = """
            import json, sys
            from jsonschema import Draft202012Validator
            Draft202012Validator(json.load(open(sys.argv[1]))).validate(json.load(open(sys.argv[2])))
            """
        let schema = "\(Checkout.folder)/config-schema/host-config.schema.json"
        let judged = try await Subprocess.run(
            Command("/usr/bin/python3", ["-c", validation, schema, "\(Self.folder)/\(name)"]))
        #expect(judged.succeeded, "\(judged.errors)")
        let cookbook = try #require(try Files.text("\(Checkout.folder)/docs/cookbook.md"))
        #expect(cookbook.contains("](../config-schema/examples/profiles/\(name))"))
    }

    @Test func `there is one for each kind of host that the cookbook names`() { #expect(Self.names.count == 5) }
}
